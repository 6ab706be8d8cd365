import type { AttributeValue, WriteRequest } from '@aws-sdk/client-dynamodb';
import { DYNAMODB } from '../../../lib/limits';
import { type OpenShardMap, VERSION_ATTRIBUTE } from '../../../lib/protocol';
import { chunks, mapBounded } from './bounded';
import type { Connection, Loaded } from './connection';
import { MapChanged, TableOverloaded, Unprocessed, UsageError } from './errors';
import { Expression } from './expression';
import { canonicalKey, checkKey, keyNames, keyOf, physicalTable } from './keys';
import { View } from './reads';
import type { BatchWrite, CallOptions, GetOptions, Item, Key } from './types';
import type { Write } from './write';
import { storedItem, type WriteContext } from './writes';

/**
 * Maximum number of requests in flight. More requests wouldn't make a batch faster, but would cause
 * throttling.
 */
const PARALLEL = 4;
/** Code for an answer with unprocessed items. */
const UNPROCESSED = 'UnprocessedItems';

export async function batchGet(
  connection: Connection,
  table: string,
  keys: readonly Key[],
  options: GetOptions,
): Promise<(Item | undefined)[]> {
  const { map, loaded, planned } = await plan(connection, table, options, (known) =>
    keys.map((key) => ({ key: checkKey(known, key), id: canonicalKey(known, checkKey(known, key)) })),
  );
  const view = new View(map, options.attributes, connection.now());
  const found = new Map<string, Item>();
  // DynamoDB refuses a request that contains a key twice.
  const distinct = new Map(planned.map(({ id, key }) => [id, { id, key, request: () => loaded.marshall(key) }]));
  await processAll<Record<string, AttributeValue>>(connection, map, [...distinct.values()], {
    ...options,
    size: DYNAMODB.MAX_BATCH_GETS,
    isWrite: false,
    keyIn: (key) => loaded.unmarshall(key),
    async send(tableName, Keys) {
      const expression = new Expression();
      const answer = await loaded.client.send(
        new loaded.sdk.BatchGetItemCommand({
          RequestItems: {
            [tableName]: {
              Keys,
              ConsistentRead: options.eventual !== true,
              ...view.projection(expression, keyNames(map)),
              ...expression.placeholders(loaded.marshall),
            },
          },
        }),
      );
      for (const item of (answer.Responses?.[tableName] ?? []).map((i) => loaded.unmarshall(i))) {
        if (!view.isExpired(item)) found.set(canonicalKey(map, item), view.show(item));
      }
      return answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
    },
  });
  return planned.map(({ id }) => found.get(id));
}

/** @param writes writes with their IDs and messages, which are the same in all attempts */
export async function batchWrite(
  connection: Connection,
  table: string,
  writes: readonly (readonly [BatchWrite, Write])[],
  options: CallOptions,
): Promise<void> {
  const { map, loaded, planned } = await plan(connection, table, options, (known, sdk) => {
    const seen = new Map<string, number>();
    return writes.map(([write, begun], index) => {
      const key = 'put' in write ? keyOf(known, write.put as Item) : checkKey(known, write.delete);
      const id = canonicalKey(known, key);
      const before = seen.get(id);
      if (before !== undefined)
        throw new UsageError(
          `batch write to '${table}': writes ${before} and ${index} have the same key, but the writes of a batch have no order: pass only one of them`,
        );
      seen.set(id, index);
      const context = { write: begun, map: known, loaded: sdk, nowMs: connection.now() };
      return { id, key, request: toRequest(context, write, key) };
    });
  });
  await processAll<WriteRequest>(connection, map, planned, {
    ...options,
    size: DYNAMODB.MAX_BATCH_WRITES,
    isWrite: true,
    keyIn: ({ PutRequest, DeleteRequest }) => loaded.unmarshall(PutRequest?.Item ?? DeleteRequest?.Key ?? {}),
    async send(tableName, requests) {
      const answer = await loaded.client.send(
        new loaded.sdk.BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }),
      );
      return answer.UnprocessedItems?.[tableName] ?? [];
    },
  });
}

/** Checks all items of a batch under the current map, before the first request. */
function plan<Planned>(
  connection: Connection,
  table: string,
  { signal }: CallOptions,
  check: (map: OpenShardMap, loaded: Loaded) => readonly Planned[],
) {
  return connection.withShardMaps([table], { isWrite: false, signal }, async ([map], loaded) => ({
    map,
    loaded,
    planned: check(map, loaded),
  }));
}

/**
 * Returns a function that makes the request of a write. Each call of the function makes a new
 * stamp.
 */
function toRequest(context: WriteContext, write: BatchWrite, key: Key): () => WriteRequest {
  if (!('put' in write)) return () => ({ DeleteRequest: { Key: context.loaded.marshall(key) } });
  const item = storedItem(context, write.put as Item);
  return () => ({ PutRequest: { Item: { ...item, [VERSION_ATTRIBUTE]: { S: context.write.nextStamp() } } } });
}

/** An item of a batch. */
interface Entry<Request> {
  readonly id: string;
  readonly key: Key;
  /** Makes the entry for the item in a request. */
  readonly request: () => Request;
}

interface Processing<Request> extends CallOptions {
  /** Maximum number of items in one request. */
  readonly size: number;
  readonly isWrite: boolean;
  /** The item's attributes in the request. */
  readonly keyIn: (request: Request) => Item;
  /** Sends one request. @returns the part that DynamoDB left unprocessed */
  readonly send: (tableName: string, requests: Request[]) => Promise<Request[]>;
}

/**
 * Sends all entries. Each shard has its own requests, so a throttled shard doesn't delay others. If
 * all attempts of a shard were throttled, it gets no more requests. If the map changes, the entries
 * that aren't done are distributed to the shards again.
 *
 * @throws Unprocessed with the keys of all entries that aren't done
 */
async function processAll<Request>(
  connection: Connection,
  first: OpenShardMap,
  entries: readonly Entry<Request>[],
  { size, isWrite, keyIn, send, signal }: Processing<Request>,
): Promise<void> {
  const { table } = first;
  const left = new Map(entries.map((entry) => [entry.id, entry]));
  const exhausted = new Map<string, { readonly code: string; readonly error?: TableOverloaded }>();

  async function sendPiece(map: OpenShardMap, tableName: string, piece: readonly Entry<Request>[]): Promise<void> {
    for (let attempt = 1; !exhausted.has(tableName); attempt++) {
      const rest = piece.filter(({ id }) => left.has(id));
      const pending = await connection.withShardMaps([table], { isWrite, isLong: true, signal }, ([current]) => {
        if (current.epoch !== map.epoch) throw new MapChanged(table);
        return send(
          tableName,
          rest.map(({ request }) => request()),
        );
      });
      const unprocessed = new Set(pending.map((request) => canonicalKey(map, keyIn(request))));
      for (const { id } of rest) if (!unprocessed.has(id)) left.delete(id);
      if (pending.length === 0) return;
      if (!(await connection.attempts.waitAfter(attempt))) exhausted.set(tableName, { code: UNPROCESSED });
    }
  }

  for (let [map, hasChanged] = [first, true]; hasChanged; ) {
    hasChanged = false;
    await mapBounded(perShard(map, [...left.values()], size), PARALLEL, async ({ tableName, piece }) => {
      try {
        await sendPiece(map, tableName, piece);
      } catch (error) {
        if (error instanceof MapChanged) hasChanged = true;
        else if (error instanceof TableOverloaded) exhausted.set(tableName, { code: error.code, error });
        else throw error;
      }
    });
    if (hasChanged) map = await connection.map(table);
  }
  const [failure] = exhausted.values();
  if (failure === undefined) return;
  const mayBeDone = [...exhausted.values()].some(({ error }) => error?.mayBeDone);
  const keys = [...left.values()].map(({ key }) => key);
  throw new Unprocessed(table, keys, entries.length, failure.code, mayBeDone, { cause: failure.error });
}

/** Groups entries into requests of DynamoDB's maximum size, each to one shard. */
function perShard<Request>(
  map: OpenShardMap,
  entries: readonly Entry<Request>[],
  size: number,
): { readonly tableName: string; readonly piece: Entry<Request>[] }[] {
  const groups = new Map<string, Entry<Request>[]>();
  for (const entry of entries) {
    const tableName = physicalTable(map, entry.key);
    const group = groups.get(tableName);
    if (group === undefined) groups.set(tableName, [entry]);
    else group.push(entry);
  }
  return [...groups].flatMap(([tableName, group]) => chunks(group, size).map((piece) => ({ tableName, piece })));
}
