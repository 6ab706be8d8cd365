import type { AttributeValue, CancellationReason, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { OpenShardMap } from '../../../lib/protocol';
import type { Connection, Loaded } from './connection';
import { describeKey, type TransactionReason, TransactionRefused, UsageError } from './errors';
import { canonicalKey } from './keys';
import { withoutReserved } from './reserved';
import { isNamed, ShardedClient } from './table';
import type { Item, Key, Operation } from './types';
import { planCheck, planDelete, planPut, planUpdate, type WriteContext } from './writes';

/** TransactWriteItems, DynamoDB API reference. */
const MAX_OPERATIONS = 100;
const ARN = /^arn:[^:]+:dynamodb:([^:]+:[^:]+):/;

const REASONS: Readonly<Record<string, string>> = {
  ConditionalCheckFailed: 'condition',
  TransactionConflict: 'conflict',
  ThrottlingError: 'throttled',
  ProvisionedThroughputExceeded: 'throttled',
};
/** Reasons that go away by themselves. */
const PASSING = new Set(['conflict', 'throttled']);

interface PlannedOperation {
  readonly map: OpenShardMap;
  readonly table: string;
  readonly key: Key;
  readonly item: TransactWriteItem;
}

/**
 * Does all operations or none, over tables and shards of one account and Region. Conflicts and throttling are tried again for a while.
 *
 * @param operations 1 to 100, each about another item
 * @throws TransactionRefused naming each key that stood in the way and why
 *
 * @example
 * await transact([
 *   { in: orders, put: order, condition: ifAbsent('orderId'), outbox: [{ topic: 'Payments', body: { orderId } }] },
 *   { in: stock, update: { sku }, add: { reserved: 1 }, condition: ifPresent('sku') },
 * ]);
 */
export async function transact(operations: readonly Operation[]): Promise<void> {
  if (operations.length < 1 || operations.length > MAX_OPERATIONS) {
    throw new UsageError(`a transaction takes 1 to ${MAX_OPERATIONS} operations, got ${operations.length}`);
  }
  const connection = connectionOf(operations);
  const loaded = await connection.load();
  const planned: PlannedOperation[] = [];
  for (const [index, operation] of operations.entries()) planned.push(await plan(connection, loaded, operation, index));
  checkDistinct(planned);
  checkOnePlace(planned);

  for (let attempt = 1; ; attempt++) {
    try {
      // The token makes the SDK's own retries of this attempt one transaction.
      await loaded.client.send(
        new loaded.sdk.TransactWriteItemsCommand({
          TransactItems: planned.map((p) => p.item),
          ClientRequestToken: connection.newId(),
        }),
      );
      return;
    } catch (error) {
      const reasons = reasonsOf(error, planned, loaded);
      if (reasons === undefined) throw error;
      const passing = reasons.length > 0 && reasons.every((reason) => PASSING.has(reason.reason));
      if (!passing || attempt >= connection.retry.attempts) throw new TransactionRefused(reasons);
      await connection.backOff(attempt);
    }
  }
}

function connectionOf(operations: readonly Operation[]): Connection {
  const connections = new Set(operations.map((operation) => clientOf(operation).connection));
  if (connections.size > 1) throw new UsageError('a transaction must stay within one connection');
  return [...connections][0]!;
}

function clientOf(operation: Operation): ShardedClient {
  if (!(operation.in instanceof ShardedClient))
    throw new UsageError(`'in' of an operation must be a client made by table()`);
  return operation.in;
}

async function plan(
  connection: Connection,
  loaded: Loaded,
  operation: Operation,
  index: number,
): Promise<PlannedOperation> {
  const kinds = (['put', 'update', 'delete', 'check'] as const).filter((kind) => Object.hasOwn(operation, kind));
  if (kinds.length !== 1)
    throw new UsageError(
      `operation ${index} must have one of put, update, delete, check; got ${kinds.join(', ') || 'none'}`,
    );
  const client = clientOf(operation);
  const map = await connection.map(client.name);
  const context: WriteContext = { map, loaded, stamp: connection.newId(), newId: connection.newId };
  const { key, item } = toItem(context, operation);
  return { map, table: client.name, key, item };
}

function toItem(context: WriteContext, operation: Operation): { readonly key: Key; readonly item: TransactWriteItem } {
  const back = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
  if ('put' in operation) {
    const { key, input } = planPut(context, operation.put as Item, operation);
    return { key, item: { Put: { ...input, ...back } } };
  }
  if ('update' in operation) {
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
  const seen = new Set<string>();
  for (const { map, table, key } of planned) {
    const id = `${table} ${canonicalKey(map, key)}`;
    if (seen.has(id))
      throw new UsageError(`a transaction can touch an item once, but ${describeKey(table, key)} occurs twice`);
    seen.add(id);
  }
}

/** DynamoDB's transactions end at the border of an account and Region; a shard elsewhere is mapped by its ARN. */
function checkOnePlace(planned: readonly PlannedOperation[]): void {
  const places = planned.map(({ item }) => {
    const { TableName } = (item.Put ?? item.Update ?? item.Delete ?? item.ConditionCheck)!;
    return ARN.exec(TableName ?? '')?.[1] ?? 'here';
  });
  const away = planned.flatMap((p, index): TransactionReason[] =>
    places[index] === places[0]
      ? []
      : [{ table: p.table, key: p.key, index, reason: 'elsewhere', message: 'lies in another account or Region' }],
  );
  if (away.length > 0) throw new TransactionRefused(away);
}

/** What stood in the way, or undefined if the error is of another kind. */
function reasonsOf(
  error: unknown,
  planned: readonly PlannedOperation[],
  { unmarshall }: Loaded,
): TransactionReason[] | undefined {
  if (isNamed(error, 'TransactionInProgressException')) {
    return planned.map((p, index) => ({
      table: p.table,
      key: p.key,
      index,
      reason: 'conflict',
      message: 'still in progress',
    }));
  }
  if (!isNamed(error, 'TransactionCanceledException')) return undefined;
  const cancelled =
    (error as { readonly CancellationReasons?: readonly CancellationReason[] }).CancellationReasons ?? [];
  return cancelled.flatMap(({ Code, Message, Item }, index): TransactionReason[] => {
    const operation = planned[index];
    if (Code === undefined || Code === 'None' || operation === undefined) return [];
    const current = Item as Record<string, AttributeValue> | undefined;
    return [
      {
        table: operation.table,
        key: operation.key,
        index,
        reason: REASONS[Code] ?? Code,
        message: Message ?? Code,
        ...(current === undefined || Object.keys(current).length === 0
          ? {}
          : { current: withoutReserved(unmarshall(current)) }),
      },
    ];
  });
}
