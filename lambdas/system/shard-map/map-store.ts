import type { ShardMap } from '../../../lib/protocol';

/** Where maps are kept. Every write states what it expects to find, so that two deployments can't undo each other. */
export interface MapStore {
  /** The map of a table, as it is now. */
  find(table: string): Promise<ShardMap | undefined>;
  /** Stores a first map. @returns false if there is one */
  create(map: ShardMap): Promise<boolean>;
  /** Stores a map over one of the epoch before. @returns false if that isn't there any more */
  replace(map: ShardMap): Promise<boolean>;
  remove(table: string): Promise<void>;
}
