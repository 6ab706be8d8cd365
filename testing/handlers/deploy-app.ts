import { shardMapResource } from '../../lambdas/system/shard-map/resource';
import type { ShardMap, StreamEntry } from '../../lib/protocol';
import type { MemoryAws } from '../aws/memory-aws';
import { MemoryQueue } from '../aws/memory-queue';
import { schemaOf } from '../dynamodb/memory-dynamodb';
import type { DeployedApp, Resource } from '../template/deployed-app';
import { MemoryMaps } from './memory-maps';

/** Id of the construct with a stack's map table. */
const MAP_TABLE = 'BreakwaterMapTable';
/** Receives of a queue without a redrive policy. */
const WITHOUT_LIMIT = Number.POSITIVE_INFINITY;

/** The sharded tables of an app, as its deployment writes them into map tables. */
export interface DeployedTables {
  /** Maps by the path of the `ShardedTable`. */
  readonly maps: ReadonlyMap<string, ShardMap>;
  /** Names of the map tables. */
  readonly mapTables: readonly string[];
  /** Targets of each physical table, by `streamKey`. */
  readonly entries: ReadonlyMap<string, StreamEntry>;
}

/**
 * Makes the tables, queues and buckets of an app in memory, and writes the maps of its sharded
 * tables.
 */
export async function deployApp(app: DeployedApp, aws: MemoryAws): Promise<DeployedTables> {
  for (const { name, arn, properties } of app.resources('AWS::DynamoDB::Table')) {
    aws.database.createTable(name, schemaOf(properties));
    aws.tableArns.set(name, arn);
  }
  for (const queue of app.resources('AWS::SQS::Queue')) aws.queues.set(queue.url, queueOf(queue));
  for (const { name } of app.resources('AWS::S3::Bucket')) aws.buckets.set(name, new Map());

  const maps = new Map<string, ShardMap>();
  const mapTables = new Set<string>();
  const entries = new Map<string, StreamEntry>();
  for (const { path, stack, properties } of app.resources('Custom::BreakwaterShardMap')) {
    const [mapTable] = app.resources('AWS::DynamoDB::Table', `${stack}/${MAP_TABLE}`);
    if (mapTable === undefined) throw new Error(`stack ${stack} must have a map table, got none`);
    mapTables.add(mapTable.name);
    const store = new MemoryMaps(aws.database.table(mapTable.name));
    await shardMapResource(store).create({ ...properties });
    for (const map of store.maps.values()) maps.set(path.replace(/\/Map\/.*$/, ''), map);
    for (const [key, entry] of store.entries) entries.set(key, entry);
  }
  return { maps, mapTables: [...mapTables], entries };
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
