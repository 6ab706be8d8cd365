export { stacksOf } from '../assembly';
export * from './archive';
export * from './cdk';
export * from './deployer';
export * from './destroy-stacks';
export * from './local-credentials';
export * from './resolve';
export * from './stack';
