export { Operations } from './operations';
export type { OperationsProps } from './operations-props';
