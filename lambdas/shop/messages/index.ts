export * from './order-reference';
