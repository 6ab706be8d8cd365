import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { OpenShardMap } from '../../../lib/protocol';
import type { Loaded } from './connection';
import { UsageError } from './errors';
import { both, Expression } from './expression';
import { checkKey, keyNames, keyOf, physicalTable } from './keys';
import { packOutbox } from './outbox';
import { OUTBOX_ATTRIBUTE, refuseReserved, VERSION_ATTRIBUTE } from './reserved';
import type { Changes, Condition, Item, Key, OutboxInput, UpdateOptions } from './types';

/** What stays the same however often a write is tried, under whichever map: else a second try would be another write. */
export interface Write {
  /** By it a write recognises itself. */
  readonly stamp: string;
  /** Its messages, packed, each with its id. */
  readonly outbox: string | undefined;
}

/** One try of a write. */
export interface WriteContext extends Write {
  readonly map: OpenShardMap;
  readonly loaded: Loaded;
}

interface ExpressionInput {
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
}

/** A write as DynamoDB takes it, alone or in a transaction, and the key it is about. */
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

/** Begins a write: once, before its first try. */
export function newWrite(newId: () => string, outbox?: readonly OutboxInput[]): Write {
  return { stamp: newId(), outbox: packOutbox(outbox, newId) };
}

/** The item as it is stored: with its stamp and, if it publishes, its outbox. */
export function storedItem({ map, stamp, outbox }: WriteContext, item: Item): Item {
  refuseReserved(Object.keys(item), `item of '${map.table}'`);
  return {
    ...item,
    [VERSION_ATTRIBUTE]: stamp,
    ...(outbox === undefined ? {} : { [OUTBOX_ATTRIBUTE]: outbox }),
  };
}

export function planPut(context: WriteContext, item: Item, given: Condition | undefined): Planned<PutInput> {
  const { map, loaded } = context;
  const key = keyOf(map, item);
  const expression = new Expression();
  const condition = given && expression.condition(given, `condition on '${map.table}'`);
  return {
    key,
    input: {
      TableName: physicalTable(map, key),
      Item: loaded.marshall(storedItem(context, item)),
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
  const { map, loaded, stamp, outbox: messages } = context;
  const key = checkKey(map, given);
  checkChanges(map, changes);
  const expression = new Expression();
  const version = expression.name(VERSION_ATTRIBUTE);
  const outbox = expression.name(OUTBOX_ATTRIBUTE);
  const version_ = expression.value(stamp);
  const set = [
    `${version} = ${version_}`,
    ...(messages === undefined ? [] : [`${outbox} = ${expression.value(messages)}`]),
    ...Object.entries(changes.set ?? {}).map(([n, v]) => `${expression.name(n)} = ${expression.value(v)}`),
    ...Object.entries(changes.setIfAbsent ?? {}).map(
      ([n, v]) => `${expression.name(n)} = if_not_exists(${expression.name(n)}, ${expression.value(v)})`,
    ),
  ];
  const add = Object.entries(changes.add ?? {}).map(([n, v]) => `${expression.name(n)} ${expression.value(v)}`);
  // A write without messages takes away those of the write before, which are in the stream already.
  const remove = [
    ...(messages === undefined ? [outbox] : []),
    ...(changes.remove ?? []).map((n) => expression.name(n)),
  ];
  const condition = both(
    options.upsert ? undefined : `attribute_exists(${expression.name(map.partitionKey)})`,
    options.condition && expression.condition(options.condition, `condition on '${map.table}'`),
    // An addition whose answer got lost must not be done twice: tried again, it meets its own stamp.
    add.length > 0 ? `(attribute_not_exists(${version}) OR ${version} <> ${version_})` : undefined,
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
      ...expression.placeholders(loaded.marshall),
    },
  };
}

export function planDelete(context: WriteContext, given: Key, condition: Condition | undefined): Planned<DeleteInput> {
  return planKeyed(context, given, condition);
}

export function planCheck(context: WriteContext, given: Key, condition: Condition): Planned<CheckInput> {
  if (condition === undefined) throw new UsageError(`a check of '${context.map.table}' needs a condition`);
  const planned = planKeyed(context, given, condition);
  return { key: planned.key, input: { ...planned.input, ConditionExpression: planned.input.ConditionExpression! } };
}

function planKeyed({ map, loaded }: WriteContext, given: Key, condition: Condition | undefined): Planned<DeleteInput> {
  const key = checkKey(map, given);
  const expression = new Expression();
  const text = condition && expression.condition(condition, `condition on '${map.table}'`);
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

function checkChanges(map: OpenShardMap, changes: Changes): void {
  const where = `update of '${map.table}'`;
  const seen = new Set<string>();
  const groups = [changes.set, changes.setIfAbsent, changes.add].map((group) => Object.entries(group ?? {}));
  for (const [name, value] of [...groups.flat(), ...(changes.remove ?? []).map((name) => [name, null] as const)]) {
    if (keyNames(map).includes(name))
      throw new UsageError(`${where}: '${name}' is part of the key, which can't change`);
    if (seen.has(name)) throw new UsageError(`${where}: '${name}' occurs twice`);
    if (value === undefined) throw new UsageError(`${where}: '${name}' is undefined; name it in 'remove' to remove it`);
    seen.add(name);
  }
  for (const [name, value] of Object.entries(changes.add ?? {})) {
    if (typeof value !== 'bigint' && !Number.isFinite(value))
      throw new UsageError(`${where}: '${name}' adds ${String(value)}, expected a number`);
  }
  refuseReserved(seen, where);
}
