export * from './keys';
export * from './order';
export * from './read-order';
