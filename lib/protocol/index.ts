export * from './access';
export * from './capacity';
export * from './envelope';
export * from './environment';
export * from './headers';
export * from './routes';
export * from './shard-map';
export * from './slots';
