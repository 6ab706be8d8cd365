import { canonicalNumber, compareNumbers, numberFault } from './numbers';

/** A value in DynamoDB's notation: `{ S: 'text' }`. */
export type Attribute = Readonly<Record<string, unknown>>;
/** An item in DynamoDB's notation. */
export type StoredItem = Readonly<Record<string, Attribute>>;

/** An error in the form in which DynamoDB sends it. */
export class DynamoDbError extends Error {
  override readonly name = 'DynamoDbError';

  /**
   * @param type name of the exception: `ThrottlingException`
   * @param extra further fields of the answer
   */
  constructor(
    readonly type: string,
    message: string,
    readonly extra: Readonly<Record<string, unknown>> = {},
    readonly status = 400,
  ) {
    super(message);
  }
}

/** Makes the error for a request that DynamoDB rejects as invalid. */
export function invalid(message: string): DynamoDbError {
  return new DynamoDbError('ValidationException', message);
}

const SETS = ['SS', 'NS', 'BS'];

/** The type of a value. */
export function typeOf(value: Attribute): string {
  return Object.keys(value)[0] ?? '';
}

/** The content of a value: text of `S` and `N`, base64 of `B`, a list or a map of values. */
export function contentOf(value: Attribute): unknown {
  return value[typeOf(value)];
}

/**
 * Compares two strings, numbers or binaries. Equal values of other types give 0. The result is NaN
 * if a value is absent, if the types differ, or if the values are different and their type has no
 * order. With NaN, only the operator `<>` holds.
 */
export function compare(a: Attribute | undefined, b: Attribute | undefined): number {
  if (a === undefined || b === undefined || typeOf(a) !== typeOf(b)) return Number.NaN;
  const [x, y] = [contentOf(a), contentOf(b)];
  switch (typeOf(a)) {
    case 'N':
      return compareNumbers(String(x), String(y));
    case 'S':
      return Buffer.compare(Buffer.from(String(x)), Buffer.from(String(y)));
    case 'B':
      return Buffer.compare(Buffer.from(String(x), 'base64'), Buffer.from(String(y), 'base64'));
    default:
      return textOf(a) === textOf(b) ? 0 : Number.NaN;
  }
}

/**
 * Returns a text that is the same only for equal values. The text doesn't depend on the order of a
 * set's members or of a map's names.
 */
export function textOf(value: Attribute): string {
  const type = typeOf(value);
  const content = contentOf(value);
  if (SETS.includes(type)) return JSON.stringify([type, [...(content as string[])].sort()]);
  if (type === 'L') return JSON.stringify([type, (content as Attribute[]).map(textOf)]);
  if (type !== 'M') return JSON.stringify([type, content]);
  const entries = Object.entries(content as StoredItem).map(([name, part]) => [name, textOf(part)]);
  return JSON.stringify([type, entries.sort(([x = ''], [y = '']) => (x < y ? -1 : 1))]);
}

/** Bytes of an item as DynamoDB counts them: names and values. */
export function sizeOfItem(item: StoredItem): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value), 0);
}

/**
 * Bytes of a value, by the Developer Guide's "DynamoDB item sizes and formats". The guide gives the
 * size of a number only approximately.
 */
function sizeOf(value: Attribute): number {
  const content = contentOf(value);
  switch (typeOf(value)) {
    case 'S':
      return Buffer.byteLength(String(content));
    case 'N':
      return numberSize(String(content));
    case 'B':
      return Buffer.byteLength(String(content), 'base64');
    case 'SS':
      return (content as string[]).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    case 'NS':
      return (content as string[]).reduce((sum, text) => sum + numberSize(text), 0);
    case 'BS':
      return (content as string[]).reduce((sum, text) => sum + Buffer.byteLength(text, 'base64'), 0);
    case 'L':
      return (content as Attribute[]).reduce((sum, part) => sum + sizeOf(part) + 1, 3);
    case 'M':
      return sizeOfItem(content as StoredItem) + Object.keys(content as StoredItem).length + 3;
    default:
      return 1;
  }
}

function numberSize(text: string): number {
  const digits = text.replace(/^-?0*\.?0*|\./g, '').replace(/0+$/, '').length;
  return Math.ceil(digits / 2) + (text.startsWith('-') ? 2 : 1);
}

/**
 * Returns a value in the form in which DynamoDB stores it, with numbers in canonical form.
 * @throws DynamoDbError if DynamoDB doesn't accept the value
 */
export function stored(value: Attribute): Attribute {
  const [type, ...others] = Object.keys(value);
  const content = value[type ?? ''];
  if (type === undefined || others.length > 0) {
    throw invalid('Supplied AttributeValue has more than one datatypes set, must contain exactly one');
  }
  switch (type) {
    case 'N':
      return { N: storedNumber(content) };
    case 'NS':
      return { NS: storedSet((content as unknown[]).map(storedNumber)) };
    case 'SS':
    case 'BS':
      return { [type]: storedSet(content as string[]) };
    case 'L':
      return { L: (content as Attribute[]).map(stored) };
    case 'M':
      return { M: storedItem(content as StoredItem) };
    case 'S':
    case 'B':
    case 'BOOL':
    case 'NULL':
      return { [type]: content };
    default:
      throw invalid(`Supplied AttributeValue has the unknown type ${type}`);
  }
}

/** @throws DynamoDbError if DynamoDB doesn't accept one of the values */
export function storedItem(item: StoredItem): StoredItem {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, stored(value)]));
}

function storedNumber(content: unknown): string {
  const fault = numberFault(String(content));
  if (fault !== undefined) throw invalid(fault);
  return canonicalNumber(String(content));
}

function storedSet(values: readonly string[]): readonly string[] {
  if (values.length === 0) {
    throw invalid('One or more parameter values were invalid: a set may not be empty');
  }
  if (new Set(values).size < values.length) {
    throw invalid('One or more parameter values were invalid: Input collection contains duplicates');
  }
  return values;
}
