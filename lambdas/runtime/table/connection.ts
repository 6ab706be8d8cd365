import { randomUUID } from 'node:crypto';
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Environment, MAP_TABLE_KEY, type OpenShardMap, openShardMap, type ShardMap } from '../../../lib/protocol';
import { dynamoSettings } from '../client-settings';
import { lazily } from '../lazily';
import { Attempts, type Call, type RetryPolicy } from './attempts';
import { isNamed, TableNotMapped, TargetUnknown, UsageError } from './errors';
import { JointReads } from './joint-reads';
import { MapCache } from './map-cache';
import { toNumber } from './numbers';
import { takeRequestOptions } from './request-options';
import type { Item } from './types';

type DynamoModule = typeof import('./sdk');
type AttributeMap = Record<string, AttributeValue>;

export interface ConnectionOptions {
  /** Name of the map table. @default BREAKWATER_MAP_TABLE */
  readonly mapTable?: string;
  /**
   * Maximum number of milliseconds for which a shard map is cached. It can only shorten the map's
   * own lease. @default the lease of the map, 30000
   */
  readonly mapTtlMs?: number;
  readonly retry?: RetryPolicy;
}

/** Dependencies with time, randomness or network. Tests replace them. */
export interface ConnectionDependencies {
  /** @default a client for the function's Region, made when it is first needed */
  readonly client: DynamoDBClient;
  /** Milliseconds since 1970. @default Date.now */
  readonly now: () => number;
  /** Milliseconds of a monotonic clock. @default performance.now */
  readonly monotonic: () => number;
  /** Waits for a number of milliseconds. @default setTimeout */
  readonly sleep: (ms: number) => Promise<void>;
  /** A number in [0, 1). @default Math.random */
  readonly random: () => number;
  /** Makes a unique string. @default randomUUID */
  readonly newId: () => string;
}

/** The loaded SDK with its client. */
export interface Loaded {
  readonly client: DynamoDBClient;
  readonly sdk: DynamoModule;
  readonly marshall: (item: Item) => AttributeMap;
  readonly unmarshall: (item: AttributeMap) => Item;
}

/** Shard maps, in the order of the table names. */
type MapsOf<Names extends readonly string[]> = { readonly [I in keyof Names]: OpenShardMap };

/** One client and one cache of shard maps, shared by all tables of a process. */
export class Connection {
  readonly now: () => number;
  readonly newId: () => string;
  readonly attempts: Attempts;
  /**
   * Loads the SDK at the first call, because loading it at the start would make each cold start
   * longer.
   */
  readonly load: () => Promise<Loaded>;
  readonly jointReads = new JointReads(this);
  private readonly maps: MapCache;

  constructor(
    private readonly options: ConnectionOptions = {},
    dependencies: Partial<ConnectionDependencies> = {},
  ) {
    this.now = dependencies.now ?? Date.now;
    this.newId = dependencies.newId ?? randomUUID;
    this.load = lazily(() => loadSdk(dependencies.client));
    this.attempts = new Attempts(options.retry, {
      now: this.now,
      sleep: dependencies.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms))),
      random: dependencies.random ?? Math.random,
    });
    const { mapTtlMs = Number.POSITIVE_INFINITY } = options;
    if (!(mapTtlMs > 0)) throw new UsageError(`mapTtlMs must be a number greater than 0, got ${mapTtlMs}`);
    this.maps = new MapCache((table) => this.readMap(table), mapTtlMs, {
      wall: this.now,
      monotonic: dependencies.monotonic ?? (() => performance.now()),
    });
  }

  /** The shard map of a table. */
  map(table: string): Promise<OpenShardMap> {
    return this.maps.get(table);
  }

  /** Removes a table's map from the cache, so that the next call reads it. */
  forget(table: string): void {
    this.maps.forget(table);
  }

  /**
   * Runs a call with the current shard maps. Each attempt takes the maps anew, because a throttled
   * call may outlive them. The maps are read again in two cases: a shard no longer exists and the
   * map has a newer epoch, or the map doesn't contain the target of a message.
   *
   * @param request plans one request under the maps, and sends it
   * @throws TableOverloaded if DynamoDB throttles all attempts, or doesn't answer in time
   */
  async withShardMaps<const Names extends readonly string[], R>(
    tables: Names,
    call: Omit<Call, 'table'>,
    request: (maps: MapsOf<Names>, loaded: Loaded) => Promise<R>,
  ): Promise<R> {
    const renewal = new MapRenewal(this, tables);
    const table = [...new Set(tables)].join(', ');
    for (;;) {
      let maps: MapsOf<Names> | undefined;
      try {
        return await this.attempts.run({ ...call, table }, async (send) => {
          maps = await this.readMaps(tables);
          const [current, loaded] = [maps, await this.load()];
          const isLeased = () => current.every((map) => this.maps.isLeased(map));
          return send(() => request(current, loaded), isLeased);
        });
      } catch (error) {
        if (maps === undefined || !(await renewal.isWorthwhile(error, maps))) throw error;
      }
    }
  }

  /**
   * Sends a request to DynamoDB, and repeats it while DynamoDB throttles it. The call ends before
   * the invocation's time is over, or when `signal` aborts.
   *
   * @param request sends one request
   * @throws TableOverloaded if DynamoDB throttles all attempts, or doesn't answer in time
   */
  send<R>({ send: request, ...call }: Call & { readonly send: () => Promise<R> }): Promise<R> {
    return this.attempts.run(call, (send) => send(request));
  }

  private async readMaps<Names extends readonly string[]>(tables: Names): Promise<MapsOf<Names>> {
    return (await Promise.all(tables.map((table) => this.map(table)))) as readonly OpenShardMap[] as MapsOf<Names>;
  }

  private async readMap(table: string): Promise<OpenShardMap> {
    const mapTable = this.options.mapTable ?? process.env[Environment.MAP_TABLE];
    if (!mapTable) {
      throw new UsageError(
        `${Environment.MAP_TABLE} must be set, got nothing: grant the function access to '${table}' (grantReadData, grantWriteData)`,
      );
    }
    const { client, sdk, marshall, unmarshall } = await this.load();
    const command = new sdk.GetItemCommand({
      TableName: mapTable,
      Key: marshall({ [MAP_TABLE_KEY]: table }),
      ConsistentRead: true,
    });
    const answer = await this.send({
      table: mapTable,
      isWrite: false,
      send: () => client.send(command),
    });
    if (answer.Item === undefined) throw new TableNotMapped(table, mapTable);
    return openShardMap(unmarshall(answer.Item) as unknown as ShardMap);
  }
}

/** Decides whether a call that failed is repeated once under newer maps. */
class MapRenewal {
  private renewed = false;

  constructor(
    private readonly connection: Connection,
    private readonly tables: readonly string[],
  ) {}

  async isWorthwhile(error: unknown, maps: readonly OpenShardMap[]): Promise<boolean> {
    const isTargetUnknown = error instanceof TargetUnknown;
    if (this.renewed || !(isTargetUnknown || isNamed(error, 'ResourceNotFoundException'))) return false;
    this.renewed = true;
    for (const table of this.tables) this.connection.forget(table);
    // A deployment may have added the target, and a change of targets doesn't increase the epoch.
    if (isTargetUnknown) return true;
    const newer = await Promise.all(this.tables.map((table) => this.connection.map(table)));
    return newer.some((map, i) => map.epoch !== maps[i]?.epoch);
  }
}

let shared: Connection | undefined;

/** The connection that all tables of this process share. */
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
      maxAttempts: 1,
      // The SDK's middleware stack is the same for all calls of a command, so it is built once.
      cacheMiddleware: true,
    });
  takeRequestOptions(client);
  return {
    client,
    sdk,
    marshall: (item) => sdk.marshall(item, { removeUndefinedValues: true }) as AttributeMap,
    unmarshall: (item) => sdk.unmarshall(item, { wrapNumbers: (text) => toNumber(text, sdk.NumberValueImpl) }),
  };
}
