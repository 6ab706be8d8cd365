import type { CancellationReason, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { DYNAMODB } from '../../../lib/limits';
import type { OpenShardMap } from '../../../lib/protocol';
import { holdsForAbsent } from './absent';
import type { Connection, Loaded } from './connection';
import {
  isNamed,
  OutcomeUnknown,
  TableOverloaded,
  type TransactionReason,
  TransactionRefused,
  UsageError,
} from './errors';
import { canonicalKey } from './keys';
import { markOf } from './mark';
import { View } from './reads';
import { ShardedClient } from './sharded-client';
import { isPassing, reasonsOf, refusal } from './transaction-reasons';
import type { CallOptions, Item, Key, Operation } from './types';
import { Write } from './write';
import { planCheck, planDelete, planPut, planReplacement, planUpdate, type WriteContext } from './writes';

const ARN = /^arn:[^:]+:dynamodb:([^:]+:[^:]+):/;

/**
 * Maximum age of a token when it is sent again. A minute before DynamoDB forgets a token, the
 * request could arrive too late.
 */
const MAX_TOKEN_AGE_MS = 9 * 60_000;

/** An operation with its write, which is the same in all attempts. */
interface Begun {
  readonly operation: Operation;
  readonly client: ShardedClient;
  readonly write: Write;
}

interface PlannedOperation extends Begun {
  readonly map: OpenShardMap;
  readonly key: Key;
  readonly item: TransactWriteItem;
}

/**
 * Performs all operations or none, on tables and shards of one account and Region. Conflicts and
 * throttling are retried for a limited time. If an answer is lost, the retry has the same token.
 * DynamoDB remembers a token for 10 minutes, so the transaction takes effect once.
 *
 * @param operations 1 to 100, each on a different item
 * @throws TransactionRefused with each refused operation and the reason
 * @throws TableOverloaded if all attempts are throttled, or DynamoDB doesn't answer in time
 *
 * @example
 * const outbox = [{ to: 'Payments', body: { orderId } }];
 * await transact([
 *   { in: orders, put: order, condition: ifAbsent('orderId'), outbox },
 *   { in: stock, update: { sku }, add: { reserved: 1 }, condition: ifPresent('sku') },
 * ]);
 */
export async function transact(operations: readonly Operation[], options: CallOptions = {}): Promise<void> {
  const max = DYNAMODB.MAX_TRANSACTION_OPERATIONS;
  if (operations.length < 1 || operations.length > max) {
    throw new UsageError(`a transaction must have 1 to ${max} operations, got ${operations.length}`);
  }
  const clients = operations.map(clientOf);
  const connection = connectionOf(clients);
  const begun = operations.map((operation, index) => begin(connection, operation, clients[index], index));
  await send(connection, begun, options);
}

/** A transaction as it is sent. The retry of a request without an answer must be the same. */
interface Transaction {
  readonly token: string;
  readonly planned: readonly PlannedOperation[];
  readonly loaded: Loaded;
  readonly plannedMs: number;
  /** Whether a request of an earlier transaction got no answer. */
  readonly followsLost: boolean;
}

async function send(connection: Connection, begun: readonly Begun[], { signal }: CallOptions): Promise<void> {
  const names = begun.map(({ client }) => client.name);
  const table = [...new Set(names)].join(', ');
  let isLost = false;
  const onUnanswered = () => {
    isLost = true;
    for (const { write } of begun) write.loseAnswer();
  };
  const expired = new Set<number>();
  let sent: Transaction | undefined;

  for (let attempt = 1; ; attempt++) {
    try {
      const call = { isWrite: true, isLong: true, signal, onUnanswered };
      await connection.withShardMaps(names, call, (maps, loaded) => {
        if (sent === undefined || !isSame(sent, maps, connection.now())) {
          const planned = planAll(connection, loaded, begun, maps, expired);
          checkDistinct(planned);
          checkOnePlace(planned);
          sent = { token: connection.newId(), planned, loaded, plannedMs: connection.now(), followsLost: isLost };
        }
        const TransactItems = sent.planned.map(({ item }) => item);
        const command = new loaded.sdk.TransactWriteItemsCommand({ TransactItems, ClientRequestToken: sent.token });
        return loaded.client.send(command);
      });
      return;
    } catch (error) {
      if (sent === undefined) throw error;
      const { planned, loaded, followsLost } = sent;
      if (isNamed(error, 'TransactionCanceledException')) {
        const reasons = (error as { readonly CancellationReasons?: readonly CancellationReason[] }).CancellationReasons;
        if (isOurs(reasons ?? [], planned, loaded)) return;
        const unknown = unknownAdditions(reasons ?? [], planned, loaded);
        if (followsLost && unknown.length > 0) throw new OutcomeUnknown(table, unknown, { cause: error });
        // DynamoDB has cancelled this transaction, so none of its requests has taken effect.
        if (!followsLost) {
          isLost = false;
          for (const { write } of begun) write.settle();
        }
        // The next attempt is a new transaction.
        sent = undefined;
        const changed = [
          ...expiredUpserts(connection, reasons ?? [], planned, loaded),
          ...failedReplacements(reasons ?? [], planned),
        ];
        if (changed.length > 0 && attempt < connection.retry.attempts) {
          for (const index of changed) if (!expired.delete(index)) expired.add(index);
          continue;
        }
        const refused = reasonsOf(connection, reasons ?? [], planned, loaded);
        if (isPassing(refused) && (await connection.waitAfter(attempt))) continue;
        throw refusal(table, refused, error);
      }
      const isInProgress = error instanceof TableOverloaded && error.code === 'TransactionInProgressException';
      if (isInProgress && (await connection.waitAfter(attempt))) continue;
      const additions = planned.filter((one) => doubtBefore(one) !== undefined).map(({ key }) => key);
      if (!(error instanceof TableOverloaded) || additions.length === 0) throw error;
      throw new OutcomeUnknown(table, additions, { cause: error });
    }
  }
}

/**
 * Whether a planned transaction can be sent again with the same token, so that it takes effect
 * once. DynamoDB remembers a token for 10 minutes.
 */
function isSame({ planned, plannedMs }: Transaction, maps: readonly OpenShardMap[], nowMs: number): boolean {
  const age = nowMs - plannedMs;
  return age >= 0 && age < MAX_TOKEN_AGE_MS && planned.every(({ map }, i) => map.epoch === maps[i]?.epoch);
}

/** The text of `Write.doubtBefore` for the changes of one operation. */
function doubtBefore({ operation, write }: Begun): string | undefined {
  return 'update' in operation ? write.doubtBefore(operation) : undefined;
}

/** Keys of the refused additions that an earlier transaction may have done. */
function unknownAdditions(
  reasons: readonly CancellationReason[],
  planned: readonly PlannedOperation[],
  { unmarshall }: Loaded,
): Key[] {
  return planned.flatMap(({ operation, write, key }, i) => {
    const { Code, Item } = reasons[i] ?? {};
    if (!('update' in operation) || Code !== 'ConditionalCheckFailed') return [];
    return write.isUnknown(operation, Item && unmarshall(Item)) ? [key] : [];
  });
}

function connectionOf(clients: readonly ShardedClient[]): Connection {
  const [connection, ...others] = new Set(clients.map((client) => client.connection));
  if (connection === undefined || others.length > 0)
    throw new UsageError('all operations of a transaction must be for tables of one connection');
  return connection;
}

function clientOf(operation: Operation): ShardedClient {
  if (!(operation.in instanceof ShardedClient))
    throw new UsageError(`'in' of an operation must be a client made by table()`);
  return operation.in;
}

function begin(connection: Connection, operation: Operation, client: ShardedClient | undefined, index: number): Begun {
  const kinds = (['put', 'update', 'delete', 'check'] as const).filter((kind) => Object.hasOwn(operation, kind));
  if (kinds.length !== 1 || client === undefined)
    throw new UsageError(
      `operation ${index} must have one of put, update, delete, check; got ${kinds.join(', ') || 'none'}`,
    );
  const outbox = 'outbox' in operation ? operation.outbox : undefined;
  return { operation, client, write: new Write(connection.now, connection.newId, outbox, markOf(operation)) };
}

/**
 * @param expired positions of upserts whose stored item has expired, so that the upsert replaces it
 */
function planAll(
  connection: Connection,
  loaded: Loaded,
  begun: readonly Begun[],
  maps: readonly OpenShardMap[],
  expired: ReadonlySet<number>,
): PlannedOperation[] {
  return begun.flatMap((one, index) => {
    const map = maps[index];
    if (map === undefined) return [];
    const context = { write: one.write, map, loaded, nowMs: connection.now() };
    return [{ ...one, map, ...toItem(context, one.operation, expired.has(index)) }];
  });
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

/**
 * Whether a stored item has a stamp of this transaction. Then the transaction took effect,
 * because all items are written together.
 */
function isOurs(
  reasons: readonly CancellationReason[],
  planned: readonly PlannedOperation[],
  { unmarshall }: Loaded,
): boolean {
  return reasons.some(({ Item }, i) => {
    return Item !== undefined && planned[i]?.write.hasWritten(unmarshall(Item)) === true;
  });
}

/** Positions of upserts that were refused only because their stored item has expired. */
function expiredUpserts(
  connection: Connection,
  reasons: readonly CancellationReason[],
  planned: readonly PlannedOperation[],
  { unmarshall }: Loaded,
): number[] {
  return planned.flatMap(({ operation, map, item }, index) => {
    const stored = reasons[index]?.Item;
    if (item.Update === undefined || stored === undefined || !('upsert' in operation && operation.upsert)) return [];
    // If the condition doesn't hold for an absent item, another attempt would fail too.
    if (operation.condition !== undefined && !holdsForAbsent(operation.condition.expression)) return [];
    return new View(map, undefined, connection.now()).isExpired(unmarshall(stored)) ? [index] : [];
  });
}

/**
 * Positions of upserts that found no expired item to replace, because another write or DynamoDB's
 * time to live has removed it in the meantime.
 */
function failedReplacements(reasons: readonly CancellationReason[], planned: readonly PlannedOperation[]): number[] {
  return planned.flatMap(({ operation, item }, index) =>
    'update' in operation && item.Put !== undefined && reasons[index]?.Code === 'ConditionalCheckFailed' ? [index] : [],
  );
}
