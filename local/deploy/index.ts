export { stacksOf } from '../assembly';
export * from './cdk';
export * from './deployer';
export * from './resolve';
export * from './stack';
