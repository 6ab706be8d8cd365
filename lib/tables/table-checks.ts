import { type Attribute, AttributeType, type ITable, type WarmThroughput } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IConstruct } from 'constructs';
import { DataClass } from '../keyring';
import { DYNAMODB } from '../limits';
import { PROFILE } from '../profile';
import { RESERVED_PREFIX } from '../protocol';
import {
  invalid,
  mustBe,
  type PropChecks,
  requireEnum,
  requireInteger,
  requireList,
  requireLiteral,
  requireName,
  shown,
} from '../validation';
import type { ShardedTableProps } from './sharded-table-props';

/**
 * Maximum number of shards. With twice as many shards, grants on the tables and their indexes would
 * need more than the 10 managed policies that a role can have. Also, the tables and their event
 * source mappings would exceed the 500 resources of a stack.
 */
const MAX_SHARDS = 128;

const DATA_CLASS_USES = 'use DataClass.PERSONAL, another constant or DataClass.of()';

const ATTRIBUTE = mustBe.anObject;

/** Checks of all props, for apps without a type checker. */
export const TABLE_PROPS: PropChecks<ShardedTableProps> = {
  partitionKey: ATTRIBUTE,
  sortKey: ATTRIBUTE,
  shards: mustBe.checkedLater,
  tableName: mustBe.text,
  timeToLiveAttribute: mustBe.text,
  globalSecondaryIndexes: mustBe.listOf(mustBe.anObject),
  dataClass: mustBe.instance(DataClass, DATA_CLASS_USES),
  encryptionKey: mustBe.object<IKey>('IKey', 'keyArn'),
  profile: PROFILE,
  warmThroughput: mustBe.props<WarmThroughput>({
    readUnitsPerSecond: mustBe.number,
    writeUnitsPerSecond: mustBe.number,
  }),
  contributorInsights: mustBe.flag,
};

/**
 * Throws if props of a sharded table are invalid. It must be called before a resource is created.
 */
export function checkTable(scope: IConstruct, tableName: string, props: ShardedTableProps): void {
  requireInteger(scope, 'shards', props.shards, 1, MAX_SHARDS);
  checkTableName(scope, tableName);

  const types = new Map<string, string>();
  checkAttribute(scope, 'partitionKey', props.partitionKey, types);
  if (props.sortKey !== undefined) {
    checkAttribute(scope, 'sortKey', props.sortKey, types);
    if (props.sortKey.name === props.partitionKey.name) {
      throw invalid(
        scope,
        'sortKey',
        `must be another attribute than the partition key, got '${props.sortKey.name}' for both`,
      );
    }
  }

  const indexes = props.globalSecondaryIndexes ?? [];
  if (indexes.length > DYNAMODB.MAX_INDEXES_PER_TABLE) {
    throw invalid(
      scope,
      'globalSecondaryIndexes',
      `must have at most ${DYNAMODB.MAX_INDEXES_PER_TABLE} entries, got ${indexes.length}`,
    );
  }
  const names = new Set<string>();
  for (const [i, index] of indexes.entries()) {
    const prop = `globalSecondaryIndexes[${i}]`;
    for (const list of ['partitionKeys', 'sortKeys', 'nonKeyAttributes'] as const) {
      requireList(scope, `${prop}.${list}`, index[list]);
    }
    requireName(
      scope,
      `${prop}.indexName`,
      index.indexName,
      /^[A-Za-z0-9_.-]{3,255}$/,
      "3 to 255 letters, digits and '-._'",
    );
    if (names.has(index.indexName)) {
      throw invalid(scope, `${prop}.indexName`, `must be unique in its table, got '${index.indexName}' twice`);
    }
    names.add(index.indexName);
    const sortKeys = index.sortKeys ?? [];
    if (index.partitionKeys === undefined) {
      const given = Object.keys(index).join(', ');
      throw invalid(scope, `${prop}.partitionKeys`, `must list the partition key, got an index of ${given}`);
    }
    checkCount(scope, `${prop}.partitionKeys`, index.partitionKeys.length, 1);
    checkCount(scope, `${prop}.sortKeys`, sortKeys.length, 0);
    const keys = [...index.partitionKeys, ...sortKeys];
    for (const key of keys) checkAttribute(scope, prop, key, types);
    const duplicate = keys.find(({ name }, at) => keys.findIndex((other) => other.name === name) !== at);
    if (duplicate !== undefined)
      throw invalid(scope, prop, `must contain each key attribute once, got '${duplicate.name}' twice`);
    for (const name of index.nonKeyAttributes ?? []) {
      requireLiteral(scope, `${prop}.nonKeyAttributes`, name, 'names are used at synth');
      checkReserved(scope, `${prop}.nonKeyAttributes`, name);
    }
  }

  const timeToLive = props.timeToLiveAttribute;
  if (timeToLive !== undefined) {
    requireName(scope, 'timeToLiveAttribute', timeToLive, /^.{1,255}$/s, '1 to 255 characters');
    checkReserved(scope, 'timeToLiveAttribute', timeToLive);
    const type = types.get(timeToLive);
    if (type !== undefined && type !== 'N') {
      throw invalid(scope, 'timeToLiveAttribute', `must be a number, got '${timeToLive}', a key of type ${type}`);
    }
  }
}

/** Throws if a text isn't a valid logical name. */
export function checkTableName(scope: IConstruct, tableName: string): void {
  requireName(scope, 'tableName', tableName, /^[A-Za-z0-9_.-]{1,255}$/, "1 to 255 letters, digits and '-._'");
}

/**
 * Returns the customer managed keys of tables, without duplicates. A table that AWS's own key
 * encrypts has no such key.
 */
export function keysOf(tables: readonly ITable[]): IKey[] {
  return [...new Set(tables.flatMap(({ encryptionKey }) => encryptionKey ?? []))];
}

function checkCount(scope: IConstruct, prop: string, count: number, min: number): void {
  const max = DYNAMODB.MAX_ATTRIBUTES_PER_INDEX_KEY;
  if (count < min || count > max) throw invalid(scope, prop, `must be ${min} to ${max} attributes, got ${count}`);
}

function checkAttribute(scope: IConstruct, prop: string, { name, type }: Attribute, types: Map<string, string>): void {
  requireLiteral(scope, `${prop} name`, name, 'the shard map states key names');
  if (typeof name !== 'string' || name === '' || Buffer.byteLength(name) > DYNAMODB.MAX_KEY_NAME_BYTES) {
    throw invalid(scope, prop, `must have a name of 1 to ${DYNAMODB.MAX_KEY_NAME_BYTES} bytes, got ${shown(name)}`);
  }
  checkReserved(scope, prop, name);
  requireLiteral(scope, `${prop} type`, type, 'keys are compared at synth');
  requireEnum(scope, `${prop} type`, type, 'AttributeType', AttributeType);
  const known = types.get(name);
  if (known !== undefined && known !== type) {
    throw invalid(
      scope,
      prop,
      `must have the same type in all keys, got '${name}' as ${type} here and as ${known} in another key`,
    );
  }
  types.set(name, type);
}

function checkReserved(scope: IConstruct, prop: string, name: string): void {
  if (name.startsWith(RESERVED_PREFIX)) {
    throw invalid(
      scope,
      prop,
      `must not start with '${RESERVED_PREFIX}', which marks the library's own attributes, got '${name}'`,
    );
  }
}
