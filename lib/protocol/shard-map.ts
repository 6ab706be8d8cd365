import { MAX_PLACEMENT_BYTES, type MapMove, openMoves, placementBytes, type SlotRoutes } from './map-moves';
import type { SlotRoute } from './movement';
import { unpackSlots } from './slot-runs';
import { type PartitionKeyValue, slotOf } from './slots';

/**
 * Name of the map table's partition key attribute. The key of a shard map is the name of a sharded
 * table.
 */
export const MAP_TABLE_KEY = 'table';

/**
 * Prefix of the keys of the map table's items with the history of maps. It can't clash with the key
 * of a map, because the name of a sharded table can't contain `#`.
 */
const HISTORY_KEY_PREFIX = 'map#';

/**
 * Format of a map without moves, which every published version can read. A later format may add
 * fields that change where a client must write, so an older client must refuse such a map.
 */
export const SHARD_MAP_FORMAT = 1;

/**
 * Format of a map with moves. A program may open such a map only if its requests follow
 * `routeOf()`. All others would write past the mirror, and lose data.
 */
export const MOVING_MAP_FORMAT = 2;

/** Length of a map's lease if the map states none, in milliseconds. */
export const DEFAULT_LEASE_MS = 30_000;

/**
 * Time for which AWS accepts a request after it was signed. A request that was sent in time can
 * arrive so much later.
 */
const SIGNATURE_MS = 15 * 60_000;
/** For the difference of two clocks, and for the time that a request takes. */
const MARGIN_MS = 60_000;

/**
 * Milliseconds after a change of a map until no request under the former map can arrive any more.
 * Production has the bound that AWS enforces. A sandbox accepts a smaller one, so that changes
 * don't take long.
 */
export const WAIT_MS = {
  production: DEFAULT_LEASE_MS + SIGNATURE_MS + MARGIN_MS,
  sandbox: 60_000,
} as const;

/**
 * Assigns the slots of a sharded table to its shards. The map table has one such item for each
 * sharded table.
 */
export interface ShardMap {
  /** Format of the map. Maps of format 1 were first written without this field. @default 1 */
  readonly format?: number;
  /** Name of the sharded table, unique in its stack. */
  readonly table: string;
  /** Version number of the map. Every change of the map increases it by one. */
  readonly epoch: number;
  /**
   * Epoch of the last change of the shard from which a slot is read. A cursor over several shards
   * is valid until this number changes. @default the epoch
   */
  readonly readEpoch?: number;
  /**
   * Names of the shards' DynamoDB tables, or their ARNs if the tables are in another account or
   * Region.
   */
  readonly shards: readonly string[];
  /**
   * Shard that owns each slot, as run lengths `<count>x<shard>` joined by commas: `8192x0,8192x1`.
   * A slot that moves has its former owner until the move is complete.
   */
  readonly slots: string;
  /** The moves of slots that aren't complete. Only a map of format 2 has this field. */
  readonly moves?: readonly MapMove[];
  /**
   * Milliseconds for which a client may send requests under this map, from the start of its read.
   * @default 30000
   */
  readonly leaseMs?: number;
  /**
   * Milliseconds between two changes of the map that move data. Until then, requests under the
   * former map can still arrive.
   * @default `WAIT_MS.production`
   */
  readonly waitMs?: number;
  /** Name of the partition key attribute. */
  readonly partitionKey: string;
  /** Name of the sort key attribute, if the table has one. */
  readonly sortKey?: string;
  /** Name of the attribute with the time to live, in seconds since 1970. */
  readonly timeToLive?: string;
  /**
   * The targets to which the table publishes, by name. The table client refuses an outbox message
   * to another target before the write. If absent, only the relay checks targets.
   */
  readonly targets?: Readonly<Record<string, MapTarget>>;
}

/**
 * Copy of a map for its history. The map table has one such item for each epoch of each sharded
 * table. If a map is lost, it is written again from the item of its last epoch. Targets are left
 * out, because they can change without a new epoch, and each deployment writes them.
 */
export interface ShardMapHistory extends Omit<ShardMap, 'targets'> {
  /** Key of the item: `historyKey()` of the table and the epoch. */
  readonly table: string;
  /** Name of the sharded table. */
  readonly owner: string;
}

/** Data about a target, for writers to the table and for its relays. */
export interface MapTarget {
  /** Whether it is a FIFO queue, so that each message needs a group. */
  readonly fifo: boolean;
  /**
   * Name of the relay that sends to the target. Undefined for the relay of the table's own stack.
   */
  readonly relay?: string;
}

/** A map with unpacked slots, for look-ups. */
export interface OpenShardMap extends ShardMap, SlotRoutes {
  /** Shard that owns each slot. The length is `SLOT_COUNT`. */
  readonly owners: Uint8Array;
}

/**
 * The map has a newer format than this version of the library can read. Nothing was read or
 * written, because this version could choose a wrong shard.
 */
export class MapTooNew extends Error {
  override readonly name = 'MapTooNew';

  constructor(
    readonly table: string,
    /** The format of the map. */
    readonly format: number,
    /** The newest format that this version can read. */
    readonly supported: number = SHARD_MAP_FORMAT,
  ) {
    super(
      `shard map of table '${table}' must have format ${supported} or lower, got format ${format}, ` +
        'which a newer version of cdk-breakwater wrote: deploy this function with that version',
    );
  }
}

/**
 * Checks that the caller can read a map.
 * @param supported newest format that the caller can read
 * @throws MapTooNew if the map has a newer format
 */
export function requireReadable({ table, epoch, format = 1 }: ShardMap, supported = SHARD_MAP_FORMAT): void {
  if (!(Number.isInteger(format) && format >= 1)) {
    throw new Error(
      `shard map of table '${table}', epoch ${epoch}: format must be a whole number from 1, got ${JSON.stringify(format)}`,
    );
  }
  if (format > supported) throw new MapTooNew(table, format, supported);
}

/** Checks the field `moves`, and the size that maps with moves may have. */
function requireMoves(map: ShardMap): readonly MapMove[] {
  const { format, slots, moves = [] } = map;
  const where = whereOf(map);
  if (!Array.isArray(moves)) throw new Error(`${where}: moves must be a list, got ${JSON.stringify(moves)}`);
  if (moves.length > 0 && format !== MOVING_MAP_FORMAT) {
    throw new Error(`${where}: a map with moves must have format ${MOVING_MAP_FORMAT}, got ${format ?? 'none'}`);
  }
  const bytes = placementBytes(slots, moves);
  if (moves.length > 0 && bytes > MAX_PLACEMENT_BYTES) {
    throw new Error(
      `${where}: slots and moves may have ${MAX_PLACEMENT_BYTES} bytes, got ${bytes}: move fewer ranges of slots at a time`,
    );
  }
  return moves;
}

/** Checks that a field of a map is absent or a number of milliseconds. */
function requireMs(map: ShardMap, field: 'leaseMs' | 'waitMs', least: number): void {
  const ms = map[field];
  if (ms === undefined || (Number.isSafeInteger(ms) && ms >= least)) return;
  throw new Error(
    `${whereOf(map)}: ${field} must be a whole number of milliseconds from ${least}, got ${JSON.stringify(ms)}`,
  );
}

/**
 * Unpacks the run lengths and the moves of a map.
 * @param supported newest format that the caller can read. Only a caller whose requests follow
 * `routeOf()` passes `MOVING_MAP_FORMAT`.
 * @throws MapTooNew if the map has a newer format
 * @throws Error if the runs don't cover every slot exactly once, if a run names a shard that
 * doesn't exist, or if a move is wrong: see `openMoves`
 */
export function openShardMap(map: ShardMap, supported = SHARD_MAP_FORMAT): OpenShardMap {
  requireReadable(map, supported);
  const readEpoch = readEpochOf(map);
  if (!(Number.isSafeInteger(readEpoch) && readEpoch >= 1 && readEpoch <= map.epoch)) {
    throw new Error(
      `${whereOf(map)}: readEpoch must be a whole number from 1 to the epoch, got ${JSON.stringify(readEpoch)}`,
    );
  }
  requireMs(map, 'leaseMs', 1);
  requireMs(map, 'waitMs', map.leaseMs ?? DEFAULT_LEASE_MS);
  const moves = requireMoves(map);
  const owners = unpackSlots(whereOf(map), map.shards.length, map.slots);
  return { ...map, owners, ...openMoves(whereOf(map), map.shards.length, owners, moves) };
}

/** Names a map in errors. */
function whereOf({ table, epoch }: ShardMap): string {
  return `shard map of table '${table}', epoch ${epoch}`;
}

/** Epoch of the last change of the shard from which a slot is read. */
export function readEpochOf({ epoch, readEpoch = epoch }: ShardMap): number {
  return readEpoch;
}

/** Key of the map table's item with the map that a sharded table had in an epoch. */
export function historyKey(table: string, epoch: number | string): string {
  return `${HISTORY_KEY_PREFIX}${table}#${epoch}`;
}

/** Makes the item that keeps a map for its history. */
export function historyOf({ targets: _, ...map }: ShardMap): ShardMapHistory {
  return { ...map, table: historyKey(map.table, map.epoch), owner: map.table };
}

/** Index of the shard from which the items with a partition key are read. */
export function shardOf(map: OpenShardMap, key: PartitionKeyValue): number {
  return map.readers[slotOf(key)]!;
}

/**
 * Where the requests for a slot go. It returns the same object each time, and allocates nothing.
 */
export function routeOf(map: OpenShardMap, slot: number): SlotRoute {
  return map.routes[map.routeIds[slot]!]!;
}
