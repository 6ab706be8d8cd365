import type { AttributeValue, WriteRequest } from '@aws-sdk/client-dynamodb';
import { DYNAMODB } from '../../../lib/limits';
import type { OpenShardMap } from '../../../lib/protocol';
import { chunks, mapBounded } from './bounded';
import type { Connection, Loaded } from './connection';
import { TableOverloaded, Unprocessed, UsageError } from './errors';
import { Expression } from './expression';
import { canonicalKey, checkKey, keyNames, keyOf, physicalTable } from './keys';
import { View } from './reads';
import type { BatchWrite, CallOptions, GetOptions, Item, Key } from './types';
import { storedItem, type Write } from './writes';

/**
 * Maximum number of requests in flight. More requests wouldn't make a batch faster, but would cause
 * throttling.
 */
const PARALLEL = 4;
/** Code for an answer with unprocessed items. */
const UNPROCESSED = 'UnprocessedItems';

export async function batchGet(
  connection: Connection,
  map: OpenShardMap,
  keys: readonly Key[],
  options: GetOptions,
): Promise<(Item | undefined)[]> {
  const loaded = await connection.load();
  const view = new View(map, options.attributes, connection.now());
  const wanted = keys.map((key) => ({ key: checkKey(map, key), id: canonicalKey(map, checkKey(map, key)) }));
  const found = new Map<string, Item>();
  // DynamoDB refuses a request that contains a key twice.
  const distinct = new Map(wanted.map(({ id, key }) => [id, { id, key, request: loaded.marshall(key) }]));
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
  return wanted.map(({ id }) => found.get(id));
}

/**
 * @param writes writes with their tokens and messages, so that all attempts send the same tokens
 * and messages
 */
export async function batchWrite(
  connection: Connection,
  map: OpenShardMap,
  writes: readonly (readonly [BatchWrite, Write])[],
  options: CallOptions,
): Promise<void> {
  const loaded = await connection.load();
  const seen = new Map<string, number>();
  const planned = writes.map(([write, begun], index) => {
    const key = 'put' in write ? keyOf(map, write.put as Item) : checkKey(map, write.delete);
    const id = canonicalKey(map, key);
    const before = seen.get(id);
    if (before !== undefined)
      throw new UsageError(
        `batch write to '${map.table}': writes ${before} and ${index} have the same key, but the writes of a batch have no order: pass only one of them`,
      );
    seen.set(id, index);
    return { id, key, request: toRequest(connection, loaded, map, write, begun, key) };
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

function toRequest(
  connection: Connection,
  loaded: Loaded,
  map: OpenShardMap,
  write: BatchWrite,
  begun: Write,
  key: Key,
): WriteRequest {
  if (!('put' in write)) return { DeleteRequest: { Key: loaded.marshall(key) } };
  const context = { ...begun, map, loaded, nowMs: connection.now() };
  return { PutRequest: { Item: storedItem(context, write.put as Item) } };
}

/** An item of a batch. */
interface Entry<Request> {
  readonly id: string;
  readonly key: Key;
  readonly request: Request;
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
 * all attempts of a shard were throttled, it gets no more requests.
 *
 * @throws Unprocessed with the keys of all entries that aren't done
 */
async function processAll<Request>(
  connection: Connection,
  map: OpenShardMap,
  entries: readonly Entry<Request>[],
  { size, isWrite, keyIn, send, signal }: Processing<Request>,
): Promise<void> {
  const left = new Map(entries.map(({ id, key }) => [id, key]));
  const exhausted = new Map<string, { readonly code: string; readonly error?: TableOverloaded }>();
  await mapBounded(perShard(map, entries, size), PARALLEL, async ({ tableName, piece }) => {
    let pending = piece.map(({ request }) => request);
    for (let attempt = 1; !exhausted.has(tableName); attempt++) {
      const rest = pending;
      try {
        pending = await connection.send({
          table: map.table,
          isWrite,
          isLong: true,
          signal,
          send: () => send(tableName, rest),
        });
      } catch (error) {
        if (!(error instanceof TableOverloaded)) throw error;
        exhausted.set(tableName, { code: error.code, error });
        return;
      }
      const unprocessed = new Set(pending.map((request) => canonicalKey(map, keyIn(request))));
      for (const { id } of piece) if (!unprocessed.has(id)) left.delete(id);
      if (pending.length === 0) return;
      if (!(await connection.waitAfter(attempt))) exhausted.set(tableName, { code: UNPROCESSED });
    }
  });
  const [failure] = exhausted.values();
  if (failure === undefined) return;
  const mayBeDone = [...exhausted.values()].some(({ error }) => error?.mayBeDone);
  throw new Unprocessed(map.table, [...left.values()], entries.length, failure.code, mayBeDone, {
    cause: failure.error,
  });
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
