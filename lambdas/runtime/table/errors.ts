import type { Item, Key } from './types';

/**
 * The call can't succeed, whatever the table contains, because the handler's arguments or
 * configuration are wrong.
 */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/**
 * The table's shard map doesn't contain the target of a message. Shortly after a deployment, a
 * newer map may contain the target.
 */
export class TargetUnknown extends UsageError {}

/**
 * A part of a key is longer than DynamoDB allows, so no such item can exist. If the key came from a
 * request, catch this error and answer as if the item doesn't exist.
 */
export class KeyTooLong extends UsageError {
  override readonly name = 'KeyTooLong';

  constructor(
    readonly table: string,
    readonly attribute: string,
    bytes: number,
    maxBytes: number,
  ) {
    super(`'${attribute}' in a key of '${table}' may have ${maxBytes} bytes, got ${bytes}`);
  }
}

/**
 * The item is larger than DynamoDB's limit, so nothing was written. If the item's content came from
 * a request, answer 413.
 */
export class ItemTooLarge extends UsageError {
  override readonly name = 'ItemTooLarge';

  constructor(
    readonly table: string,
    readonly maxBytes: number,
    /** Size of the item. Undefined for an update, because only DynamoDB knows the size. */
    readonly bytes?: number,
    options?: ErrorOptions,
  ) {
    super(
      `an item of '${table}' may have ${maxBytes} bytes, got ${bytes ?? 'more'}; put large values into a document`,
      options,
    );
  }
}

/**
 * The condition of a write didn't hold, so nothing was written. Keys and items may contain personal
 * data, so the message has no values, and logs contain neither `key` nor `current`.
 */
export class ConditionFailed extends Error {
  override readonly name = 'ConditionFailed';
  readonly #key: Key;
  readonly #current: Item | undefined;

  constructor(
    readonly table: string,
    key: Key,
    current: Item | undefined,
  ) {
    super(
      `the condition on an item of '${table}' was not met: the item ${current === undefined ? 'is absent' : 'exists'}`,
    );
    this.#key = key;
    this.#current = current;
  }

  get key(): Key {
    return this.#key;
  }

  /** The stored item. Undefined if there is none. */
  get current(): Item | undefined {
    return this.#current;
  }
}

/** The reason why one operation of a transaction was refused. */
export interface TransactionReason {
  readonly table: string;
  readonly key: Key;
  /** Position in the list of operations. */
  readonly index: number;
  /**
   * `condition`: the condition didn't hold. `conflict`: another write changed the item at the same
   * time. `throttled`: too many requests. `elsewhere`: the item's shard is in another account or
   * Region. Otherwise DynamoDB's own code.
   */
  readonly reason: 'condition' | 'conflict' | 'throttled' | 'elsewhere' | (string & {});
  readonly message: string;
  /** The stored item, if the condition failed and the item exists. */
  readonly current?: Item;
}

/** A transaction was refused. Nothing was written. */
export class TransactionRefused extends Error {
  override readonly name = 'TransactionRefused';
  readonly #reasons: readonly TransactionReason[];

  constructor(reasons: readonly TransactionReason[]) {
    super(`transaction refused: ${reasons.map((r) => `operation ${r.index} on '${r.table}': ${r.reason}`).join('; ')}`);
    this.#reasons = reasons;
  }

  /**
   * One entry for each refused operation. Logs don't contain these entries, because they contain
   * keys and items.
   */
  get reasons(): readonly TransactionReason[] {
    return this.#reasons;
  }
}

/**
 * The table didn't answer in time, or throttled the call, and retries failed too. `routes()`
 * answers 503 with `retry-after`. In a worker, SQS redelivers the message later.
 */
export class TableOverloaded extends Error {
  override readonly name: string = 'TableOverloaded';
  /** Recommended time before the next attempt, in seconds. */
  readonly retryAfterSeconds: number = 1;

  constructor(
    readonly table: string,
    /** Code of the last failure: `ThrottlingException`, `TimeoutError`, `ECONNRESET`... */
    readonly code: string,
    /** Whether the call was a write that may have taken effect. If false, nothing was written. */
    readonly mayBeDone: boolean,
    options?: ErrorOptions,
  ) {
    super(
      `table '${table}' did not take the call: ${code}${mayBeDone ? '; the write may have been done' : ''}`,
      options,
    );
  }
}

/**
 * DynamoDB's answer to an addition or a transaction got lost, and it can't be found out whether it
 * was done. Read the items before you repeat it, because a repetition could add twice.
 */
export class OutcomeUnknown extends TableOverloaded {
  override readonly name = 'OutcomeUnknown';
  readonly #keys: readonly Key[];

  constructor(table: string, keys: readonly Key[], options?: ErrorOptions) {
    super(table, 'an answer got lost', true, options);
    this.#keys = keys;
  }

  /**
   * Keys of the items to which the write adds, or whose conditions failed. Logs don't contain them.
   */
  get keys(): readonly Key[] {
    return this.#keys;
  }
}

/**
 * DynamoDB left a part of a batch unprocessed, and retries failed too. All other items of the batch
 * were processed.
 */
export class Unprocessed extends TableOverloaded {
  override readonly name = 'Unprocessed';
  readonly #keys: readonly Key[];

  constructor(
    table: string,
    keys: readonly Key[],
    total: number,
    code: string,
    mayBeDone: boolean,
    options?: ErrorOptions,
  ) {
    super(table, `${code}, ${keys.length} of ${total} items unprocessed`, mayBeDone, options);
    this.#keys = keys;
  }

  /** Keys of all items that weren't read or written. Logs don't contain them. */
  get keys(): readonly Key[] {
    return this.#keys;
  }
}

/** The map table has no entry for a sharded table. */
export class TableNotMapped extends Error {
  override readonly name = 'TableNotMapped';

  constructor(
    readonly table: string,
    mapTable: string,
  ) {
    super(`map table '${mapTable}' has no sharded table '${table}'; use the table's id, and deploy the table first`);
  }
}

/** A cursor is damaged, or was made for another table or query. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';
}

/**
 * Slots are read from another shard since the cursor of a `scatter` was made. Start again without a
 * cursor.
 */
export class StaleCursor extends Error {
  override readonly name = 'StaleCursor';

  constructor(
    readonly table: string,
    /** The map's `readEpoch` when the cursor was made. */
    readonly epoch: number,
    readonly currentEpoch: number,
  ) {
    super(
      `cursor of '${table}' was made under readEpoch ${epoch} of its shard map, which is now ${currentEpoch}: start again`,
    );
  }
}

/**
 * The map has changed since a call of several requests was planned, so it must be planned again.
 */
export class MapChanged extends Error {
  override readonly name = 'MapChanged';

  constructor(table: string) {
    super(`the shard map of '${table}' has changed during a call`);
  }
}

/** Compares an error's name, which the SDK sets and bundlers keep. */
export function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
