import type { PartitionKeyValue } from '../../../lib/protocol';
import type { AttributeOf, ChangesOf, KeyOf, Projected, WhereOf } from './item-types';

export type { AttributeOf, ChangesOf, KeyOf, Projected, WhereOf } from './item-types';

/** An item with JavaScript values. The client converts them to DynamoDB's types and back. */
export type Item = Record<string, unknown>;

/** The key of an item: its partition key and, if the table has one, its sort key. */
export type Key = Readonly<Record<string, PartitionKeyValue>>;

/** A message to send after a write. It is stored in the same write. */
export interface OutboxInput {
  /**
   * Name of the target: by default the construct ID of the worker that was passed to `publishTo`.
   */
  readonly to: string;
  /** Any JSON value. Put references into it instead of personal data. */
  readonly body: unknown;
  /**
   * Message group. A FIFO queue requires it, and keeps the order within a group. A fair queue
   * distributes consumers fairly between groups.
   */
  readonly group?: string;
  /**
   * ID of the person that the message is about, of 1 to 500 characters. If the message waits in the
   * quarantine or is given up, its entry is found by this ID, for example to erase it. Logs don't
   * contain it.
   */
  readonly about?: string;
  /**
   * ID of the message. Logs contain it, so it must not name a person.
   * @default a random UUID, the same for all retries of the write
   */
  readonly id?: string;
}

/**
 * A condition in DynamoDB's expression language. `ifAbsent()`, `ifPresent()` and `ifEquals()` make
 * the most common ones.
 */
export interface Condition<Names extends string = string, Values extends object = object> {
  /** Condition expression. The fields below define its `#names` and `:values`. */
  readonly expression: string;
  /** Attribute names by `#name`. */
  readonly names?: Readonly<Record<string, Names>>;
  /** Values by `:value`. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Types of the compared values. This field exists only for the type checker and is never set. */
  readonly compares?: Values;
}

/** A condition on an item of a table. */
export type ConditionOn<T extends object> = Condition<AttributeOf<T>, Partial<T>>;

/** The changes of an update. Each attribute may occur once. */
export interface Changes {
  /** Attributes to set. Each one is replaced as a whole. */
  readonly set?: Item;
  /** Attributes to set if they are absent. */
  readonly setIfAbsent?: Item;
  /** Numbers to add; an absent attribute counts as 0. */
  readonly add?: Readonly<Record<string, number | bigint>>;
  /** Attributes to remove. */
  readonly remove?: readonly string[];
}

export interface CallOptions {
  /**
   * Signal that ends the call. The call also ends before the invocation's time is over. @default
   * none
   */
  readonly signal?: AbortSignal | undefined;
}

export interface GetOptions<Names extends string = string> extends CallOptions {
  /**
   * Whether the read is eventually consistent. Such a read costs half, but may miss writes of the
   * last second.
   * @default false: the read is strongly consistent
   */
  readonly eventual?: boolean;
  /** Attributes to return. @default all */
  readonly attributes?: readonly Names[];
}

export interface WriteOptions<T extends object = Item> extends CallOptions {
  /** @default none */
  readonly condition?: ConditionOn<T>;
  /** Messages to send after this write, at most 10 and 64 KiB. @default none */
  readonly outbox?: readonly OutboxInput[];
}

export interface UpdateOptions<T extends object = Item> extends WriteOptions<T> {
  /** Whether an absent item is created. @default false: an absent item is `ConditionFailed` */
  readonly upsert?: boolean;
}

export interface DeleteOptions<T extends object = Item> extends CallOptions {
  /** @default none */
  readonly condition?: ConditionOn<T>;
}

/** Limits the sort key by exactly one comparison. */
export interface SortCondition<Names extends string = string> {
  /** @default the table's sort key */
  readonly attribute?: Names;
  readonly equals?: PartitionKeyValue;
  readonly beginsWith?: string;
  /** Both ends are included. */
  readonly between?: readonly [PartitionKeyValue, PartitionKeyValue];
  readonly lessThan?: PartitionKeyValue;
  readonly atMost?: PartitionKeyValue;
  readonly greaterThan?: PartitionKeyValue;
  readonly atLeast?: PartitionKeyValue;
}

export interface QueryOptions<T extends object = Item, Names extends string = AttributeOf<T>>
  extends GetOptions<Names> {
  /** @default every item of the partition */
  readonly sort?: SortCondition<AttributeOf<T>>;
  /**
   * Name of a global secondary index. Its reads are eventually consistent. @default the table
   * itself
   */
  readonly index?: string;
  /** Whether items with larger sort keys come first. @default false */
  readonly descending?: boolean;
  /**
   * Maximum number of items read for a page, 1 to 1000, before `filter` applies.
   * @default up to 1 MB of items
   */
  readonly limit?: number;
  /** Removes items from the result after DynamoDB has read and billed them. @default none */
  readonly filter?: ConditionOn<T>;
  /** `cursor` of the previous page. @default the first page */
  readonly cursor?: string;
}

export interface ScatterOptions<T extends object = Item, Names extends string = AttributeOf<T>>
  extends QueryOptions<T, Names> {
  /**
   * Values of the index's partition keys. Requires `index`. @default every item of every shard
   */
  readonly where?: WhereOf<T>;
  /** Shards read at the same time, 1 to 32. @default 4 */
  readonly parallelism?: number;
}

/** One page of items. An empty page may have a next page. */
export interface Page<T extends object = Item> {
  readonly items: T[];
  /** Cursor for the next page. Absent on the last page. */
  readonly cursor?: string;
}

/** One write of a batch. */
export type BatchWrite<T extends object = object, K = Key> =
  | { readonly put: T; readonly outbox?: readonly OutboxInput[] }
  | { readonly delete: K };

/** Client of a sharded table. */
export interface TableClient<T extends object = Item, K extends string = never> {
  /** Name of the table in the stack. */
  readonly name: string;

  /** Reads an item. By default the read is strongly consistent. */
  get<const A extends AttributeOf<T> = AttributeOf<T>>(
    key: KeyOf<T, K>,
    options?: GetOptions<A>,
  ): Promise<Projected<T, A> | undefined>;

  /**
   * Writes a whole item.
   * @throws ConditionFailed if the condition doesn't hold
   * @throws ItemTooLarge if the item is larger than 400 KB
   */
  put(item: T, options?: WriteOptions<T>): Promise<void>;

  /**
   * Changes attributes of an item.
   * @returns the item after the update
   * @throws ConditionFailed if the item is absent (unless `upsert`) or the condition doesn't hold
   */
  update(key: KeyOf<T, K>, changes: ChangesOf<T, K>, options?: UpdateOptions<T>): Promise<T>;

  /**
   * Deletes an item. An absent item isn't an error.
   * @throws ConditionFailed if the condition doesn't hold
   */
  delete(key: KeyOf<T, K>, options?: DeleteOptions<T>): Promise<void>;

  /**
   * Reads a page of one partition.
   * @param where the partition key; with `index`, values of all its partition keys. They must
   * include the table's partition key.
   */
  query<const A extends AttributeOf<T> = AttributeOf<T>>(
    where: WhereOf<T>,
    options?: QueryOptions<T, A>,
  ): Promise<Page<Projected<T, A>>>;

  /**
   * Reads many items. The result has the order of the keys. It contains undefined for an absent
   * item.
   * @throws Unprocessed if DynamoDB left some reads unprocessed
   */
  batchGet<const A extends AttributeOf<T> = AttributeOf<T>>(
    keys: readonly KeyOf<T, K>[],
    options?: GetOptions<A>,
  ): Promise<(Projected<T, A> | undefined)[]>;

  /**
   * Writes many items independently, without conditions. Some writes may succeed while others fail.
   * @throws Unprocessed if DynamoDB left some writes unprocessed
   */
  batchWrite(writes: readonly BatchWrite<T, KeyOf<T, K>>[], options?: CallOptions): Promise<void>;

  /**
   * Reads a page from several shards at the same time. The items have no order. Use it for
   * maintenance and reports, not in requests.
   * @throws StaleCursor if slots have moved to another shard since the cursor was made: start again
   */
  scatter<const A extends AttributeOf<T> = AttributeOf<T>>(
    options?: ScatterOptions<T, A>,
  ): Promise<Page<Projected<T, A>>>;
}

/** A client of any table, with any type of items. */
export interface AnyTable {
  readonly name: string;
}

/** One operation of a transaction: exactly one of `put`, `update`, `delete`, `check`. */
export type Operation = PutOperation | UpdateOperation | DeleteOperation | CheckOperation;

export interface PutOperation extends Omit<WriteOptions, 'signal'> {
  readonly in: AnyTable;
  readonly put: object;
}

export interface UpdateOperation extends Omit<UpdateOptions, 'signal'>, Changes {
  readonly in: AnyTable;
  readonly update: Key;
}

export interface DeleteOperation extends Omit<DeleteOptions, 'signal'> {
  readonly in: AnyTable;
  readonly delete: Key;
}

/** Writes nothing. If the condition doesn't hold, the transaction is refused. */
export interface CheckOperation {
  readonly in: AnyTable;
  readonly check: Key;
  readonly condition: Condition;
}
