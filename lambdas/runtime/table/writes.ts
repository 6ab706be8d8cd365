import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type OpenShardMap, OUTBOX_ATTRIBUTE, VERSION_ATTRIBUTE } from '../../../lib/protocol';
import { holdsForAbsent } from './absent';
import type { Loaded } from './connection';
import { UsageError } from './errors';
import { allOf, Expression } from './expression';
import { checkKey, keyNames, keyOf, physicalTable } from './keys';
import { checkTargets } from './outbox';
import { refuseReserved } from './reserved';
import { checkItemSize, refuseUnstorable } from './storable';
import type { Changes, Condition, Item, Key, UpdateOptions } from './types';
import { EARLIER_VERSIONS, VERSIONS, type Write } from './write';

/** One request of a write. */
export interface WriteContext {
  readonly write: Write;
  readonly map: OpenShardMap;
  readonly loaded: Loaded;
  readonly nowMs: number;
}

interface ExpressionInput {
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
}

/** The input of a write for DynamoDB, alone or in a transaction, and the key of its item. */
export interface Planned<Input> {
  readonly key: Key;
  readonly input: Input;
}

type PutInput = ExpressionInput & {
  TableName: string;
  Item: Record<string, AttributeValue>;
  ConditionExpression?: string;
};
type KeyInput = ExpressionInput & { TableName: string; Key: Record<string, AttributeValue> };
type UpdateInput = KeyInput & { UpdateExpression: string; ConditionExpression?: string };
type DeleteInput = KeyInput & { ConditionExpression?: string };
type CheckInput = KeyInput & { ConditionExpression: string };

/** The stored form of an item, with a new stamp and, if it has messages, its outbox. */
export function storedItem({ map, loaded, write }: WriteContext, item: Item): Record<string, AttributeValue> {
  const { outbox } = write;
  const where = `item of '${map.table}'`;
  refuseReserved(Object.keys(item), where);
  refuseUnstorable(item, where);
  checkTargets(map, outbox?.messages ?? []);
  const stored = loaded.marshall({
    ...item,
    [VERSION_ATTRIBUTE]: write.nextStamp(),
    ...(outbox === undefined ? {} : { [OUTBOX_ATTRIBUTE]: outbox.text }),
  });
  checkItemSize(map.table, stored);
  return stored;
}

export function planPut(context: WriteContext, item: Item, given: Condition | undefined): Planned<PutInput> {
  const { map, loaded } = context;
  const key = keyOf(map, item);
  const expression = new Expression();
  const condition = allOf(given && whileNotExpired(context, expression, given), isNotDone(expression, context.write));
  return {
    key,
    input: {
      TableName: physicalTable(map, key),
      Item: storedItem(context, item),
      ...(condition === undefined ? {} : { ConditionExpression: condition }),
      ...expression.placeholders(loaded.marshall),
    },
  };
}

export function planUpdate(
  context: WriteContext,
  given: Key,
  changes: Changes,
  options: Pick<UpdateOptions, 'condition' | 'upsert'>,
): Planned<UpdateInput> {
  const { map, loaded, write } = context;
  const { mark, outbox: packed } = write;
  const key = checkKey(map, given);
  checkChanges(map, changes);
  checkTargets(map, packed?.messages ?? []);
  const expression = new Expression();
  const version = expression.name(VERSION_ATTRIBUTE);
  const outbox = expression.name(OUTBOX_ATTRIBUTE);
  const stamp = expression.value(write.nextStamp());
  const versions = [version, ...EARLIER_VERSIONS.map((name) => expression.name(name))];
  const set = [
    // Each update keeps the stamps of the last few writes, so that a late retry of such a write
    // recognises that the write took effect.
    ...versions
      .slice(1)
      .map((name, i) => `${name} = if_not_exists(${versions[i]}, ${stamp})`)
      .reverse(),
    `${version} = ${stamp}`,
    ...(mark === undefined ? [] : [`${expression.name(mark.attribute)} = ${expression.value(mark.value)}`]),
    ...(packed === undefined ? [] : [`${outbox} = ${expression.value(packed.text)}`]),
    ...entries(changes.set).map(([n, v]) => `${expression.name(n)} = ${expression.value(v)}`),
    ...entries(changes.setIfAbsent).map(
      ([n, v]) => `${expression.name(n)} = if_not_exists(${expression.name(n)}, ${expression.value(v)})`,
    ),
  ];
  const add = entries(changes.add).map(([n, v]) => `${expression.name(n)} ${expression.value(v)}`);
  const written = expression.valueCount;
  // A write without messages removes the outbox of the previous write, because the table's stream
  // already contains those messages.
  const remove = [...(packed === undefined ? [outbox] : []), ...(changes.remove ?? []).map((n) => expression.name(n))];
  const condition = allOf(
    options.upsert ? undefined : `attribute_exists(${expression.name(map.partitionKey)})`,
    isLive(context, expression),
    options.condition && expression.condition(options.condition, `condition on '${map.table}'`),
    mark && `attribute_not_exists(${expression.name(mark.attribute)})`,
    isNotDone(expression, write),
    isNotLost(expression, write.doubtBefore(changes)),
  );
  const placeholders = expression.placeholders(loaded.marshall);
  // The first `written` values are stored in the item. The values after them belong to the
  // condition.
  checkItemSize(
    map.table,
    Object.fromEntries(Object.entries(placeholders.ExpressionAttributeValues ?? {}).slice(0, written)),
  );
  return {
    key,
    input: {
      TableName: physicalTable(map, key),
      Key: loaded.marshall(key),
      UpdateExpression: [
        `SET ${set.join(', ')}`,
        ...(add.length > 0 ? [`ADD ${add.join(', ')}`] : []),
        ...(remove.length > 0 ? [`REMOVE ${remove.join(', ')}`] : []),
      ].join(' '),
      ...(condition === undefined ? {} : { ConditionExpression: condition }),
      ...placeholders,
    },
  };
}

/**
 * Plans the upsert of an item that has expired but isn't deleted yet. An item that contains only
 * the changes replaces the expired item.
 * @returns undefined if the table's items don't expire, or if the condition doesn't hold for an
 * absent item
 */
export function planReplacement(
  context: WriteContext,
  given: Key,
  changes: Changes,
  condition: Condition | undefined,
): Planned<PutInput> | undefined {
  const { map, loaded } = context;
  if (condition !== undefined && !holdsForAbsent(condition.expression)) return undefined;
  const key = checkKey(map, given);
  const expression = new Expression();
  const expired = hasExpired(context, expression);
  if (expired === undefined) return undefined;
  const item = { ...key, ...changes.setIfAbsent, ...changes.add, ...changes.set };
  return {
    key,
    input: {
      TableName: physicalTable(map, key),
      Item: storedItem(context, item),
      ConditionExpression: expired,
      ...expression.placeholders(loaded.marshall),
    },
  };
}

export function planDelete(context: WriteContext, given: Key, condition: Condition | undefined): Planned<DeleteInput> {
  return planKeyed(context, given, condition);
}

export function planCheck(context: WriteContext, given: Key, condition: Condition): Planned<CheckInput> {
  if (condition === undefined) throw new UsageError(`a check of '${context.map.table}' needs a condition`);
  const { key, input } = planKeyed(context, given, condition);
  return { key, input: { ...input, ConditionExpression: input.ConditionExpression ?? '' } };
}

function planKeyed(context: WriteContext, given: Key, condition: Condition | undefined): Planned<DeleteInput> {
  const { map, loaded } = context;
  const key = checkKey(map, given);
  const expression = new Expression();
  const text = condition && whileNotExpired(context, expression, condition);
  return {
    key,
    input: {
      TableName: physicalTable(map, key),
      Key: loaded.marshall(key),
      ...(text === undefined ? {} : { ConditionExpression: text }),
      ...expression.placeholders(loaded.marshall),
    },
  };
}

/**
 * Extends a handler's condition, so that an expired item counts as absent, as it does for reads.
 */
function whileNotExpired(context: WriteContext, expression: Expression, condition: Condition): string {
  const text = expression.condition(condition, `condition on '${context.map.table}'`);
  const expired = hasExpired(context, expression);
  if (expired === undefined) return text;
  return holdsForAbsent(condition.expression) ? `(${text} OR ${expired})` : `${text} AND NOT (${expired})`;
}

/**
 * Expression that holds if the item has not expired. Undefined if the table's items don't expire.
 */
function isLive(context: WriteContext, expression: Expression): string | undefined {
  const expired = hasExpired(context, expression);
  return expired && `NOT (${expired})`;
}

function hasExpired({ map, nowMs }: WriteContext, expression: Expression): string | undefined {
  if (map.timeToLive === undefined) return undefined;
  return `${expression.name(map.timeToLive)} <= ${expression.value(Math.floor(nowMs / 1_000))}`;
}

/**
 * Expression that holds if no other request of this write has taken effect yet. So a retry after a
 * lost answer doesn't overwrite a later write.
 */
function isNotDone(expression: Expression, { own }: Write): string {
  const value = expression.value(own);
  return `NOT (${VERSIONS.map((name) => `contains(${expression.name(name)}, ${value})`).join(' OR ')})`;
}

/**
 * Expression for an addition with a lost answer. It holds if one of the item's stamps was certainly
 * written before the addition began. Then the item still has the stamps of all writes since, and
 * `isNotDone` finds the addition's own stamp if it is there.
 */
function isNotLost(expression: Expression, before: string | undefined): string | undefined {
  if (before === undefined) return undefined;
  const value = expression.value(before);
  return `(${VERSIONS.map((name) => `${expression.name(name)} < ${value}`).join(' OR ')})`;
}

function checkChanges(map: OpenShardMap, changes: Changes): void {
  const where = `update of '${map.table}'`;
  const seen = new Set<string>();
  const groups = [changes.set, changes.setIfAbsent, changes.add].map((group) => entries(group));
  for (const [name, value] of [...groups.flat(), ...(changes.remove ?? []).map((name) => [name, null] as const)]) {
    if (keyNames(map).includes(name))
      throw new UsageError(`${where}: '${name}' is part of the key, which can't change`);
    if (seen.has(name)) throw new UsageError(`${where}: '${name}' occurs twice`);
    if (value === undefined)
      throw new UsageError(`${where}: '${name}' must not be undefined; to remove the attribute, list it in 'remove'`);
    seen.add(name);
  }
  for (const group of [changes.set, changes.setIfAbsent]) if (group !== undefined) refuseUnstorable(group, where);
  for (const [name, value] of entries(changes.add)) {
    if (typeof value !== 'bigint' && !Number.isFinite(value))
      throw new UsageError(`${where}: '${name}' must add a finite number, got ${String(value)}`);
    refuseUnstorable({ [name]: value }, where);
  }
  refuseReserved(seen, where);
}

function entries<V>(group: Readonly<Record<string, V>> | undefined): [string, V][] {
  return Object.entries(group ?? {});
}
