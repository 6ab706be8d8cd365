export * from './caller-rights';
export * from './concurrency';
export * from './fake-scaling';
export * from './scaling-error';
export * from './serve-scaling';
export * from './start-fake-scaling';
