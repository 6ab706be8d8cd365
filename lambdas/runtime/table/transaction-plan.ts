import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { OpenShardMap } from '../../../lib/protocol';
import type { Connection, Loaded } from './connection';
import { type TransactionReason, TransactionRefused, UsageError } from './errors';
import { canonicalKey } from './keys';
import { markOf } from './mark';
import { ShardedClient } from './sharded-client';
import type { Item, Key, Operation } from './types';
import { SAME_TRANSACTION_MS, Write } from './write';
import { planCheck, planDelete, planPut, planReplacement, planUpdate, type WriteContext } from './writes';

const ARN = /^arn:[^:]+:dynamodb:([^:]+:[^:]+):/;

/** An operation with its write, which is the same in all attempts. */
export interface Begun {
  readonly operation: Operation;
  readonly client: ShardedClient;
  readonly write: Write;
}

export interface PlannedOperation extends Begun {
  readonly map: OpenShardMap;
  readonly key: Key;
  readonly item: TransactWriteItem;
}

/** The connection that all tables of a transaction share. */
export function connectionOf(clients: readonly ShardedClient[]): Connection {
  const [connection, ...others] = new Set(clients.map((client) => client.connection));
  if (connection === undefined || others.length > 0)
    throw new UsageError('all operations of a transaction must be for tables of one connection');
  return connection;
}

/** The table of an operation. */
export function clientOf(operation: Operation): ShardedClient {
  if (!(operation.in instanceof ShardedClient))
    throw new UsageError(`'in' of an operation must be a client made by table()`);
  return operation.in;
}

/** Begins the write of an operation. */
export function begin(
  connection: Connection,
  operation: Operation,
  client: ShardedClient | undefined,
  index: number,
): Begun {
  const kinds = (['put', 'update', 'delete', 'check'] as const).filter((kind) => Object.hasOwn(operation, kind));
  if (kinds.length !== 1 || client === undefined)
    throw new UsageError(
      `operation ${index} must have one of put, update, delete, check; got ${kinds.join(', ') || 'none'}`,
    );
  const outbox = 'outbox' in operation ? operation.outbox : undefined;
  const { now, newId } = connection;
  return { operation, client, write: new Write(now, newId, outbox, markOf(operation), SAME_TRANSACTION_MS) };
}

/**
 * Plans one transaction under the current shard maps.
 * @param expired positions of upserts whose stored item has expired, so that the upsert replaces it
 * @throws UsageError if two operations are about the same item
 * @throws TransactionRefused if shards are in different accounts or Regions
 */
export function planAll(
  connection: Connection,
  loaded: Loaded,
  begun: readonly Begun[],
  maps: readonly OpenShardMap[],
  expired: ReadonlySet<number>,
): PlannedOperation[] {
  const planned = begun.flatMap((one, index) => {
    const map = maps[index];
    if (map === undefined) return [];
    const context = { write: one.write, map, loaded, nowMs: connection.now() };
    return [{ ...one, map, ...toItem(context, one.operation, expired.has(index)) }];
  });
  checkDistinct(planned);
  checkOnePlace(planned);
  return planned;
}

function toItem(
  context: WriteContext,
  operation: Operation,
  isExpired: boolean,
): { readonly key: Key; readonly item: TransactWriteItem } {
  const back = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
  if ('put' in operation) {
    const { key, input } = planPut(context, operation.put as Item, operation.condition);
    return { key, item: { Put: { ...input, ...back } } };
  }
  if ('update' in operation) {
    const replacement = isExpired && planReplacement(context, operation.update, operation, operation.condition);
    if (replacement) return { key: replacement.key, item: { Put: { ...replacement.input, ...back } } };
    const { key, input } = planUpdate(context, operation.update, operation, operation);
    return { key, item: { Update: { ...input, ...back } } };
  }
  if ('delete' in operation) {
    const { key, input } = planDelete(context, operation.delete, operation.condition);
    return { key, item: { Delete: { ...input, ...back } } };
  }
  const { key, input } = planCheck(context, operation.check, operation.condition);
  return { key, item: { ConditionCheck: { ...input, ...back } } };
}

function checkDistinct(planned: readonly PlannedOperation[]): void {
  const seen = new Map<string, number>();
  for (const [index, { map, client, key }] of planned.entries()) {
    const id = `${client.name} ${canonicalKey(map, key)}`;
    const before = seen.get(id);
    if (before !== undefined)
      throw new UsageError(
        `a transaction must have at most one operation for each item, got operations ${before} and ${index} for the same item of '${client.name}'`,
      );
    seen.set(id, index);
  }
}

/**
 * Fails if shards are in different accounts or Regions, because a DynamoDB transaction can't span
 * them. The map names a shard of another account or Region by its ARN.
 */
function checkOnePlace(planned: readonly PlannedOperation[]): void {
  const places = planned.map(({ item }) => {
    const { TableName } = item.Put ?? item.Update ?? item.Delete ?? item.ConditionCheck ?? {};
    return ARN.exec(TableName ?? '')?.[1] ?? 'here';
  });
  const away = planned.flatMap(({ client, key }, index): TransactionReason[] =>
    places[index] === places[0]
      ? []
      : [{ table: client.name, key, index, reason: 'elsewhere', message: 'is in another account or Region' }],
  );
  if (away.length > 0) throw new TransactionRefused(away);
}
