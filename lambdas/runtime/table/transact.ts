import type { CancellationReason, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { OpenShardMap } from '../../../lib/protocol';
import type { Connection, Loaded } from './connection';
import { describeKey, isNamed, type TransactionReason, TransactionRefused, UsageError } from './errors';
import { canonicalKey } from './keys';
import { VERSION_ATTRIBUTE, withoutReserved } from './reserved';
import { ShardedClient } from './table';
import type { Item, Key, Operation } from './types';
import { newWrite, planCheck, planDelete, planPut, planUpdate, type Write, type WriteContext } from './writes';

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

/** An operation that was begun: all its tries have the same stamp and messages. */
interface Begun {
  readonly operation: Operation;
  readonly table: string;
  readonly write: Write;
}

interface PlannedOperation {
  readonly map: OpenShardMap;
  readonly table: string;
  readonly key: Key;
  readonly stamp: string;
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
 *   { in: orders, put: order, condition: ifAbsent('orderId'), outbox: [{ to: 'Payments', body: { orderId } }] },
 *   { in: stock, update: { sku }, add: { reserved: 1 }, condition: ifPresent('sku') },
 * ]);
 */
export async function transact(operations: readonly Operation[]): Promise<void> {
  if (operations.length < 1 || operations.length > MAX_OPERATIONS) {
    throw new UsageError(`a transaction takes 1 to ${MAX_OPERATIONS} operations, got ${operations.length}`);
  }
  const connection = connectionOf(operations);
  const begun = operations.map((operation, index) => begin(connection, operation, index));
  await connection.underMaps(
    begun.map(({ table }) => table),
    async (maps, loaded) => {
      const planned = begun.map((one) => plan(maps.get(one.table)!, loaded, one));
      checkDistinct(planned);
      checkOnePlace(planned);
      await send(connection, loaded, planned);
    },
  );
}

async function send(connection: Connection, loaded: Loaded, planned: readonly PlannedOperation[]): Promise<void> {
  const TransactItems = planned.map((p) => p.item);
  // While nobody knows how a try ends, the same token asks for the same transaction; only a cancelled one makes room for another.
  let token = connection.newId();
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt >= connection.retry.attempts;
    try {
      await loaded.client.send(new loaded.sdk.TransactWriteItemsCommand({ TransactItems, ClientRequestToken: token }));
      return;
    } catch (error) {
      if (isNamed(error, 'TransactionCanceledException')) {
        const reasons = (error as { readonly CancellationReasons?: readonly CancellationReason[] }).CancellationReasons;
        if (isOurs(reasons ?? [], planned, loaded)) return;
        const refused = new TransactionRefused(reasonsOf(reasons ?? [], planned, loaded));
        if (isLast || !isPassing(refused)) throw refused;
        token = connection.newId();
      } else if (isLast || !isNamed(error, 'TransactionInProgressException')) {
        throw error;
      }
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

function begin(connection: Connection, operation: Operation, index: number): Begun {
  const kinds = (['put', 'update', 'delete', 'check'] as const).filter((kind) => Object.hasOwn(operation, kind));
  if (kinds.length !== 1)
    throw new UsageError(
      `operation ${index} must have one of put, update, delete, check; got ${kinds.join(', ') || 'none'}`,
    );
  const outbox = 'outbox' in operation ? operation.outbox : undefined;
  return { operation, table: clientOf(operation).name, write: newWrite(connection.newId, outbox) };
}

function plan(map: OpenShardMap, loaded: Loaded, { operation, table, write }: Begun): PlannedOperation {
  return { map, table, stamp: write.stamp, ...toItem({ ...write, map, loaded }, operation) };
}

function toItem(context: WriteContext, operation: Operation): { readonly key: Key; readonly item: TransactWriteItem } {
  const back = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
  if ('put' in operation) {
    const { key, input } = planPut(context, operation.put as Item, operation.condition);
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

/**
 * Whether an item that stood in the way bears the stamp of this very transaction. One is enough: it was written with all the
 * others or not at all.
 */
function isOurs(
  reasons: readonly CancellationReason[],
  planned: readonly PlannedOperation[],
  { unmarshall }: Loaded,
): boolean {
  return reasons.some(({ Item }, i) => Item !== undefined && unmarshall(Item)[VERSION_ATTRIBUTE] === planned[i]?.stamp);
}

function isPassing({ reasons }: TransactionRefused): boolean {
  return reasons.length > 0 && reasons.every(({ reason }) => PASSING.has(reason));
}

/** What stood in the way, operation by operation. */
function reasonsOf(
  reasons: readonly CancellationReason[],
  planned: readonly PlannedOperation[],
  { unmarshall }: Loaded,
): TransactionReason[] {
  return reasons.flatMap(({ Code, Message, Item }, index): TransactionReason[] => {
    const operation = planned[index];
    if (Code === undefined || Code === 'None' || operation === undefined) return [];
    const current = Item === undefined || Object.keys(Item).length === 0 ? undefined : unmarshall(Item);
    return [
      {
        table: operation.table,
        key: operation.key,
        index,
        reason: REASONS[Code] ?? Code,
        message: Message ?? Code,
        ...(current === undefined ? {} : { current: withoutReserved(current) }),
      },
    ];
  });
}
