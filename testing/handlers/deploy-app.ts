import { shardMapResource } from '../../lambdas/system/shard-map/resource';
import { Environment, type ShardMap, type StreamEntry, streamKey } from '../../lib/protocol';
import { MemoryBucket } from '../aws/answer-s3';
import type { MemoryAws } from '../aws/memory-aws';
import { MemoryQueue } from '../aws/memory-queue';
import { schemaOf } from '../dynamodb/memory-dynamodb';
import type { DeployedApp, Resource } from '../template/deployed-app';
import { MemoryMaps } from './memory-maps';

/** End of the construct path of a function that writes shard maps. */
const WRITER = '/BreakwaterMapTable/Writer/Function/Resource';
/** End of the construct path of a quarantine table. */
const QUARANTINE = /\/BreakwaterQuarantine\/Table\/Resource$/;
/** Types of the custom resources that state the targets of DynamoDB tables, with their queues. */
const WITH_TARGETS = ['Custom::BreakwaterShardMap', 'Custom::BreakwaterStreamEntries'];
/** Maximum number of deliveries if a queue has no redrive policy. */
const WITHOUT_LIMIT = Number.POSITIVE_INFINITY;

/** The sharded tables of an app, with the data that a deployment writes into map tables. */
export interface DeployedTables {
  /** Maps by the path of the `ShardedTable`. */
  readonly maps: ReadonlyMap<string, ShardMap>;
  /** Names of the map tables. */
  readonly mapTables: readonly string[];
  /** Names of the quarantine tables. */
  readonly quarantines: readonly string[];
  /** Targets of each DynamoDB table, by `streamKey`. */
  readonly entries: ReadonlyMap<string, StreamEntry>;
}

/**
 * Makes the tables, queues and buckets of an app in memory, and writes the maps of its sharded
 * tables.
 */
export async function deployApp(app: DeployedApp, aws: MemoryAws): Promise<DeployedTables> {
  const quarantines: string[] = [];
  for (const { name, arn, path, properties } of app.resources('AWS::DynamoDB::Table')) {
    if (QUARANTINE.test(path)) quarantines.push(name);
    aws.database.createTable(name, schemaOf(properties));
    aws.tableArns.set(name, arn);
  }
  for (const queue of app.resources('AWS::SQS::Queue')) aws.queues.set(queue.url, queueOf(queue));
  for (const { name } of app.resources('AWS::S3::Bucket')) aws.buckets.set(name, new MemoryBucket());

  const maps = new Map<string, ShardMap>();
  const mapTables = new Set<string>();
  for (const { path, properties } of app.resources('Custom::BreakwaterShardMap')) {
    const mapTable = mapTableOf(app, String(properties['ServiceToken']));
    mapTables.add(mapTable);
    const store = new MemoryMaps(aws.database.table(mapTable));
    await shardMapResource(store).create({ ...properties });
    for (const { table, shards } of store.maps.values()) {
      for (const shard of shards) aws.shardedNames.set(shard, table);
    }
    for (const map of store.maps.values()) maps.set(path.replace(/\/Map\/.*$/, ''), map);
  }
  return { maps, mapTables: [...mapTables], quarantines, entries: entriesOf(app) };
}

/**
 * Returns the targets of each DynamoDB table. Here, one relay sends to all targets. On AWS, each
 * stack with targets has its own relay.
 */
function entriesOf(app: DeployedApp): Map<string, StreamEntry> {
  const entries = new Map<string, StreamEntry>();
  for (const { properties } of WITH_TARGETS.flatMap((type) => app.resources(type))) {
    const { Table, Shards, Targets = [] } = properties as unknown as PublishingProperties;
    const addresses = Targets.flatMap(({ Name, Url, Fifo }) =>
      Url === undefined ? [] : [[Name, { url: Url, fifo: Fifo === 'true' }] as const],
    );
    for (const shard of Shards) {
      const table = streamKey(shard);
      const targets = { ...entries.get(table)?.targets, ...Object.fromEntries(addresses) };
      entries.set(table, { table, owner: Table, targets });
    }
  }
  return entries;
}

interface PublishingProperties {
  readonly Table: string;
  readonly Shards: readonly string[];
  readonly Targets?: readonly { readonly Name: string; readonly Url?: string; readonly Fifo: string }[];
}

/** Returns the name of the map table to which a function writes. `writer` is the function's ARN. */
function mapTableOf(app: DeployedApp, writer: string): string {
  for (const path of app.pathsWith(Environment.MAP_TABLE)) {
    if (!path.endsWith(WRITER)) continue;
    const { name, environment } = app.function(path, Environment.MAP_TABLE, 'writer of maps');
    if (writer.endsWith(`:${name}`)) return environment[Environment.MAP_TABLE] ?? '';
  }
  throw new Error(`a stack must have the writer of its shard maps, got none for ${writer}`);
}

function queueOf({ name, url, arn, properties }: Resource): MemoryQueue {
  const redrive = properties['RedrivePolicy'] as { readonly maxReceiveCount?: number } | undefined;
  return new MemoryQueue({
    name,
    url,
    arn,
    fifo: properties['FifoQueue'] === true,
    maxReceiveCount: Number(redrive?.maxReceiveCount ?? WITHOUT_LIMIT),
  });
}
