import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { OpenShardMap } from '../../../lib/protocol';
import type { Loaded } from './connection';
import { InvalidCursor, isNamed, UsageError } from './errors';
import { checkKeyValue, keyNames } from './keys';
import type { Key, QueryOptions, SortCondition } from './types';

/** The last key of a page, as DynamoDB returns it. */
export type Position = Record<string, AttributeValue>;

/**
 * Maximum number of attributes: four partition keys and four sort keys of an index, and the two
 * keys of the table.
 */
const MAX_NAMES = 10;
const NUMBER = /^-?\d{1,200}(\.\d{1,200})?(e[+-]?\d{1,3})?$/i;

/**
 * Checks the position of a cursor, which may be forged. It must have exactly the attributes of the
 * key, with valid values. It must be inside the query's partition and sort condition. The shard map
 * doesn't contain the sort keys of indexes. So DynamoDB checks the names and types of these keys:
 * see `resume`.
 *
 * @throws InvalidCursor if one of these checks fails
 */
export function openPosition(
  map: OpenShardMap,
  { unmarshall }: Loaded,
  where: Key | undefined,
  options: QueryOptions,
  value: unknown,
): Position {
  const position = parse(value);
  const { index, sort } = options;
  const sortName = sort?.attribute ?? map.sortKey;
  const needed = new Set([...keyNames(map), ...Object.keys(where ?? {}), ...(sort?.attribute ? [sort.attribute] : [])]);
  const count = Object.keys(position).length;
  if (index === undefined ? count !== needed.size : count > MAX_NAMES) throw damaged();
  for (const name of needed) if (!Object.hasOwn(position, name)) throw damaged();

  const key = unmarshall(position);
  for (const [name, part] of Object.entries(key)) checkPart(map, name, part);
  for (const [name, part] of Object.entries(where ?? {})) {
    if (compare(key[name], part) !== 0) throw new InvalidCursor('the position of the cursor is outside the partition');
  }
  if (sort !== undefined && sortName !== undefined && !isWithin(sort, key[sortName])) {
    throw new InvalidCursor('the position of the cursor is outside the sort condition');
  }
  return position;
}

/**
 * Sends a read that starts at a position. If DynamoDB answers that the request is invalid, the
 * position has wrong names or types.
 */
export async function resume<R>(start: Position | undefined, send: () => Promise<R>): Promise<R> {
  try {
    return await send();
  } catch (error) {
    if (start === undefined || !isNamed(error, 'ValidationException')) throw error;
    throw new InvalidCursor('cursor is not a position of this query', { cause: error });
  }
}

/** Parses an object of strings, numbers and bytes in DynamoDB's JSON notation. */
function parse(value: unknown): Position {
  if (typeof value !== 'object' || value === null) throw damaged();
  return Object.fromEntries(
    Object.entries(value).map(([name, attribute]: [string, unknown]) => {
      const [typed, ...more] = typeof attribute === 'object' && attribute !== null ? Object.entries(attribute) : [];
      const [type, content] = typed ?? [];
      if (typeof content !== 'string' || more.length > 0) throw damaged();
      if (type === 'S') return [name, { S: content }];
      if (type === 'N' && NUMBER.test(content)) return [name, { N: content }];
      if (type === 'B') return [name, { B: new Uint8Array(Buffer.from(content, 'base64')) }];
      throw damaged();
    }),
  );
}

function checkPart(map: OpenShardMap, name: string, part: unknown): void {
  try {
    checkKeyValue(map, name, part);
  } catch (error) {
    // The key came from the cursor, so the handler isn't at fault.
    if (error instanceof UsageError) throw damaged(error);
    throw error;
  }
}

/**
 * Whether a value is within a sort condition. Both bounds count as inside, even if the condition
 * excludes them. A number that lost digits in JavaScript may seem to equal a bound. DynamoDB itself
 * compares all digits.
 */
function isWithin(sort: SortCondition, value: unknown): boolean {
  const { equals, beginsWith, between } = sort;
  if (beginsWith !== undefined) return typeof value === 'string' && value.startsWith(beginsWith);
  const low = equals ?? between?.[0] ?? sort.greaterThan ?? sort.atLeast;
  const high = equals ?? between?.[1] ?? sort.lessThan ?? sort.atMost;
  return (low === undefined || isOrdered(low, value)) && (high === undefined || isOrdered(value, high));
}

function isOrdered(a: unknown, b: unknown): boolean {
  const order = compare(a, b);
  return order !== undefined && order <= 0;
}

/** Order of two key values in DynamoDB. Undefined if their types differ. */
function compare(a: unknown, b: unknown): number | undefined {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (isNumeric(a) && isNumeric(b)) return a < b ? -1 : a > b ? 1 : 0;
  return undefined;
}

function isNumeric(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function damaged(cause?: unknown): InvalidCursor {
  return new InvalidCursor('cursor is damaged', { cause });
}
