import type { AttributeValue, QueryCommandInput, ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { DYNAMODB } from '../../../lib/limits';
import type { OpenShardMap } from '../../../lib/protocol';
import type { Loaded } from './connection';
import { UsageError } from './errors';
import { Expression } from './expression';
import { checkKeyValue } from './keys';
import { requireKnown } from './known-options';
import type { Position } from './position';
import { refuseReserved, withoutReserved } from './reserved';
import type { Item, Key, QueryOptions, SortCondition } from './types';

const MAX_LIMIT = 1_000;
const COMPARISONS = ['equals', 'beginsWith', 'between', 'lessThan', 'atMost', 'greaterThan', 'atLeast'] as const;

/**
 * Decides which attributes and items a handler gets: only requested attributes, none of the
 * library's, and no expired items. DynamoDB deletes an expired item only within a few days. Without
 * this check, the result would depend on the time of that deletion.
 */
export class View {
  constructor(
    private readonly map: OpenShardMap,
    private readonly attributes: readonly string[] | undefined,
    private readonly nowMs: number,
  ) {
    if (attributes?.length === 0)
      throw new UsageError(`attributes to read of '${map.table}' must not be an empty list`);
    refuseReserved(attributes ?? [], `attributes to read of '${map.table}'`);
  }

  /** The requested attributes, and those that are needed to recognise expired items. */
  projection(expression: Expression, alsoNeeded: readonly string[] = []): { ProjectionExpression?: string } {
    if (this.attributes === undefined) return {};
    const ttl = this.map.timeToLive;
    const names = new Set([...this.attributes, ...alsoNeeded, ...(ttl === undefined ? [] : [ttl])]);
    return { ProjectionExpression: [...names].map((name) => expression.name(name)).join(', ') };
  }

  /** Whether the item is past its time to live. */
  isExpired(item: Item): boolean {
    const expires = this.map.timeToLive === undefined ? undefined : item[this.map.timeToLive];
    return typeof expires === 'number' && expires * 1_000 <= this.nowMs;
  }

  show(item: Item): Item {
    if (this.attributes === undefined) return withoutReserved(item);
    return Object.fromEntries(
      this.attributes.filter((name) => Object.hasOwn(item, name)).map((name) => [name, item[name]]),
    );
  }
}

/**
 * The parts of a query that decide which items it reads. A cursor is valid only for a query with
 * equal parts.
 */
export function queryShape(where: Key | undefined, options: QueryOptions): unknown {
  const { sort, index, descending, filter } = options;
  const sorted = where && Object.entries(where).sort(([a], [b]) => (a < b ? -1 : 1));
  return { where: sorted, sort, index, descending: descending === true, filter };
}

/** Makes the input of a query for one page of one partition. */
export function planQuery(
  map: OpenShardMap,
  loaded: Loaded,
  tableName: string,
  where: Key,
  options: QueryOptions,
  view: View,
  start: Position | undefined,
  alsoNeeded: readonly string[],
): QueryCommandInput {
  const expression = new Expression();
  const conditions = Object.entries(where).map(
    ([name, value]) => `${expression.name(name)} = ${expression.value(checkKeyValue(map, name, value))}`,
  );
  if (options.sort !== undefined) conditions.push(sortCondition(map, options.sort, options.index, expression));
  return {
    KeyConditionExpression: conditions.join(' AND '),
    ScanIndexForward: options.descending !== true,
    ...pageOf(map, loaded, tableName, options, view, start, expression, alsoNeeded),
  };
}

/** Makes the input of a scan for one page of a shard, or of one of its indexes. */
export function planScan(
  map: OpenShardMap,
  loaded: Loaded,
  tableName: string,
  options: QueryOptions,
  view: View,
  start: Position | undefined,
  alsoNeeded: readonly string[],
): ScanCommandInput {
  return pageOf(map, loaded, tableName, options, view, start, new Expression(), alsoNeeded);
}

function pageOf(
  map: OpenShardMap,
  loaded: Loaded,
  tableName: string,
  options: QueryOptions,
  view: View,
  start: Position | undefined,
  expression: Expression,
  alsoNeeded: readonly string[],
) {
  const { limit, index, filter, eventual } = options;
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT)) {
    throw new UsageError(`limit of a page must be a whole number from 1 to ${MAX_LIMIT}, got ${limit}`);
  }
  return {
    TableName: tableName,
    ...(index === undefined ? { ConsistentRead: eventual !== true } : { IndexName: index }),
    ...(limit === undefined ? {} : { Limit: limit }),
    ...(start === undefined ? {} : { ExclusiveStartKey: start as Record<string, AttributeValue> }),
    ...(filter === undefined ? {} : { FilterExpression: expression.condition(filter, `filter on '${map.table}'`) }),
    ...view.projection(expression, alsoNeeded),
    ...expression.placeholders(loaded.marshall),
  };
}

function sortCondition(
  map: OpenShardMap,
  sort: SortCondition,
  index: string | undefined,
  expression: Expression,
): string {
  const where = `sort condition on '${map.table}'`;
  requireKnown(where, sort, ['attribute', ...COMPARISONS]);
  const attribute = sort.attribute ?? (index === undefined ? map.sortKey : undefined);
  if (attribute === undefined) {
    throw new UsageError(
      `${where}: ${index === undefined ? 'the table has no sort key' : `name the attribute of index '${index}'`}`,
    );
  }
  if (index === undefined && attribute !== map.sortKey)
    throw new UsageError(`${where}: the sort key is '${map.sortKey}', got '${attribute}'`);
  const given = COMPARISONS.filter((comparison) => sort[comparison] !== undefined);
  if (given.length !== 1)
    throw new UsageError(`${where}: give exactly one of ${COMPARISONS.join(', ')}, got ${given.join(', ') || 'none'}`);
  const name = expression.name(attribute);
  const value = (v: unknown) => expression.value(checkKeyValue(map, attribute, v, DYNAMODB.MAX_SORT_KEY_BYTES));
  if (sort.equals !== undefined) return `${name} = ${value(sort.equals)}`;
  if (sort.beginsWith !== undefined) return `begins_with(${name}, ${value(sort.beginsWith)})`;
  if (sort.between !== undefined) return `${name} BETWEEN ${value(sort.between[0])} AND ${value(sort.between[1])}`;
  if (sort.lessThan !== undefined) return `${name} < ${value(sort.lessThan)}`;
  if (sort.atMost !== undefined) return `${name} <= ${value(sort.atMost)}`;
  if (sort.greaterThan !== undefined) return `${name} > ${value(sort.greaterThan)}`;
  return `${name} >= ${value(sort.atLeast)}`;
}
