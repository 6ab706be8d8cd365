import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type OpenShardMap, OUTBOX_ATTRIBUTE, VERSION_ATTRIBUTE } from '../../../lib/protocol';
import { currentInvocation } from '../invocation';
import { holdsForAbsent } from './absent';
import type { Loaded } from './connection';
import { UsageError } from './errors';
import { allOf, Expression } from './expression';
import { checkKey, keyNames, keyOf, physicalTable } from './keys';
import type { Mark } from './mark';
import { checkTargets, type PackedOutbox, packOutbox } from './outbox';
import { EARLIER_VERSIONS, refuseReserved } from './reserved';
import { checkItemSize, refuseUnstorable } from './storable';
import type { Changes, Condition, Item, Key, OutboxInput, UpdateOptions } from './types';

/**
 * The parts of a write that are the same in all its attempts, even if the shard map has changed in
 * between.
 */
export interface Write {
  /** Idempotency token. With it, a retry recognises its own earlier write. */
  readonly token: string;
  readonly outbox: PackedOutbox | undefined;
  /** Set by updates only. */
  readonly mark?: Mark | undefined;
}

/** One attempt of a write. */
export interface WriteContext extends Write {
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

/**
 * Number of characters of a token. They are 64 bits, which suffice to distinguish the last few
 * writes of one item. A UUID would take 20 bytes more.
 */
const TOKEN_LENGTH = 16;

/** Makes the constant parts of a write, before its first attempt. */
export function newWrite(newId: () => string, outbox?: readonly OutboxInput[], mark?: Mark): Write {
  return {
    mark,
    token: newId().replaceAll('-', '').slice(-TOKEN_LENGTH),
    outbox: packOutbox(outbox, newId, currentInvocation()),
  };
}

/** The stored form of an item, with its token and, if it has messages, its outbox. */
export function storedItem({ map, loaded, token, outbox }: WriteContext, item: Item): Record<string, AttributeValue> {
  const where = `item of '${map.table}'`;
  refuseReserved(Object.keys(item), where);
  refuseUnstorable(item, where);
  checkTargets(map, outbox?.messages ?? []);
  const stored = loaded.marshall({
    ...item,
    [VERSION_ATTRIBUTE]: token,
    ...(outbox === undefined ? {} : { [OUTBOX_ATTRIBUTE]: outbox.text }),
  });
  checkItemSize(map.table, stored);
  return stored;
}

export function planPut(context: WriteContext, item: Item, given: Condition | undefined): Planned<PutInput> {
  const { map, loaded } = context;
  const key = keyOf(map, item);
  const expression = new Expression();
  const condition = allOf(given && whileNotExpired(context, expression, given), isNotDone(expression, context.token));
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
  const { map, loaded, token, mark, outbox: packed } = context;
  const key = checkKey(map, given);
  checkChanges(map, changes);
  checkTargets(map, packed?.messages ?? []);
  const expression = new Expression();
  const version = expression.name(VERSION_ATTRIBUTE);
  const outbox = expression.name(OUTBOX_ATTRIBUTE);
  const own = expression.value(token);
  const versions = [version, ...EARLIER_VERSIONS.map((name) => expression.name(name))];
  const set = [
    // Each update keeps the tokens of the last few writes, so that a late retry of such a write
    // recognises that the write took effect.
    ...versions
      .slice(1)
      .map((name, i) => `${name} = if_not_exists(${versions[i]}, ${own})`)
      .reverse(),
    `${version} = ${own}`,
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
    isNotDone(expression, token),
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
 * Expression that holds if this write hasn't taken effect yet. So a retry after a lost answer
 * doesn't add a number twice and doesn't overwrite a later write.
 */
function isNotDone(expression: Expression, token: string): string {
  const own = expression.value(token);
  const versions = [VERSION_ATTRIBUTE, ...EARLIER_VERSIONS].map((name) => `${expression.name(name)} = ${own}`);
  return `NOT (${versions.join(' OR ')})`;
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
