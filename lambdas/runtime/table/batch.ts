import type { AttributeValue, WriteRequest } from '@aws-sdk/client-dynamodb';
import type { OpenShardMap } from '../../../lib/protocol';
import { chunks, mapBounded } from './bounded';
import type { Connection, Loaded } from './connection';
import { Unprocessed, UsageError } from './errors';
import { Expression } from './expression';
import { canonicalKey, checkKey, keyNames, keyOf, physicalTable } from './keys';
import { View } from './reads';
import type { BatchWrite, GetOptions, Item, Key } from './types';
import { storedItem, type Write } from './writes';

/** Limits of BatchGetItem and BatchWriteItem (DynamoDB API reference). */
const MAX_GETS = 100;
const MAX_WRITES = 25;
/** Requests under way at the same time: enough to hide latency, too few to be throttled by oneself. */
const PARALLEL = 4;

export async function batchGet(
  connection: Connection,
  map: OpenShardMap,
  keys: readonly Key[],
  options: GetOptions,
): Promise<(Item | undefined)[]> {
  const loaded = await connection.load();
  const view = new View(map, options.attributes, connection.now());
  const wanted = keys.map((key) => canonicalKey(map, checkKey(map, key)));
  // DynamoDB refuses a key twice in one request; asking twice is no mistake, though.
  const distinct = [...new Map(wanted.map((id, i) => [id, keys[i]!])).values()];
  const found = new Map<string, Item>();
  await mapBounded(
    perShard(map, distinct, (key) => key, MAX_GETS),
    PARALLEL,
    async ({ tableName, entries }) => {
      const expression = new Expression();
      const shared = {
        ConsistentRead: options.eventual !== true,
        ...view.projection(expression, keyNames(map)),
        ...expression.placeholders(loaded.marshall),
      };
      let pending: Record<string, AttributeValue>[] = entries.map((key) => loaded.marshall(key));
      for (let attempt = 1; ; attempt++) {
        const answer = await loaded.client.send(
          new loaded.sdk.BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: pending, ...shared } } }),
        );
        for (const item of (answer.Responses?.[tableName] ?? []).map((i) => loaded.unmarshall(i))) {
          if (!view.isExpired(item)) found.set(canonicalKey(map, item), view.show(item));
        }
        pending = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
        if (pending.length === 0) return;
        await waitOrGiveUp(
          connection,
          map,
          attempt,
          pending.map((key) => loaded.unmarshall(key) as Key),
        );
      }
    },
  );
  return wanted.map((id) => found.get(id));
}

/** @param writes each begun already, so that this can be called again under another map */
export async function batchWrite(
  connection: Connection,
  map: OpenShardMap,
  writes: readonly (readonly [BatchWrite, Write])[],
): Promise<void> {
  const loaded = await connection.load();
  const seen = new Set<string>();
  const planned = writes.map(([write, begun]) => {
    const key = 'put' in write ? keyOf(map, write.put as Item) : checkKey(map, write.delete);
    const id = canonicalKey(map, key);
    if (seen.has(id))
      throw new UsageError(`batch write to '${map.table}': the key ${JSON.stringify(id)} occurs twice, in no order`);
    seen.add(id);
    return { key, request: toRequest(loaded, map, write, begun, key) };
  });
  await mapBounded(
    perShard(map, planned, (p) => p.key, MAX_WRITES),
    PARALLEL,
    async ({ tableName, entries }) => {
      let pending: WriteRequest[] = entries.map((entry) => entry.request);
      for (let attempt = 1; ; attempt++) {
        const answer = await loaded.client.send(
          new loaded.sdk.BatchWriteItemCommand({ RequestItems: { [tableName]: pending } }),
        );
        pending = answer.UnprocessedItems?.[tableName] ?? [];
        if (pending.length === 0) return;
        const keys = pending.map((request) =>
          keyOf(map, loaded.unmarshall(request.PutRequest?.Item ?? request.DeleteRequest!.Key!)),
        );
        await waitOrGiveUp(connection, map, attempt, keys);
      }
    },
  );
}

function toRequest(loaded: Loaded, map: OpenShardMap, write: BatchWrite, begun: Write, key: Key): WriteRequest {
  if (!('put' in write)) return { DeleteRequest: { Key: loaded.marshall(key) } };
  return { PutRequest: { Item: loaded.marshall(storedItem({ ...begun, map, loaded }, write.put as Item)) } };
}

async function waitOrGiveUp(
  connection: Connection,
  map: OpenShardMap,
  attempt: number,
  keys: readonly Key[],
): Promise<void> {
  if (attempt >= connection.retry.attempts) throw new Unprocessed(map.table, keys, attempt);
  await connection.backOff(attempt);
}

/** Requests of a size that DynamoDB takes, each to one physical table, so that a throttled shard holds up no other. */
function perShard<T>(
  map: OpenShardMap,
  entries: readonly T[],
  key: (entry: T) => Key,
  size: number,
): { readonly tableName: string; readonly entries: T[] }[] {
  const groups = new Map<string, T[]>();
  for (const entry of entries) {
    const tableName = physicalTable(map, key(entry));
    const group = groups.get(tableName);
    if (group === undefined) groups.set(tableName, [entry]);
    else group.push(entry);
  }
  return [...groups].flatMap(([tableName, group]) =>
    chunks(group, size).map((piece) => ({ tableName, entries: piece })),
  );
}
