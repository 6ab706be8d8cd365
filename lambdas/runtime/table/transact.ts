import type { CancellationReason } from '@aws-sdk/client-dynamodb';
import { DYNAMODB } from '../../../lib/limits';
import type { OpenShardMap } from '../../../lib/protocol';
import { holdsForAbsent } from './absent';
import type { Connection, Loaded } from './connection';
import { isNamed, OutcomeUnknown, TableOverloaded, UsageError } from './errors';
import { View } from './reads';
import { type Begun, begin, clientOf, connectionOf, type PlannedOperation, planAll } from './transaction-plan';
import { isPassing, reasonsOf, refusal } from './transaction-reasons';
import type { CallOptions, Key, Operation } from './types';
import { SAME_TRANSACTION_MS } from './write';

/**
 * Performs all operations or none, on tables and shards of one account and Region. Conflicts and
 * throttling are retried for a limited time. If an answer is lost, the retry within 10 seconds has
 * the same token, so the transaction takes effect once. A later retry recognises the transaction by
 * the stamps of its items.
 *
 * @param operations 1 to 100, each on a different item
 * @throws TransactionRefused with each refused operation and the reason
 * @throws OutcomeUnknown if an answer is lost, and nothing shows whether the transaction is done
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
  /** Time at which the stamps were not made yet. */
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
          const plannedMs = connection.now();
          const planned = planAll(connection, loaded, begun, maps, expired);
          sent = { token: connection.newId(), planned, loaded, plannedMs, followsLost: isLost };
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
        const unknown = followsLost ? unknownKeys(reasons ?? [], planned, loaded) : [];
        if (unknown.length > 0) throw new OutcomeUnknown(table, unknown, { cause: error });
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
        if (changed.length > 0 && attempt < connection.attempts.policy.attempts) {
          for (const index of changed) if (!expired.delete(index)) expired.add(index);
          continue;
        }
        const refused = reasonsOf(connection, reasons ?? [], planned, loaded);
        if (isPassing(refused) && (await connection.attempts.waitAfter(attempt))) continue;
        throw refusal(table, refused, error);
      }
      const isInProgress = error instanceof TableOverloaded && error.code === 'TransactionInProgressException';
      if (isInProgress && (await connection.attempts.waitAfter(attempt))) continue;
      const additions = planned.filter((one) => doubtBefore(one) !== undefined).map(({ key }) => key);
      if (!(error instanceof TableOverloaded) || additions.length === 0) throw error;
      throw new OutcomeUnknown(table, additions, { cause: error });
    }
  }
}

/**
 * Whether a planned transaction is sent again with the same token, so that it takes effect once.
 * DynamoDB remembers a token for 10 minutes, but the stamps must not be older when they are stored
 * than other writers assume.
 */
function isSame({ planned, plannedMs }: Transaction, maps: readonly OpenShardMap[], nowMs: number): boolean {
  const age = nowMs - plannedMs;
  return age >= 0 && age < SAME_TRANSACTION_MS && planned.every(({ map }, i) => map.epoch === maps[i]?.epoch);
}

/** The text of `Write.doubtBefore` for the changes of one operation. */
function doubtBefore({ operation, write }: Begun): string | undefined {
  return 'update' in operation ? write.doubtBefore(operation) : undefined;
}

/**
 * Keys whose conditions failed, if an earlier transaction may have taken effect. All items are
 * written together, so one item can show for all of them that it hasn't.
 */
function unknownKeys(
  reasons: readonly CancellationReason[],
  planned: readonly PlannedOperation[],
  { unmarshall }: Loaded,
): Key[] {
  const refused = planned.flatMap(({ write, key }, i) => {
    const { Code, Item } = reasons[i] ?? {};
    return Code === 'ConditionalCheckFailed' ? [{ write, key, stored: Item && unmarshall(Item) }] : [];
  });
  return refused.some(({ write, stored }) => write.isSurelyUndone(stored)) ? [] : refused.map(({ key }) => key);
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
