import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { initialSlots, SLOT_COUNT, slotOf } from '../../lib/protocol';
import { MemoryServer } from '../../testing/aws/memory-server';
import { DynamoDbError } from '../../testing/dynamodb/attributes';
import { MemoryDynamoDb } from '../../testing/dynamodb/memory-dynamodb';
import type { TableSchema } from '../../testing/dynamodb/memory-table';
import { answerDynamoDb } from '../../testing/dynamodb/wire';

export { DynamoDbError };

/** An input of writes with the IDs of the writes in place of the stamps, which differ in each attempt. */
export function withoutStamps(input: unknown): unknown {
  return JSON.parse(JSON.stringify(input).replaceAll(/\d{13}-([^."]+)\.\d+/g, '$1'));
}

/** A partition key that lies in a shard of an even map. */
export function customerOfShard(shard: number, shards: number): string {
  for (let i = 0; ; i++) if (Math.floor((slotOf(`c${i}`) * shards) / SLOT_COUNT) === shard) return `c${i}`;
}

/** The memory tables behind a real socket, with clients and sharded tables for tests of the runtime itself. */
export class DynamoStub extends MemoryDynamoDb {
  static async start(): Promise<DynamoStub> {
    const stub = new DynamoStub();
    stub.server = await MemoryServer.start((request) => answerDynamoDb(stub, request));
    return stub;
  }

  private server: MemoryServer | undefined;
  private readonly clients = new Map<number, DynamoDBClient>();

  get client(): DynamoDBClient {
    return this.clientTrying(3);
  }

  /** A client that makes so many attempts. */
  clientTrying(maxAttempts: number): DynamoDBClient {
    const client =
      this.clients.get(maxAttempts) ??
      new DynamoDBClient({
        endpoint: this.server!.endpoint,
        region: 'us-east-1',
        credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
        maxAttempts,
        cacheMiddleware: true,
      });
    this.clients.set(maxAttempts, client);
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.clients.values()) client.destroy();
    await this.server!.close();
  }

  /** Physical tables `<name>-0`... and the map's entry. */
  createSharded(
    name: string,
    schema: TableSchema,
    shards: number,
    more: {
      readonly epoch?: number;
      readonly format?: number;
      readonly leaseMs?: number;
      readonly readEpoch?: number;
      readonly timeToLive?: string;
    } = {},
  ): void {
    const known = (table: string) => this.tableNames.includes(table);
    if (!known('map')) this.createTable('map', { partitionKey: 'table' });
    const names = Array.from({ length: shards }, (_, i) => `${name}-${i}`);
    for (const shard of names) if (!known(shard)) this.createTable(shard, schema);
    this.putRaw('map', {
      table: { S: name },
      epoch: { N: String(more.epoch ?? 1) },
      ...(more.format === undefined ? {} : { format: { N: String(more.format) } }),
      ...(more.leaseMs === undefined ? {} : { leaseMs: { N: String(more.leaseMs) } }),
      ...(more.readEpoch === undefined ? {} : { readEpoch: { N: String(more.readEpoch) } }),
      shards: { L: names.map((shard) => ({ S: shard })) },
      slots: { S: initialSlots(shards) },
      partitionKey: { S: schema.partitionKey },
      ...(schema.sortKey === undefined ? {} : { sortKey: { S: schema.sortKey } }),
      ...(more.timeToLive === undefined ? {} : { timeToLive: { S: more.timeToLive } }),
    });
  }
}
