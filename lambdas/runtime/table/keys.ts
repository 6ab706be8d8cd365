import { DYNAMODB } from '../../../lib/limits';
import { decimalText, type OpenShardMap, type PartitionKeyValue, shardOf } from '../../../lib/protocol';
import { isWellFormed } from '../well-formed';
import { KeyTooLong, UsageError } from './errors';
import type { Item, Key } from './types';

/** Names of a table's key attributes, partition key first. */
export function keyNames(map: OpenShardMap): string[] {
  return map.sortKey === undefined ? [map.partitionKey] : [map.partitionKey, map.sortKey];
}

/**
 * Extracts the table's key from an item.
 * @throws UsageError if a part is missing or has an invalid type
 * @throws KeyTooLong if a part is longer than DynamoDB's limit
 */
export function keyOf(map: OpenShardMap, item: Item): Key {
  return Object.fromEntries(keyNames(map).map((name) => [name, checkKeyValue(map, name, item[name])]));
}

/**
 * Checks a key that a handler passed.
 * @throws UsageError if the key doesn't have exactly the table's key attributes
 */
export function checkKey(map: OpenShardMap, key: Key): Key {
  const names = keyNames(map);
  const extra = Object.keys(key).filter((name) => !names.includes(name));
  if (extra.length > 0)
    throw new UsageError(`key of '${map.table}' must be {${names.join(', ')}}, but also has ${extra.join(', ')}`);
  return keyOf(map, key);
}

/** Position of the shard that owns a key. */
export function shardFor(map: OpenShardMap, key: Item): number {
  return shardOf(map, key[map.partitionKey] as PartitionKeyValue);
}

/** Name of the DynamoDB table that owns a key. */
export function physicalTable(map: OpenShardMap, key: Item): string {
  return map.shards[shardFor(map, key)]!;
}

/**
 * A text that is the same for equal keys, whether DynamoDB returned the key or a handler passed it.
 */
export function canonicalKey(map: OpenShardMap, item: Item): string {
  return JSON.stringify(
    keyNames(map).map((name) => {
      const value = item[name];
      if (value instanceof Uint8Array) return ['B', Buffer.from(value).toString('base64')];
      return typeof value === 'string' ? ['S', value] : ['N', decimalText(String(value))];
    }),
  );
}

/**
 * Checks one part of a key, of the table or of an index.
 * @param maxBytes maximum size of the part
 * @throws UsageError if it has an invalid type
 * @throws KeyTooLong
 */
export function checkKeyValue(
  map: OpenShardMap,
  name: string,
  value: unknown,
  maxBytes = name === map.sortKey ? DYNAMODB.MAX_SORT_KEY_BYTES : DYNAMODB.MAX_PARTITION_KEY_BYTES,
): PartitionKeyValue {
  const fits =
    (typeof value === 'string' && value !== '' && isWellFormed(value)) ||
    // A number that lost digits would have another hash, and so another slot, than the exact
    // number.
    (typeof value === 'number' &&
      Number.isFinite(value) &&
      (!Number.isInteger(value) || Number.isSafeInteger(value))) ||
    typeof value === 'bigint' ||
    (value instanceof Uint8Array && value.length > 0);
  if (!fits) {
    throw new UsageError(
      `'${name}' in a key of '${map.table}' must be a non-empty string, an exact number or bytes, got ${kindOf(value)}`,
    );
  }
  const bytes = value instanceof Uint8Array ? value.length : Buffer.byteLength(String(value));
  if (bytes > maxBytes) throw new KeyTooLong(map.table, name, bytes, maxBytes);
  return value as PartitionKeyValue;
}

/** Describes a value for an error, without the value itself, which may be personal data. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === '') return 'an empty string';
  if (typeof value === 'string') return 'a string with a lone surrogate';
  if (typeof value === 'number') return 'a number that is not exact';
  return value === null ? 'null' : `${typeof value}`;
}
