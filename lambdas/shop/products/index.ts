export * from './fields';
export * from './product';
export * from './ranking';
export * from './words';
