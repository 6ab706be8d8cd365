import type { DynamoDBClient, ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-dynamodb';
import { Connection, table, transact } from '../../lambdas/runtime';
import { DynamoStub } from './dynamodb-stub';

const HOUR = 3_600_000;
const KEY = { sku: 'x' };
const STOCK = { partitionKey: 'sku' };

let stub: DynamoStub;
let client: DynamoDBClient;
let clock: number;
let connection: Connection;
const stock = () => table('Stock', { connection });
const mapReads = () => stub.calls.filter(({ input }) => input['TableName'] === 'map').length;
const sends = () => stub.calls.filter(({ input }) => input['TableName'] !== 'map').length;

beforeEach(async () => {
  stub = await DynamoStub.start();
  stub.createSharded('Stock', STOCK, 2);
  client = stub.clientTrying(3);
  clock = 1_000_000_000_000;
  connect();
});
afterEach(() => stub.stop());

function connect(mapTtlMs?: number): void {
  connection = new Connection(
    { mapTable: 'map', ...(mapTtlMs === undefined ? {} : { mapTtlMs }) },
    { client, now: () => clock, monotonic: () => 0, sleep: async () => undefined },
  );
}

/** A step of the SDK that gets a signed request. */
type FinalizeHandler = (args: {
  input: ServiceInputTypes;
  request: unknown;
}) => Promise<{ output: ServiceOutputTypes; response: unknown }>;

/** Freezes the function for a time, once, after the next request to a shard was signed. */
function freezeAfterSigning(ms: number): { readonly wasSigned: () => boolean } {
  let signed = false;
  client.middlewareStack.addRelativeTo(
    (next: FinalizeHandler) => (args: Parameters<FinalizeHandler>[0]) => {
      const { headers, body } = args.request as { headers: Record<string, string>; body: Uint8Array };
      if (!signed && !new TextDecoder().decode(body).includes('"map"')) {
        signed = headers['authorization'] !== undefined;
        clock += ms;
      }
      return next(args);
    },
    { name: 'freeze', relation: 'after', toMiddleware: 'httpSigningMiddleware', override: true },
  );
  return { wasSigned: () => signed };
}

const CALLS: [string, () => Promise<unknown>][] = [
  ['get', () => stock().get(KEY)],
  ['put', () => stock().put(KEY)],
  ['update', () => stock().update(KEY, { set: { n: 1 } }, { upsert: true })],
  ['delete', () => stock().delete(KEY)],
  ['query', () => stock().query(KEY)],
  ['scatter', () => stock().scatter({ parallelism: 1, limit: 1 })],
  ['batchGet', () => stock().batchGet([KEY])],
  ['batchWrite', () => stock().batchWrite([{ put: KEY }])],
  ['transact', () => transact([{ in: stock(), put: KEY }])],
];

describe('a request that was signed before the lease ended', () => {
  test.each(CALLS)('is not sent by %s after the lease, but once under a new map', async (_, call) => {
    const { wasSigned } = freezeAfterSigning(HOUR);
    await call();
    expect(wasSigned()).toBe(true);
    expect([sends(), mapReads()]).toEqual([1, 2]);
  });

  test('is sent until the lease ends', async () => {
    freezeAfterSigning(29_999);
    await stock().get(KEY);
    expect([sends(), mapReads()]).toEqual([1, 1]);
  });

  test('goes to the shard of the new map', async () => {
    freezeAfterSigning(HOUR);
    const before = connection.map('Stock');
    await before;
    stub.createSharded('Other', STOCK, 2);
    const map = stub.items('map').find((item) => item['table']?.S === 'Other')!;
    stub.putRaw('map', { ...map, table: { S: 'Stock' }, epoch: { N: '2' } });
    await stock().put(KEY);
    expect(['Stock-0', 'Stock-1'].flatMap((name) => stub.items(name))).toEqual([]);
    expect(['Other-0', 'Other-1'].flatMap((name) => stub.items(name))).toHaveLength(1);
  });
});

test('the retry of a lost answer takes the map anew, hours later (R8)', async () => {
  let puts = 0;
  stub.intervene = ({ operation }) => {
    if (operation === 'PutItem' && ++puts === 1) {
      clock += 3 * HOUR;
      stub.loseAnswers = 1;
    }
    return undefined;
  };
  await stock().put(KEY);
  expect([puts, mapReads()]).toEqual([2, 2]);
});

test('each request of a long batch has a map whose lease lasts (R2)', async () => {
  let rounds = 0;
  stub.intervene = ({ operation, input }) => {
    if (operation !== 'BatchWriteItem') return undefined;
    clock += 20_000;
    return ++rounds < 6 ? { UnprocessedItems: input['RequestItems'] } : undefined;
  };
  await stock().batchWrite([{ put: KEY }]);
  expect([rounds, mapReads()]).toEqual([6, 3]);
});

test('a batch distributes the items that are not done to the shards of a new map', async () => {
  stub.createSharded('Other', STOCK, 2);
  const map = stub.items('map').find((item) => item['table']?.S === 'Other')!;
  let rounds = 0;
  stub.intervene = ({ operation, input }) => {
    if (operation !== 'BatchWriteItem' || ++rounds > 2) return undefined;
    clock += HOUR;
    stub.putRaw('map', { ...map, table: { S: 'Stock' }, epoch: { N: '2' } });
    return { UnprocessedItems: input['RequestItems'] };
  };
  const writes = Array.from({ length: 20 }, (_, i) => ({ put: { sku: `s${i}` } }));
  await stock().batchWrite(writes);
  expect(['Other-0', 'Other-1'].flatMap((name) => stub.items(name))).toHaveLength(20);
});

describe('the length of the lease', () => {
  test.each([
    ['is 30 seconds if the map states none', undefined, undefined, 30_000],
    ['comes from the map', 5_000, undefined, 5_000],
    ['is shortened by mapTtlMs', 5_000, 1_000, 1_000],
    ['is not extended by mapTtlMs', 5_000, 60_000, 5_000],
  ])('%s', async (_, leaseMs, mapTtlMs, expected) => {
    stub.createSharded('Stock', STOCK, 2, leaseMs === undefined ? {} : { leaseMs });
    connect(mapTtlMs);
    await stock().get(KEY);
    clock += expected - 1;
    await stock().get(KEY);
    expect(mapReads()).toBe(1);
    clock += 1;
    await stock().get(KEY);
    expect(mapReads()).toBe(2);
  });

  test.each([0, -1, Number.NaN])('can not be %p', (mapTtlMs) => {
    expect(() => new Connection({ mapTtlMs })).toThrow(`mapTtlMs must be a number greater than 0, got ${mapTtlMs}`);
  });
});

test('a lease that is always over before a request ends as overload, and nothing is sent', async () => {
  stub.intervene = ({ input }) => {
    if (input['TableName'] === 'map') clock += HOUR;
    return undefined;
  };
  await expect(stock().put(KEY)).rejects.toMatchObject({ name: 'TableOverloaded', code: 'TooLate', mayBeDone: false });
  expect(sends()).toBe(0);
});
