import type { PartitionKeyValue } from '../../../lib/protocol';

/** An item: names and values as JavaScript has them; DynamoDB's types are made from them and back. */
export type Item = Record<string, unknown>;

/** The key of an item: its partition key and, if the table has one, its sort key. */
export type Key = Record<string, PartitionKeyValue>;

/** A message to send once its write has happened; it is stored in the same write. */
export interface OutboxInput {
  /** Name of the worker that the table publishes to. */
  readonly to: string;
  /** Any JSON value; references rather than personal data. */
  readonly body: unknown;
  /** Message group: order is kept within it (FIFO), or fairness between groups. */
  readonly group?: string;
  /** @default a random UUID, made once for the write and its retries */
  readonly id?: string;
}

/** A condition in DynamoDB's expression language; `ifAbsent()`, `ifPresent()` and `ifEquals()` write the usual ones. */
export interface Condition {
  /** `#names` and `:values` come from the maps below. */
  readonly expression: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** What an update changes; a name may occur once. */
export interface Changes {
  /** Attributes to set, whole. */
  readonly set?: Item;
  /** Attributes to set if they are absent. */
  readonly setIfAbsent?: Item;
  /** Numbers to add; an absent attribute counts as 0. */
  readonly add?: Readonly<Record<string, number | bigint>>;
  /** Attributes to remove. */
  readonly remove?: readonly string[];
}

export interface GetOptions {
  /** Read at half the price what may be a moment old. @default false: what was acknowledged is read back */
  readonly eventual?: boolean;
  /** Attributes to return. @default all */
  readonly attributes?: readonly string[];
}

export interface WriteOptions {
  /** @default none */
  readonly condition?: Condition;
  /** Messages to be sent because of this write, at most 10 and 64 KiB. @default none */
  readonly outbox?: readonly OutboxInput[];
}

export interface UpdateOptions extends WriteOptions {
  /** Create the item if it isn't there. @default false: `ConditionFailed` */
  readonly upsert?: boolean;
}

export interface DeleteOptions {
  /** @default none */
  readonly condition?: Condition;
}

/** How to narrow the sort key; exactly one of the comparisons. */
export interface SortCondition {
  /** @default the table's sort key */
  readonly attribute?: string;
  readonly equals?: PartitionKeyValue;
  readonly beginsWith?: string;
  readonly between?: readonly [PartitionKeyValue, PartitionKeyValue];
  readonly lessThan?: PartitionKeyValue;
  readonly atMost?: PartitionKeyValue;
  readonly greaterThan?: PartitionKeyValue;
  readonly atLeast?: PartitionKeyValue;
}

export interface QueryOptions extends GetOptions {
  /** @default every item of the partition */
  readonly sort?: SortCondition;
  /** A global secondary index; always eventual. @default the table itself */
  readonly index?: string;
  /** Largest sort key first. @default false */
  readonly descending?: boolean;
  /** Most items of one page, 1-1000, counted before `filter`. @default as much as fits 1 MB */
  readonly limit?: number;
  /** Drops items after they were read, and paid for. @default none */
  readonly filter?: Condition;
  /** `cursor` of the page before. @default from the beginning */
  readonly cursor?: string;
}

export interface ScatterOptions extends QueryOptions {
  /** Equalities of the index's partition key(s); needs `index`. @default every item of every shard */
  readonly where?: Key;
  /** Shards read at the same time, 1-32. @default 4 */
  readonly parallelism?: number;
}

/** One page of items; a page may be empty and still have a next one. */
export interface Page<T extends object = Item> {
  readonly items: T[];
  /** Give it back for the next page; absent at the end. */
  readonly cursor?: string;
}

/** One write of a batch. */
export type BatchWrite = { readonly put: object; readonly outbox?: readonly OutboxInput[] } | { readonly delete: Key };

/** A table whose items are spread over shards; handlers know it by its name only. */
export interface TableClient<T extends object = Item> {
  /** Name as the stack knows it. */
  readonly name: string;

  /** Reads an item, strongly consistent by default. */
  get(key: Key, options?: GetOptions): Promise<T | undefined>;

  /**
   * Writes a whole item.
   * @throws ConditionFailed if the condition doesn't hold
   */
  put(item: T, options?: WriteOptions): Promise<void>;

  /**
   * Changes attributes of an item.
   * @returns the item as it is afterwards
   * @throws ConditionFailed if the item is absent (unless `upsert`) or the condition doesn't hold
   */
  update(key: Key, changes: Changes, options?: UpdateOptions): Promise<T>;

  /**
   * Deletes an item; an absent one is no error.
   * @throws ConditionFailed if the condition doesn't hold
   */
  delete(key: Key, options?: DeleteOptions): Promise<void>;

  /**
   * Reads a page of one partition.
   * @param where the partition key; with `index`, equalities of its partition key(s), the table's partition key among them
   */
  query(where: Key, options?: QueryOptions): Promise<Page<T>>;

  /**
   * Reads many items; the answer has the order of the keys, undefined where there is none.
   * @throws Unprocessed if DynamoDB kept putting some off
   */
  batchGet(keys: readonly Key[], options?: GetOptions): Promise<(T | undefined)[]>;

  /**
   * Writes many items, each on its own: no condition, no all-or-nothing.
   * @throws Unprocessed if DynamoDB kept putting some off
   */
  batchWrite(writes: readonly BatchWrite[]): Promise<void>;

  /**
   * Reads a page from several shards at once, in no order: for maintenance and reports, not for requests.
   * @throws StaleCursor if the shard map has changed since the cursor was made: start again
   */
  scatter(options?: ScatterOptions): Promise<Page<T>>;
}

/** One operation of a transaction: exactly one of `put`, `update`, `delete`, `check`. */
export type Operation = PutOperation | UpdateOperation | DeleteOperation | CheckOperation;

export interface PutOperation extends WriteOptions {
  readonly in: TableClient<object>;
  readonly put: object;
}

export interface UpdateOperation extends UpdateOptions, Changes {
  readonly in: TableClient<object>;
  readonly update: Key;
}

export interface DeleteOperation extends DeleteOptions {
  readonly in: TableClient<object>;
  readonly delete: Key;
}

/** Nothing is written; the transaction is refused unless the condition holds. */
export interface CheckOperation {
  readonly in: TableClient<object>;
  readonly check: Key;
  readonly condition: Condition;
}
