export * from './refused';
