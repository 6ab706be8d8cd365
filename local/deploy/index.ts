export * from './cdk';
export * from './stack';
