import type { Item, Key } from './types';

/** A call that could never work, whatever the state of the table: a mistake in the handler. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/**
 * A part of a key is longer than DynamoDB takes, so there is no such item and never will be. Where the key came from a request, that is
 * the caller's mistake: catch it there and answer as for any item that isn't there.
 */
export class KeyTooLong extends UsageError {
  constructor(
    readonly table: string,
    readonly attribute: string,
    bytes: number,
    maxBytes: number,
  ) {
    super(`'${attribute}' in a key of '${table}' may have ${maxBytes} bytes, got ${bytes}`);
    this.name = 'KeyTooLong';
  }
}

/** The condition of a write didn't hold, so nothing was written. */
export class ConditionFailed extends Error {
  constructor(
    readonly table: string,
    readonly key: Key,
    /** The item as it is; undefined if there is none. */
    readonly current: Item | undefined,
  ) {
    super(`condition not met by ${describeKey(table, key)}, which ${current === undefined ? 'is absent' : 'exists'}`);
    this.name = 'ConditionFailed';
  }
}

/** Why one operation of a transaction stood in the way. */
export interface TransactionReason {
  readonly table: string;
  readonly key: Key;
  /** Position in the list of operations. */
  readonly index: number;
  /** `condition`: it didn't hold; `conflict`: another write at the same time; `throttled`: try later; else DynamoDB's own code. */
  readonly reason: 'condition' | 'conflict' | 'throttled' | (string & {});
  readonly message: string;
  /** The item as it is, where a condition failed and there is one. */
  readonly current?: Item;
}

/** A transaction wasn't done; nothing of it was written. */
export class TransactionRefused extends Error {
  constructor(readonly reasons: readonly TransactionReason[]) {
    super(`transaction refused: ${reasons.map((r) => `${describeKey(r.table, r.key)}: ${r.reason}`).join('; ')}`);
    this.name = 'TransactionRefused';
  }
}

/** The map table has no entry for a sharded table. */
export class TableNotMapped extends Error {
  constructor(
    readonly table: string,
    mapTable: string,
  ) {
    super(
      `map table '${mapTable}' has no sharded table named '${table}'; is the name the table's id, and is the table deployed?`,
    );
    this.name = 'TableNotMapped';
  }
}

/** DynamoDB kept putting off a part of a batch. */
export class Unprocessed extends Error {
  constructor(
    readonly table: string,
    readonly keys: readonly Key[],
    attempts: number,
  ) {
    super(
      `${keys.length} of the items in '${table}' were still unprocessed after ${attempts} attempts: ${keys
        .slice(0, 5)
        .map((key) => JSON.stringify(key))
        .join(', ')}`,
    );
    this.name = 'Unprocessed';
  }
}

/** A cursor that was damaged, or made for another table or query. */
export class InvalidCursor extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InvalidCursor';
  }
}

/** The shard map has changed since the cursor was made; a scatter over a moving map starts again. */
export class StaleCursor extends Error {
  constructor(
    readonly table: string,
    readonly epoch: number,
    readonly currentEpoch: number,
  ) {
    super(
      `cursor of '${table}' was made under epoch ${epoch} of its shard map, which is now ${currentEpoch}: start again`,
    );
    this.name = 'StaleCursor';
  }
}

/** A table and the key of an item, for messages. */
export function describeKey(table: string, key: Key): string {
  return `${table} ${JSON.stringify(key, (_, value) => (typeof value === 'bigint' ? value.toString() : value))}`;
}

/** By name: the SDK sets it, and bundlers keep it. */
export function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
