import type { ShardMap, StreamEntry } from '../../../lib/protocol';

/**
 * The map table. A map is written together with a copy for its history. Each write of a map has a
 * condition on the stored map, so that two deployments can't overwrite each other's changes.
 */
export interface MapStore {
  /** Returns the current map of a table. */
  find(table: string): Promise<ShardMap | undefined>;
  /**
   * Stores a table's first map. @returns false if the table already has a map, or had a map that is
   * lost
   */
  create(map: ShardMap): Promise<boolean>;
  /** Replaces the map of the previous epoch. @returns false if the stored map has another epoch */
  replace(map: ShardMap): Promise<boolean>;
  /** Keeps a map for its history, if its epoch has no such item yet. */
  keepHistory(map: ShardMap): Promise<void>;
  /** Sets the targets of a map. It changes nothing else, not even the epoch. */
  setTargets(table: string, targets: ShardMap['targets']): Promise<void>;
  /** Removes the map of a table and its history, if the map has these shards. */
  remove(table: string, shards: readonly string[]): Promise<void>;
  /** Stores or replaces the entry with a shard's targets. */
  putEntry(entry: StreamEntry): Promise<void>;
  /** Removes the entry with a shard's targets. @param key key of the entry */
  removeEntry(key: string): Promise<void>;
}
