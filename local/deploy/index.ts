export * from './archive';
export * from './deployer';
export * from './destroy-stacks';
export * from './emulator-lookup';
export { assetHashOf, type LiveFunction, liveFunctions, moduleNames } from './live-functions';
export * from './local-credentials';
export * from './resolve';
export * from './stack';
