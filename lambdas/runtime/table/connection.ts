import { randomUUID } from 'node:crypto';
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  type Backoff,
  backoffMs,
  Environment,
  MAP_TABLE_KEY,
  type OpenShardMap,
  openShardMap,
  type ShardMap,
} from '../../../lib/protocol';
import { dynamoSettings } from '../client-settings';
import { currentInvocation } from '../invocation';
import { lazily } from '../lazily';
import { isNamed, TableNotMapped, TableOverloaded, TargetUnknown, UsageError } from './errors';
import { JointReads } from './joint-reads';
import { MapCache } from './map-cache';
import { toNumber } from './numbers';
import { passing } from './overload';
import { type RequestOptions, takeRequestOptions, withRequestOptions } from './request-options';
import type { CallOptions, Item } from './types';

type DynamoModule = typeof import('./sdk');
type AttributeMap = Record<string, AttributeValue>;

/** Number of attempts of a throttled call, and bounds of the waits between them. */
export interface RetryPolicy extends Partial<Backoff> {
  /** Total number of attempts. @default 8 */
  readonly attempts?: number;
  /**
   * Upper bound of the first wait, in milliseconds. The bound doubles with each attempt. @default
   * 25
   */
  readonly baseMs?: number;
  /** Upper bound of every wait in milliseconds. @default 1000 */
  readonly capMs?: number;
}

export interface ConnectionOptions {
  /** Name of the map table. @default BREAKWATER_MAP_TABLE */
  readonly mapTable?: string;
  /** Milliseconds for which a shard map is cached. @default 30000 */
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

/** One call to DynamoDB. */
export interface Call<R> extends CallOptions {
  /** Name of the sharded table, for errors. */
  readonly table: string;
  /** Whether the call writes. */
  readonly isWrite: boolean;
  /** Whether the call reads or writes many items, so that it needs a longer timeout. */
  readonly isLong?: boolean;
  readonly send: () => Promise<R>;
}

/** Timeout of an attempt with up to 16 MB of items, in milliseconds. */
const LONG_ATTEMPT_MS = 3_000;
/** Maximum number of attempts within one call of the SDK. */
const SDK_ATTEMPTS = 3;

/** One client and one cache of shard maps, shared by all tables of a process. */
export class Connection {
  readonly now: () => number;
  readonly newId: () => string;
  readonly retry: Required<RetryPolicy>;
  /**
   * Loads the SDK at the first call, because loading it at the start would make each cold start
   * longer.
   */
  readonly load: () => Promise<Loaded>;
  readonly jointReads = new JointReads(this);
  private readonly sleep: (ms: number) => Promise<void>;
  private readonly random: () => number;
  private readonly maps: MapCache;

  constructor(
    private readonly options: ConnectionOptions = {},
    dependencies: Partial<ConnectionDependencies> = {},
  ) {
    this.now = dependencies.now ?? Date.now;
    this.newId = dependencies.newId ?? randomUUID;
    this.load = lazily(() => loadSdk(dependencies.client));
    this.retry = { attempts: 8, baseMs: 25, capMs: 1_000, ...options.retry };
    this.sleep = dependencies.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
    this.random = dependencies.random ?? Math.random;
    this.maps = new MapCache((table) => this.readMap(table), options.mapTtlMs ?? 30_000, {
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
   * Runs a call with the current shard maps. Reads the maps again and retries once in two cases: a
   * shard no longer exists and the map has a newer epoch, or the map doesn't contain the target of
   * a message.
   */
  async withShardMaps<const Names extends readonly string[], R>(
    tables: Names,
    call: (maps: MapsOf<Names>, loaded: Loaded) => Promise<R>,
  ): Promise<R> {
    const maps = await this.readMaps(tables);
    const loaded = await this.load();
    try {
      return await call(maps, loaded);
    } catch (error) {
      const isTargetUnknown = error instanceof TargetUnknown;
      if (!isTargetUnknown && !isNamed(error, 'ResourceNotFoundException')) throw error;
      for (const table of tables) this.forget(table);
      const newer = await this.readMaps(tables);
      // A deployment may have added the target, and a change of targets doesn't increase the epoch.
      if (!isTargetUnknown && newer.every((map, i) => map.epoch === maps[i]?.epoch)) throw error;
      return call(newer, loaded);
    }
  }

  /**
   * Sends a call to DynamoDB, and retries it while it is throttled. The call ends before the
   * invocation's time is over, or when `signal` aborts.
   *
   * @throws TableOverloaded if DynamoDB throttles all attempts, or doesn't answer in time
   */
  async send<R>({ table, isWrite, isLong, signal, send }: Call<R>): Promise<R> {
    let mayBeDone = false;
    const options: RequestOptions = {
      ...(signal === undefined ? {} : { abortSignal: signal }),
      ...(isLong ? { attemptMs: LONG_ATTEMPT_MS } : {}),
      ...(isWrite ? { onUnanswered: () => (mayBeDone = true) } : {}),
    };
    const hasOptions = Object.keys(options).length > 0;
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      try {
        return await (hasOptions ? withRequestOptions(options, send) : send());
      } catch (error) {
        signal?.throwIfAborted();
        const failure = passing(error);
        if (failure === undefined) throw error;
        const { code, throttled } = failure;
        if (throttled && (await this.waitAfter(attempt))) continue;
        throw new TableOverloaded(table, code, mayBeDone || (isWrite && !throttled), { cause: error });
      }
    }
  }

  /**
   * Waits before the attempt that follows attempt number `attempt`.
   * @returns false immediately if it was the last attempt, or if no time is left for another
   * attempt
   */
  async waitAfter(attempt: number): Promise<boolean> {
    if (attempt >= this.retry.attempts) return false;
    const ms = backoffMs(attempt, this.retry, this.random);
    const left = currentInvocation()?.remainingMs();
    if (left !== undefined && left <= ms) return false;
    await this.sleep(ms);
    return true;
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
      maxAttempts: SDK_ATTEMPTS,
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
