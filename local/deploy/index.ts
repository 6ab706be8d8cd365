export * from './cdk';
export * from './resolve';
export * from './stack';
