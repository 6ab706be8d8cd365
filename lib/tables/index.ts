export { AdoptedTable, type AdoptedTableProps } from './adopted-table';
export type { IShardedTable } from './i-sharded-table';
export type { ShardedTableAttributes } from './imported-table';
export { MapTable } from './map-table';
export type { IPublishTarget } from './publish-target';
export { Relay, type RelayProps } from './relay';
export { ShardedTable } from './sharded-table';
export { ShardedTableBase } from './sharded-table-base';
export type { ShardedTableIndex, ShardedTableProps } from './sharded-table-props';
