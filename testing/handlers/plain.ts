import type { Attribute, StoredItem } from '../dynamodb/attributes';

/** An item with JavaScript values. */
export type PlainItem = Record<string, unknown>;

/**
 * Converts an item to JavaScript values, as handlers get them. Whole numbers beyond 2^53 become
 * bigints. Decimals with more digits than a JavaScript number can represent become strings.
 */
export function toPlain(item: StoredItem): PlainItem {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: Attribute): unknown {
  const [[type, content] = []] = Object.entries(value);
  switch (type) {
    case 'N':
      return plainNumber(String(content));
    case 'B':
      return bytes(content);
    case 'NULL':
      return null;
    case 'L':
      return (content as Attribute[]).map(plainValue);
    case 'M':
      return toPlain(content as StoredItem);
    case 'SS':
      return new Set(content as string[]);
    case 'NS':
      return new Set((content as string[]).map(plainNumber));
    case 'BS':
      return new Set((content as string[]).map(bytes));
    default:
      return content;
  }
}

function plainNumber(text: string): number | bigint | string {
  const number = Number(text);
  if (Number.isSafeInteger(number) || String(number) === text) return number;
  return /^-?\d+$/.test(text) ? BigInt(text) : text;
}

function bytes(base64: unknown): Uint8Array {
  return new Uint8Array(Buffer.from(String(base64), 'base64'));
}

/** @throws TypeError if DynamoDB can't store a value */
export function toStored(item: PlainItem): StoredItem {
  const entries = Object.entries(item).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, storedValue(name, value)]));
}

function storedValue(name: string, value: unknown): Attribute {
  if (value === null) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'boolean') return { BOOL: value };
  if (typeof value === 'number' || typeof value === 'bigint') return { N: String(value) };
  if (value instanceof Uint8Array) return { B: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return { L: value.map((part) => storedValue(name, part)) };
  if (value instanceof Set) return storedSet(name, [...value]);
  if (typeof value === 'object') return { M: toStored(value as PlainItem) };
  throw new TypeError(`attribute '${name}' must be a value that DynamoDB stores, got a ${typeof value}`);
}

function storedSet(name: string, members: readonly unknown[]): Attribute {
  const values = members.map((member) => storedValue(name, member));
  const [type = 'S'] = Object.keys(values[0] ?? {});
  return { [`${type}S`]: values.map((value) => value[type]) };
}
