import { DYNAMODB } from '../../lib/limits';
import {
  type Attribute,
  compare,
  contentOf,
  invalid,
  type StoredItem,
  sizeOfItem,
  storedItem,
  textOf,
  typeOf,
} from './attributes';
import { isSameItem } from './update';

/** Shape of a table. */
export interface TableSchema {
  readonly partitionKey: string;
  readonly sortKey?: string;
  /** Global secondary indexes by name. */
  readonly indexes?: Readonly<Record<string, IndexSchema>>;
  /** Types of key attributes: `S`, `N` or `B`. By default, any of these types is accepted. */
  readonly types?: Readonly<Record<string, string>>;
  /** Attribute with the time to live, if any. */
  readonly timeToLive?: string;
}

/** Shape of an index. */
export interface IndexSchema {
  readonly partitionKeys: readonly string[];
  readonly sortKeys?: readonly string[];
  /**
   * Attributes that the index contains in addition to the keys. By default, it contains all
   * attributes.
   */
  readonly projected?: readonly string[];
}

/** A write in the form in which a stream reports it. */
export interface Change {
  readonly sequenceNumber: string;
  readonly keys: StoredItem;
  readonly before: StoredItem | undefined;
  readonly after: StoredItem | undefined;
  /** Time of the write, in milliseconds since 1970. */
  readonly time: number;
}

/** A write that is checked, but not done yet. */
export interface PlannedWrite {
  readonly table: MemoryTable;
  readonly text: string;
  readonly keys: StoredItem;
  readonly before: StoredItem | undefined;
  readonly after: StoredItem | undefined;
}

const KEY_TYPES = ['S', 'N', 'B'];
let sequence = 0;

/**
 * A DynamoDB table in memory: items by their keys, and the changes that its stream would report.
 */
export class MemoryTable {
  readonly items = new Map<string, StoredItem>();
  /** For each item, its content before the last write. Reads of a lagging replica return it. */
  private readonly former = new Map<string, StoredItem | undefined>();
  /** Whether reads without `ConsistentRead` miss the last write of each item. */
  lags = false;
  private changes: Change[] = [];

  constructor(
    readonly name: string,
    readonly schema: TableSchema,
  ) {}

  get keyNames(): readonly string[] {
    const { partitionKey, sortKey } = this.schema;
    return sortKey === undefined ? [partitionKey] : [partitionKey, sortKey];
  }

  /**
   * The attributes that determine an item's position in an index: the index's keys, then the
   * table's keys.
   */
  positionNames(index: IndexSchema | undefined): readonly string[] {
    return [...new Set([...(index?.partitionKeys ?? []), ...(index?.sortKeys ?? []), ...this.keyNames])];
  }

  /** @throws DynamoDbError if there is no such index */
  index(name: unknown): IndexSchema | undefined {
    if (name === undefined) return undefined;
    const index = this.schema.indexes?.[String(name)];
    if (index === undefined) throw invalid(`The table does not have the specified index: ${String(name)}`);
    return index;
  }

  /** Returns the items that a read sees. */
  visible(lags: boolean): ReadonlyMap<string, StoredItem> {
    if (!lags) return this.items;
    const seen = new Map(this.items);
    for (const [key, before] of this.former) {
      if (before === undefined) seen.delete(key);
      else seen.set(key, before);
    }
    return seen;
  }

  /**
   * Returns a text that identifies an item by its key.
   * @throws DynamoDbError if `key` doesn't have exactly the table's key attributes
   */
  keyText(key: StoredItem): string {
    if (Object.keys(key).length !== this.keyNames.length || this.keyNames.some((name) => !Object.hasOwn(key, name))) {
      throw invalid('The provided key element does not match the schema');
    }
    return this.textOfItem(storedItem(key));
  }

  /**
   * @throws DynamoDbError if an attribute of the item's key is missing, or isn't a valid key value
   */
  textOfItem(item: StoredItem): string {
    return JSON.stringify(
      this.keyNames.map((name, i) => {
        const value = item[name];
        if (value === undefined) {
          throw invalid(`One or more parameter values were invalid: Missing the key ${name} in the item`);
        }
        this.checkKeyValue(name, value, i === 0 ? DYNAMODB.MAX_PARTITION_KEY_BYTES : DYNAMODB.MAX_SORT_KEY_BYTES);
        return textOf(value);
      }),
    );
  }

  /** Checks the result of a write. Throws a DynamoDbError if DynamoDB wouldn't store the item. */
  plan(text: string, keys: StoredItem, after: StoredItem | undefined): PlannedWrite {
    const item = after && storedItem(after);
    if (item !== undefined) this.checkItem(item);
    return { table: this, text, keys, before: this.items.get(text), after: item };
  }

  commit({ text, keys, before, after }: PlannedWrite): void {
    this.former.set(text, before);
    if (after === undefined) this.items.delete(text);
    else this.items.set(text, after);
    if (isSameItem(before, after)) return;
    const sequenceNumber = String(++sequence).padStart(21, '1');
    this.changes.push({ sequenceNumber, keys, before, after, time: Date.now() });
  }

  /** The changes since the last `takeChanges`, oldest first. */
  get newChanges(): readonly Change[] {
    return this.changes;
  }

  /** The changes since the last call, oldest first. */
  takeChanges(): Change[] {
    return this.changes.splice(0);
  }

  clear(): void {
    this.items.clear();
    this.former.clear();
    this.lags = false;
    this.changes = [];
  }

  keysOf(item: StoredItem): StoredItem {
    return pick(item, this.keyNames);
  }

  /**
   * Returns items of the table or of an index, in the order of a query.
   * @param index the index, if any; it contains only items that have all of its key attributes
   */
  sorted(items: Iterable<StoredItem>, index: IndexSchema | undefined): StoredItem[] {
    const own = [...(index?.partitionKeys ?? []), ...(index?.sortKeys ?? [])];
    return [...items]
      .filter((item) => own.every((name) => Object.hasOwn(item, name)))
      .sort((a, b) => this.order(a, b, index));
  }

  /**
   * Compares two items by the sort key, then by the whole position, which is different for any two
   * items.
   */
  order(a: StoredItem, b: StoredItem, index: IndexSchema | undefined): number {
    const sortKeys = index === undefined ? this.keyNames.slice(1) : (index.sortKeys ?? []);
    for (const name of [...sortKeys, ...this.positionNames(index)]) {
      const order = compare(a[name], b[name]);
      if (order !== 0 && !Number.isNaN(order)) return order;
    }
    return 0;
  }

  private checkItem(item: StoredItem): void {
    if (sizeOfItem(item) > DYNAMODB.MAX_ITEM_BYTES) throw invalid('Item size has exceeded the maximum allowed size');
    for (const [indexName, index] of Object.entries(this.schema.indexes ?? {})) {
      for (const name of [...index.partitionKeys, ...(index.sortKeys ?? [])]) {
        const value = item[name];
        const type = this.schema.types?.[name];
        if (value === undefined) continue;
        if (type !== undefined && typeOf(value) !== type) {
          throw invalid(
            `One or more parameter values were invalid: Type mismatch for Index Key ${name} Expected: ${type} Actual: ${typeOf(value)} IndexName: ${indexName}`,
          );
        }
        if (contentOf(value) === '') {
          throw invalid(
            `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: ${indexName}, IndexKey: ${name}`,
          );
        }
      }
    }
  }

  private checkKeyValue(name: string, value: Attribute, maxBytes: number): void {
    const type = this.schema.types?.[name];
    if (type === undefined ? !KEY_TYPES.includes(typeOf(value)) : typeOf(value) !== type) {
      throw invalid(
        `One or more parameter values were invalid: Type mismatch for key ${name} expected: ${type ?? KEY_TYPES.join(' or ')} actual: ${typeOf(value)}`,
      );
    }
    if (contentOf(value) === '') {
      throw invalid(
        `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${name}`,
      );
    }
    const bytes = sizeOfItem({ [name]: value }) - Buffer.byteLength(name);
    if (bytes > maxBytes) {
      const kind = maxBytes === DYNAMODB.MAX_PARTITION_KEY_BYTES ? 'hashkey' : 'sortkey';
      throw invalid(
        `One or more parameter values were invalid: Size of ${kind} has exceeded the maximum size limit of${maxBytes} bytes`,
      );
    }
  }
}

/** Returns the named attributes of an item. */
export function pick(item: StoredItem, names: readonly string[]): StoredItem {
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
}
