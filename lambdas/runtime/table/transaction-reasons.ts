import type { CancellationReason } from '@aws-sdk/client-dynamodb';
import type { OpenShardMap } from '../../../lib/protocol';
import type { Connection, Loaded } from './connection';
import { TableOverloaded, type TransactionReason, TransactionRefused } from './errors';
import { View } from './reads';
import { withoutReserved } from './reserved';
import type { Key } from './types';

const REASONS: Readonly<Record<string, string>> = {
  ConditionalCheckFailed: 'condition',
  TransactionConflict: 'conflict',
  ThrottlingError: 'throttled',
  ProvisionedThroughputExceeded: 'throttled',
};
/** Reasons for which a retry may succeed. */
const PASSING = new Set(['conflict', 'throttled']);

/** An operation of a cancelled transaction. */
interface RefusedOperation {
  readonly client: { readonly name: string };
  readonly map: OpenShardMap;
  readonly key: Key;
}

/**
 * Makes the error for a cancelled transaction. If all reasons are temporary and one of them is
 * throttling, the error is `TableOverloaded`, because the caller may try again later.
 */
export function refusal(table: string, reasons: readonly TransactionReason[], cause: unknown): Error {
  return isPassing(reasons) && reasons.some(({ reason }) => reason === 'throttled')
    ? new TableOverloaded(table, 'TransactionCanceledException: throttled', false, { cause })
    : new TransactionRefused(reasons);
}

/** Whether a retry of the whole transaction may succeed. */
export function isPassing(reasons: readonly TransactionReason[]): boolean {
  return reasons.length > 0 && reasons.every(({ reason }) => PASSING.has(reason));
}

/** The refused operations. An expired item counts as absent. */
export function reasonsOf(
  connection: Connection,
  reasons: readonly CancellationReason[],
  planned: readonly RefusedOperation[],
  { unmarshall }: Loaded,
): TransactionReason[] {
  return reasons.flatMap(({ Code, Message, Item }, index): TransactionReason[] => {
    const operation = planned[index];
    if (Code === undefined || Code === 'None' || operation === undefined) return [];
    const { client, key, map } = operation;
    const stored = Item === undefined || Object.keys(Item).length === 0 ? undefined : unmarshall(Item);
    const isAbsent = stored === undefined || new View(map, undefined, connection.now()).isExpired(stored);
    return [
      {
        table: client.name,
        key,
        index,
        reason: REASONS[Code] ?? Code,
        message: Message ?? Code,
        ...(isAbsent ? {} : { current: withoutReserved(stored) }),
      },
    ];
  });
}
