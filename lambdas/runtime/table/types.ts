import type { PartitionKeyValue } from '../../../lib/protocol';
import type { AttributeOf, ChangesOf, KeyOf, Projected, WhereOf } from './item-types';

export type { AttributeOf, ChangesOf, KeyOf, Projected, WhereOf } from './item-types';

/**
 * An item: names and values as JavaScript has them. They are converted to DynamoDB's types and
 * back.
 */
export type Item = Record<string, unknown>;

/** The key of an item: its partition key and, if the table has one, its sort key. */
export type Key = Readonly<Record<string, PartitionKeyValue>>;

/** A message to send once its write has happened; it is stored in the same write. */
export interface OutboxInput {
  /** Name of the target: by default the id of the worker that the table publishes to. */
  readonly to: string;
  /** Any JSON value; references rather than personal data. */
  readonly body: unknown;
  /**
   * Message group. A FIFO queue keeps the order within it and needs it; a standard queue shares its
   * workers fairly between groups.
   */
  readonly group?: string;
  /**
   * Id of the message. Logs show it, so it must not name a person.
   * @default a random UUID, made once for the write and its retries
   */
  readonly id?: string;
}

/**
 * A condition in DynamoDB's expression language. `ifAbsent()`, `ifPresent()` and `ifEquals()` write
 * the usual ones.
 */
export interface Condition<Names extends string = string, Values extends object = object> {
  /** `#names` and `:values` are explained by the fields below. */
  readonly expression: string;
  /** Attributes by `#name`. */
  readonly names?: Readonly<Record<string, Names>>;
  /** Values by `:value`. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** For the type check only, never set: the values that attributes are compared with. */
  readonly compares?: Values;
}

/** A condition on an item of a table. */
export type ConditionOn<T extends object> = Condition<AttributeOf<T>, Partial<T>>;

/** The changes of an update; a name may occur once. */
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

export interface CallOptions {
  /** Ends the call when it aborts. The call also ends before the invocation does. @default none */
  readonly signal?: AbortSignal | undefined;
}

export interface GetOptions<Names extends string = string> extends CallOptions {
  /**
   * Read at half the price an item that may miss the writes of the last second.
   * @default false: an acknowledged write is read back
   */
  readonly eventual?: boolean;
  /** Attributes to return. @default all */
  readonly attributes?: readonly Names[];
}

export interface WriteOptions<T extends object = Item> extends CallOptions {
  /** @default none */
  readonly condition?: ConditionOn<T>;
  /** Messages to be sent because of this write, at most 10 and 64 KiB. @default none */
  readonly outbox?: readonly OutboxInput[];
}

export interface UpdateOptions<T extends object = Item> extends WriteOptions<T> {
  /** Create the item if it doesn't exist. @default false: `ConditionFailed` */
  readonly upsert?: boolean;
}

export interface DeleteOptions<T extends object = Item> extends CallOptions {
  /** @default none */
  readonly condition?: ConditionOn<T>;
}

/** Narrows the sort key by exactly one comparison. */
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
  /** A global secondary index; always eventual. @default the table itself */
  readonly index?: string;
  /** Largest sort key first. @default false */
  readonly descending?: boolean;
  /**
   * Maximum of items read for one page, 1 to 1000, before `filter`.
   * @default as many as fit 1 MB
   */
  readonly limit?: number;
  /** Drops items after they were read and paid for. @default none */
  readonly filter?: ConditionOn<T>;
  /** `cursor` of the page before. @default from the beginning */
  readonly cursor?: string;
}

export interface ScatterOptions<T extends object = Item, Names extends string = AttributeOf<T>>
  extends QueryOptions<T, Names> {
  /** Equalities of the index's partition keys; needs `index`. @default every item of every shard */
  readonly where?: WhereOf<T>;
  /** Shards read at the same time, 1 to 32. @default 4 */
  readonly parallelism?: number;
}

/** One page of items. It may be empty and still have a next one. */
export interface Page<T extends object = Item> {
  readonly items: T[];
  /** Give it back for the next page; absent at the end. */
  readonly cursor?: string;
}

/** One write of a batch. */
export type BatchWrite<T extends object = object, K = Key> =
  | { readonly put: T; readonly outbox?: readonly OutboxInput[] }
  | { readonly delete: K };

/** A table whose items are spread over shards; handlers know it by its name only. */
export interface TableClient<T extends object = Item, K extends string = never> {
  /** Name of the table in the stack. */
  readonly name: string;

  /** Reads an item, strongly consistent by default. */
  get<const A extends AttributeOf<T> = AttributeOf<T>>(
    key: KeyOf<T, K>,
    options?: GetOptions<A>,
  ): Promise<Projected<T, A> | undefined>;

  /**
   * Writes a whole item.
   * @throws ConditionFailed if the condition doesn't hold
   * @throws ItemTooLarge if the item is over 400 KB
   */
  put(item: T, options?: WriteOptions<T>): Promise<void>;

  /**
   * Changes attributes of an item.
   * @returns the item afterwards
   * @throws ConditionFailed if the item is absent (unless `upsert`) or the condition doesn't hold
   */
  update(key: KeyOf<T, K>, changes: ChangesOf<T, K>, options?: UpdateOptions<T>): Promise<T>;

  /**
   * Deletes an item; an absent one is no error.
   * @throws ConditionFailed if the condition doesn't hold
   */
  delete(key: KeyOf<T, K>, options?: DeleteOptions<T>): Promise<void>;

  /**
   * Reads a page of one partition.
   * @param where the partition key; with `index`, equalities of its partition keys, the table's
   * partition key among them
   */
  query<const A extends AttributeOf<T> = AttributeOf<T>>(
    where: WhereOf<T>,
    options?: QueryOptions<T, A>,
  ): Promise<Page<Projected<T, A>>>;

  /**
   * Reads many items. The answer has the order of the keys, and undefined for an absent item.
   * @throws Unprocessed if DynamoDB left some unprocessed
   */
  batchGet<const A extends AttributeOf<T> = AttributeOf<T>>(
    keys: readonly KeyOf<T, K>[],
    options?: GetOptions<A>,
  ): Promise<(Projected<T, A> | undefined)[]>;

  /**
   * Writes many items, each on its own: without conditions, and not all or none.
   * @throws Unprocessed if DynamoDB left some unprocessed
   */
  batchWrite(writes: readonly BatchWrite<T, KeyOf<T, K>>[], options?: CallOptions): Promise<void>;

  /**
   * Reads a page from several shards at once, in no order. It is for maintenance and reports, not
   * for requests.
   * @throws StaleCursor if the shard map has changed since the cursor was made: start again
   */
  scatter<const A extends AttributeOf<T> = AttributeOf<T>>(
    options?: ScatterOptions<T, A>,
  ): Promise<Page<Projected<T, A>>>;
}

/** A client of any table, whatever its items. */
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

/** Writes nothing. The transaction is refused unless the condition holds. */
export interface CheckOperation {
  readonly in: AnyTable;
  readonly check: Key;
  readonly condition: Condition;
}
