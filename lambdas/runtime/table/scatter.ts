import { type OpenShardMap, readEpochOf } from '../../../lib/protocol';
import { mapBounded } from './bounded';
import type { Connection, Loaded } from './connection';
import { openCursor, packCursor } from './cursor';
import { InvalidCursor, MapChanged, StaleCursor, UsageError } from './errors';
import { shardFor } from './keys';
import { openPosition, type Position, resume } from './position';
import { planQuery, planScan, queryShape, View } from './reads';
import type { Item, Page, ScatterOptions } from './types';

const MAX_PARALLELISM = 32;

/**
 * `open`: the shards that have been read in part, each with the position of its next page. `next`:
 * the first shard that hasn't been read at all.
 */
interface Progress {
  readonly open: readonly (readonly [shard: number, start: Position | undefined])[];
  readonly next: number;
}

/** Reads one page from each of a few shards. See `TableClient.scatter`. */
export async function scatter(connection: Connection, table: string, options: ScatterOptions): Promise<Page> {
  for (;;) {
    try {
      return await scatterOnce(connection, await connection.map(table), options);
    } catch (error) {
      if (!(error instanceof MapChanged)) throw error;
    }
  }
}

/** Reads the pages under one map. If it changes, the page starts again under the new map. */
async function scatterOnce(connection: Connection, map: OpenShardMap, options: ScatterOptions): Promise<Page> {
  const { where, parallelism = 4 } = options;
  if (!(Number.isInteger(parallelism) && parallelism >= 1 && parallelism <= MAX_PARALLELISM)) {
    throw new UsageError(
      `parallelism of a scatter must be a whole number from 1 to ${MAX_PARALLELISM}, got ${parallelism}`,
    );
  }
  if (where !== undefined && options.index === undefined) {
    throw new UsageError(
      `a scatter over '${map.table}' takes 'where' only with 'index'; use query() to read one partition`,
    );
  }
  if (where === undefined && options.sort !== undefined)
    throw new UsageError(`a scatter over '${map.table}' takes 'sort' only with 'where'`);

  const shape = queryShape(where, options);
  const loaded = await connection.load();
  const before =
    options.cursor === undefined
      ? { open: [], next: 0 }
      : openProgress(map, loaded, options, openCursor(map.table, shape, options.cursor));
  const active = [...before.open];
  let next = before.next;
  while (active.length < parallelism && next < map.shards.length) active.push([next++, undefined]);

  const view = new View(map, options.attributes, connection.now());
  const pages = await mapBounded(active, parallelism, ([shard, start]) =>
    readShard(connection, loaded, map, options, view, shard, start),
  );
  const open = pages.flatMap(({ shard, end }): Progress['open'] => (end === undefined ? [] : [[shard, end]]));
  const items = pages.flatMap((page) => page.items);
  if (open.length === 0 && next >= map.shards.length) return { items };
  return { items, cursor: packCursor(map.table, shape, { e: readEpochOf(map), n: next, o: open }) };
}

async function readShard(
  connection: Connection,
  loaded: Loaded,
  map: OpenShardMap,
  options: ScatterOptions,
  view: View,
  shard: number,
  start: Position | undefined,
): Promise<{ readonly shard: number; readonly items: Item[]; readonly end?: Position }> {
  const { client, sdk } = loaded;
  const { where, signal } = options;
  const tableName = map.shards[shard]!;
  const needed = [map.partitionKey];
  const send =
    where === undefined
      ? () => client.send(new sdk.ScanCommand(planScan(map, loaded, tableName, options, view, start, needed)))
      : () => client.send(new sdk.QueryCommand(planQuery(map, loaded, tableName, where, options, view, start, needed)));
  const call = { isWrite: false, isLong: true, signal };
  const answer = await connection.withShardMaps([map.table], call, ([current]) => {
    if (readEpochOf(current) !== readEpochOf(map)) throw new MapChanged(map.table);
    return resume(start, send);
  });
  const items = (answer.Items ?? [])
    .map((item) => loaded.unmarshall(item))
    // If a shard doesn't own an item's slot, the item is a remnant or a copy. The owner has the
    // current item.
    .filter((item) => shardFor(map, item) === shard && !view.isExpired(item))
    .map((item) => view.show(item));
  return { shard, items, ...(answer.LastEvaluatedKey === undefined ? {} : { end: answer.LastEvaluatedKey }) };
}

function openProgress(map: OpenShardMap, loaded: Loaded, options: ScatterOptions, state: unknown): Progress {
  const { e: epoch, n: next, o: open } = (state ?? {}) as Partial<Record<string, unknown>>;
  if (!Number.isInteger(epoch) || !Number.isInteger(next) || !Array.isArray(open) || open.length > MAX_PARALLELISM) {
    throw new InvalidCursor('cursor is damaged');
  }
  if (epoch !== readEpochOf(map)) throw new StaleCursor(map.table, epoch as number, readEpochOf(map));
  return {
    next: Math.max(0, next as number),
    open: open.map((entry: unknown) => {
      const [shard, position] = Array.isArray(entry) ? entry : [];
      if (!Number.isInteger(shard) || shard < 0 || shard >= map.shards.length)
        throw new InvalidCursor('cursor is damaged');
      return [shard as number, openPosition(map, loaded, options.where, options, position)] as const;
    }),
  };
}
