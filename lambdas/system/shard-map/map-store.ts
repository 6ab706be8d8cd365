import type { ShardMap, StreamEntry } from '../../../lib/protocol';

/**
 * The map table. Each write of a map states what it expects to find, so that two deployments can't
 * undo each other.
 */
export interface MapStore {
  /** The map of a table, as it is now. */
  find(table: string): Promise<ShardMap | undefined>;
  /** Stores a first map. @returns false if there is one */
  create(map: ShardMap): Promise<boolean>;
  /** Replaces the map of the previous epoch. @returns false if that isn't there any more */
  replace(map: ShardMap): Promise<boolean>;
  /** Sets the targets of a map and leaves everything else, its epoch too. */
  setTargets(table: string, targets: ShardMap['targets']): Promise<void>;
  /** Removes the map of a table if it names these shards. */
  remove(table: string, shards: readonly string[]): Promise<void>;
  /** Stores or replaces what a shard may publish. */
  putEntry(entry: StreamEntry): Promise<void>;
  /** Removes what a shard may publish. @param key of the entry */
  removeEntry(key: string): Promise<void>;
}
