import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { DYNAMODB } from '../../../lib/limits';
import { isWellFormed } from '../well-formed';
import { ItemTooLarge, UsageError } from './errors';
import type { Item } from './types';

/**
 * Refuses values that DynamoDB can't store, or would store as another value.
 * @param where description of the call for the error. The error also names the attribute, but
 * contains no value.
 * @throws UsageError
 */
export function refuseUnstorable(item: Item, where: string): void {
  for (const [name, value] of Object.entries(item)) {
    // An optional attribute may be undefined. Then it isn't stored.
    if (value !== undefined) check(value, name, where);
  }
}

function check(value: unknown, path: string, where: string): void {
  const fail = (what: string): never => {
    throw new UsageError(`${where}: '${path}' ${what}`);
  };
  switch (typeof value) {
    case 'boolean':
    case 'bigint':
      return;
    case 'string':
      if (!isWellFormed(value)) fail('must be well-formed Unicode, got a lone surrogate');
      return;
    case 'number':
      if (!Number.isFinite(value)) fail(`must be a finite number, got ${value}`);
      if (Number.isInteger(value) && !Number.isSafeInteger(value))
        fail('must be a bigint, got a whole number beyond 2 ** 53 that may have lost digits');
      return;
    case 'object':
      if (value === null || value instanceof Uint8Array) return;
      checkObject(value, path, where, fail);
      return;
    default:
      fail(`must be a value that DynamoDB stores, got ${typeof value}`);
  }
}

function checkObject(value: object, path: string, where: string, fail: (what: string) => never): void {
  if (Array.isArray(value)) {
    // In a list, undefined is refused: if it were left out, the positions of the following members
    // would change.
    for (const [i, part] of value.entries()) check(part, `${path}[${i}]`, where);
  } else if (value instanceof Set) {
    if (value.size === 0) fail('must be a set with members, got an empty one');
    for (const part of value) check(part, `${path}{}`, where);
  } else if (value instanceof Date) {
    fail('must not be a Date; store its toISOString(), or a number of seconds');
  } else {
    if (!isPlain(value)) fail('must be a plain object, got an instance of a class');
    const parts = value instanceof Map ? value : Object.entries(value);
    for (const [name, part] of parts) if (part !== undefined) check(part, `${path}.${String(name)}`, where);
  }
}

/** Whether a value is an object literal, a map, or a number that the SDK stores as text. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null || value instanceof Map || isNumberText(value);
}

function isNumberText(value: object): boolean {
  return 'value' in value && typeof value.value === 'string' && Number.isFinite(Number(value.value));
}

/**
 * @throws ItemTooLarge if a marshalled item, or the values of an update, exceed DynamoDB's limit
 */
export function checkItemSize(table: string, item: Readonly<Record<string, AttributeValue>>): void {
  const bytes = entriesSize(item);
  if (bytes > DYNAMODB.MAX_ITEM_BYTES) throw new ItemTooLarge(table, DYNAMODB.MAX_ITEM_BYTES, bytes);
}

/**
 * Lower bound of a marshalled item's size in bytes, by DynamoDB's rules. Names and texts count as
 * UTF-8. A number takes about one byte for two digits. A list or map takes 3 bytes, and 1 more for
 * each member.
 */
function entriesSize(entries: Readonly<Record<string, AttributeValue>>): number {
  let bytes = 0;
  for (const name of Object.keys(entries)) bytes += Buffer.byteLength(name) + sizeOf(entries[name]);
  return bytes;
}

function sizeOf(value: AttributeValue | undefined): number {
  if (value === undefined) return 0;
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.ceil(value.N.length / 2) + 1;
  if (value.B !== undefined) return value.B.length;
  if (value.L !== undefined) return value.L.reduce((sum, part) => sum + 1 + sizeOf(part), 3);
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + entriesSize(value.M);
  if (value.SS !== undefined) return value.SS.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
  if (value.NS !== undefined) return value.NS.reduce((sum, part) => sum + Math.ceil(part.length / 2) + 1, 0);
  if (value.BS !== undefined) return value.BS.reduce((sum, part) => sum + part.length, 0);
  return 1;
}
