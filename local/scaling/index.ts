export * from './caller-rights';
export * from './concurrency';
export * from './scaling-error';
export * from './scaling-stand-in';
export * from './serve-scaling';
