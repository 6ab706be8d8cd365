import { Token } from 'aws-cdk-lib';
import type { Attribute } from 'aws-cdk-lib/aws-dynamodb';
import type { IConstruct } from 'constructs';
import { DYNAMODB } from '../limits';
import { RESERVED_PREFIX } from '../protocol';
import { invalid, requireInteger, requireLiteral, requireName } from '../validation';
import type { ShardedTableProps } from './sharded-table-props';

/**
 * What fits: rights on twice as many tables and their indexes would take more than the 10 managed policies of a role, and tables with a
 * mapping each for the relay more than the 500 resources of a stack. A power of two, so that slots are spread evenly.
 */
const MAX_SHARDS = 128;

/** Fails where the props of a sharded table can't be, before a single resource is made. */
export function checkTable(scope: IConstruct, tableName: string, props: ShardedTableProps): void {
  requireInteger(scope, 'shards', props.shards, 1, MAX_SHARDS);
  requireName(scope, 'tableName', tableName, /^[A-Za-z0-9_.-]{1,255}$/, "1 to 255 letters, digits and '-._'");

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
      `must be at most ${DYNAMODB.MAX_INDEXES_PER_TABLE}, got ${indexes.length}`,
    );
  }
  const names = new Set<string>();
  for (const [i, index] of indexes.entries()) {
    const prop = `globalSecondaryIndexes[${i}]`;
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
    checkCount(scope, `${prop}.partitionKeys`, index.partitionKeys.length, 1);
    checkCount(scope, `${prop}.sortKeys`, sortKeys.length, 0);
    const keys = [...index.partitionKeys, ...sortKeys];
    for (const key of keys) checkAttribute(scope, prop, key, types);
    const twice = keys.find(({ name }, at) => keys.findIndex((other) => other.name === name) !== at);
    if (twice !== undefined) throw invalid(scope, prop, `must name each key attribute once, got '${twice.name}' twice`);
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

function checkCount(scope: IConstruct, prop: string, count: number, least: number): void {
  const most = DYNAMODB.MAX_ATTRIBUTES_PER_INDEX_KEY;
  if (count < least || count > most) throw invalid(scope, prop, `must be ${least} to ${most} attributes, got ${count}`);
}

function checkAttribute(scope: IConstruct, prop: string, { name, type }: Attribute, types: Map<string, string>): void {
  requireLiteral(scope, `${prop} name`, name, 'the shard map states key names');
  if (name === '' || Buffer.byteLength(name) > DYNAMODB.MAX_KEY_NAME_BYTES) {
    throw invalid(scope, prop, `must have a name of 1 to ${DYNAMODB.MAX_KEY_NAME_BYTES} bytes, got '${name}'`);
  }
  checkReserved(scope, prop, name);
  if (Token.isUnresolved(type)) throw invalid(scope, prop, 'must have a literal type, got a token');
  const known = types.get(name);
  if (known !== undefined && known !== type) {
    throw invalid(scope, prop, `must agree with the other keys, got '${name}' as ${type} here and as ${known} there`);
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
