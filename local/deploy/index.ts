export { stacksOf } from '../assembly';
export * from './archive';
export * from './cdk';
export * from './deployer';
export * from './destroy-stacks';
export { assetHashOf, type LiveFunction, liveFunctions, moduleNames } from './live-functions';
export * from './local-credentials';
export * from './resolve';
export * from './stack';
