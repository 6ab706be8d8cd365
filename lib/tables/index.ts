export { MapTable } from './map-table';
export type { IPublishTarget } from './publish-target';
export { Relay, type RelayProps } from './relay';
export { ShardedTable } from './sharded-table';
export type { ShardedTableIndex, ShardedTableProps } from './sharded-table-props';
export { type StackTableProps, stackTable } from './stack-table';
