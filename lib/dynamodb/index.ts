// For other layers of this library only.
export { acknowledgeTable } from './acknowledge-table';
export { type StackTableProps, stackTable } from './stack-table';
