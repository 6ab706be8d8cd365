import { randomUUID } from 'node:crypto';
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  backoffMs,
  Environment,
  MAP_TABLE_KEY,
  type OpenShardMap,
  openShardMap,
  type ShardMap,
} from '../../../lib/protocol';
import { dynamoSettings } from '../client-settings';
import { lazily } from '../lazily';
import { isNamed, TableNotMapped, UsageError } from './errors';
import { MapCache } from './map-cache';
import type { Item } from './types';

type DynamoModule = typeof import('./sdk');
type AttributeMap = Record<string, AttributeValue>;

/** How long, how often and how patiently what DynamoDB puts off is tried again. */
export interface RetryPolicy {
  /** Tries in all. @default 8 */
  readonly attempts?: number;
  /** Upper end of the first wait in milliseconds; it doubles each time. @default 25 */
  readonly baseMs?: number;
  /** Upper end of any wait in milliseconds. @default 1000 */
  readonly capMs?: number;
}

/** Where tables are, and whatever has time, randomness or network; functions need none of it. */
export interface ConnectionOptions {
  /** @default a client for the function's Region, made when it is first needed */
  readonly client?: DynamoDBClient;
  /** @default BREAKWATER_MAP_TABLE */
  readonly mapTable?: string;
  /** Milliseconds that a shard map is good for. @default 30000 */
  readonly mapTtlMs?: number;
  readonly retry?: RetryPolicy;
  /** @default Date.now */
  readonly now?: () => number;
  /** @default performance.now */
  readonly monotonic?: () => number;
  /** Waits in milliseconds. @default setTimeout */
  readonly sleep?: (ms: number) => Promise<void>;
  /** A number in [0, 1). @default Math.random */
  readonly random?: () => number;
  /** A string that was never used before. @default randomUUID */
  readonly newId?: () => string;
}

/** DynamoDB, loaded. */
export interface Loaded {
  readonly client: DynamoDBClient;
  readonly sdk: DynamoModule;
  readonly marshall: (item: Item) => AttributeMap;
  readonly unmarshall: (item: AttributeMap) => Item;
}

/** An attempt that takes longer has failed: what is applied late could meet a world that moved on. */
const ATTEMPT_MS = 3_000;
const CONNECT_MS = 1_000;
const ATTEMPTS = 3;

/** DynamoDB as the sharded tables of a stack use it: one client and one cache of shard maps, shared by all tables of a process. */
export class Connection {
  readonly now: () => number;
  readonly newId: () => string;
  readonly retry: Required<RetryPolicy>;
  /** Loads the SDK, the most of what a cold start would otherwise be. */
  readonly load: () => Promise<Loaded>;
  private readonly sleep: (ms: number) => Promise<void>;
  private readonly random: () => number;
  private readonly maps: MapCache;

  constructor(private readonly options: ConnectionOptions = {}) {
    this.now = options.now ?? Date.now;
    this.newId = options.newId ?? randomUUID;
    this.load = lazily(() => loadSdk(options.client));
    this.retry = { attempts: 8, baseMs: 25, capMs: 1_000, ...options.retry };
    this.sleep = options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
    this.random = options.random ?? Math.random;
    this.maps = new MapCache((table) => this.readMap(table), options.mapTtlMs ?? 30_000, {
      wall: this.now,
      monotonic: options.monotonic ?? (() => performance.now()),
    });
  }

  /** The shard map of a table. */
  map(table: string): Promise<OpenShardMap> {
    return this.maps.get(table);
  }

  /** The map that comes next is read anew. */
  forget(table: string): void {
    this.maps.forget(table);
  }

  /** Runs a call under the current maps; if a shard it names is gone, once more under newer ones, if there are any. */
  async underMaps<R>(
    tables: readonly string[],
    call: (maps: ReadonlyMap<string, OpenShardMap>, loaded: Loaded) => Promise<R>,
  ): Promise<R> {
    const maps = await this.readMaps(tables);
    const loaded = await this.load();
    try {
      return await call(maps, loaded);
    } catch (error) {
      if (!isNamed(error, 'ResourceNotFoundException')) throw error;
      for (const table of tables) this.forget(table);
      const newer = await this.readMaps(tables);
      if (tables.every((table) => newer.get(table)!.epoch === maps.get(table)!.epoch)) throw error;
      return call(newer, loaded);
    }
  }

  /** Waits after attempt number `attempt` has failed. */
  backOff(attempt: number): Promise<void> {
    return this.sleep(backoffMs(attempt, this.retry, this.random));
  }

  private async readMaps(tables: readonly string[]): Promise<Map<string, OpenShardMap>> {
    return new Map(await Promise.all(tables.map(async (table) => [table, await this.map(table)] as const)));
  }

  private async readMap(table: string): Promise<OpenShardMap> {
    const mapTable = this.options.mapTable ?? process.env[Environment.MAP_TABLE];
    if (!mapTable) {
      throw new UsageError(
        `${Environment.MAP_TABLE} is not set: grant the function access to '${table}' (grantReadData, grantWriteData)`,
      );
    }
    const { client, sdk, marshall, unmarshall } = await this.load();
    const answer = await client.send(
      new sdk.GetItemCommand({ TableName: mapTable, Key: marshall({ [MAP_TABLE_KEY]: table }), ConsistentRead: true }),
    );
    if (answer.Item === undefined) throw new TableNotMapped(table, mapTable);
    return openShardMap(unmarshall(answer.Item) as unknown as ShardMap);
  }
}

let shared: Connection | undefined;

/** The connection of this process. */
export function sharedConnection(): Connection {
  shared ??= new Connection();
  return shared;
}

async function loadSdk(given: DynamoDBClient | undefined): Promise<Loaded> {
  const sdk = await import('./sdk');
  const client =
    given ??
    new sdk.DynamoDBClient({
      ...dynamoSettings(),
      maxAttempts: ATTEMPTS,
      requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: ATTEMPT_MS, throwOnRequestTimeout: true },
    });
  return {
    client,
    sdk,
    marshall: (item) => sdk.marshall(item, { removeUndefinedValues: true }) as AttributeMap,
    unmarshall: (item) => sdk.unmarshall(item, { wrapNumbers: toNumber }),
  };
}

/** Whole numbers beyond what a number holds exactly come back as bigint. */
function toNumber(text: string): number | bigint {
  const value = Number(text);
  return Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(text) ? BigInt(text) : value;
}
