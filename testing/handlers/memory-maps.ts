import type { MapStore } from '../../lambdas/system/shard-map/map-store';
import { MAP_TABLE_KEY, type ShardMap } from '../../lib/protocol';
import type { MemoryTable } from '../dynamodb/memory-table';
import { type PlainItem, toStored } from './plain';

/**
 * Epoch of the newest map of all test stacks in this process. Handlers cache maps for 30 seconds.
 * So a handler may have cached the map of an earlier test stack, whose shards no longer exist. The
 * handler then replaces this map only by a map with another epoch.
 */
let epoch = 0;

/** Writes shard maps into a map table in memory, as a deployment does. */
export class MemoryMaps implements MapStore {
  readonly maps = new Map<string, ShardMap>();

  constructor(private readonly table: MemoryTable) {}

  async find(table: string): Promise<ShardMap | undefined> {
    return this.maps.get(table);
  }

  async create(map: ShardMap): Promise<boolean> {
    const created = { ...map, epoch: ++epoch };
    this.maps.set(map.table, created);
    this.store({ ...created });
    return true;
  }

  async keepHistory(): Promise<void> {
    // A test stack is deployed once, so nothing reads the history.
  }

  async setTargets(): Promise<void> {
    // `create` has already stored the targets.
  }

  async putEntry(): Promise<void> {
    // The relay of test stacks doesn't read entries from a map table.
  }

  replace(): Promise<boolean> {
    throw new Error('a test stack is deployed once');
  }

  remove(): Promise<void> {
    throw new Error('a test stack is never deleted');
  }

  removeEntry(): Promise<void> {
    throw new Error('a test stack is never deleted');
  }

  private store(item: PlainItem): void {
    const stored = toStored(item);
    this.table.commit(
      this.table.plan(this.table.textOfItem(stored), { [MAP_TABLE_KEY]: stored[MAP_TABLE_KEY]! }, stored),
    );
  }
}
