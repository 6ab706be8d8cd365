export * from './bodies';
export * from './customers';
export * from './keys';
export * from './order';
export * from './references';
