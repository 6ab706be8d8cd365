import {
  Connection,
  ifAbsent,
  ifEquals,
  ifPresent,
  type Operation,
  TableOverloaded,
  TransactionRefused,
  table,
  transact,
  UsageError,
} from '../../lambdas/runtime';
import { customerOfShard, DynamoDbError, DynamoStub, withoutStamps } from './dynamodb-stub';

let stub: DynamoStub;
let sleeps: number[];
let connection: Connection;

beforeEach(async () => {
  stub = await DynamoStub.start();
  stub.createSharded('Orders', { partitionKey: 'customerId', sortKey: 'orderId' }, 4);
  stub.createSharded('Stock', { partitionKey: 'sku' }, 2);
  sleeps = [];
  connection = new Connection(
    { mapTable: 'map', retry: { attempts: 3, baseMs: 10, capMs: 100 } },
    {
      client: stub.client,
      random: () => 1,
      sleep: async (ms) => {
        sleeps.push(ms);
      },
    },
  );
});
afterEach(() => stub.stop());

const orders = () => table('Orders', { connection });
const stock = () => table('Stock', { connection });
const order = { customerId: 'a', orderId: '1' };

test('all operations are done, over tables and shards, with their messages', async () => {
  await stock().batchWrite([{ put: { sku: 'x', n: 5 } }, { put: { sku: 'y' } }, { put: { sku: 'z', open: true } }]);
  await transact([
    {
      in: orders(),
      put: { ...order, net: '1.00' },
      condition: ifAbsent('orderId'),
      outbox: [{ to: 'Payments', body: 1 }],
    },
    { in: stock(), update: { sku: 'x' }, add: { n: -2 } },
    { in: stock(), delete: { sku: 'y' } },
    { in: stock(), check: { sku: 'z' }, condition: ifEquals({ open: true }) },
  ]);
  expect(await orders().get(order)).toEqual({ ...order, net: '1.00' });
  expect(await stock().batchGet([{ sku: 'x' }, { sku: 'y' }])).toEqual([{ sku: 'x', n: 3 }, undefined]);
  const stored = [0, 1, 2, 3].flatMap((i) => stub.items(`Orders-${i}`));
  expect(JSON.parse(String(stored[0]!['_outbox']!['S']))).toMatchObject([{ to: 'Payments', body: 1 }]);
});

test('a refused transaction writes nothing and says which operations were refused and why', async () => {
  await orders().put({ ...order, status: 'paid' });
  const error = await transact([
    { in: stock(), put: { sku: 'x' } },
    { in: orders(), put: order, condition: ifAbsent('orderId') },
    { in: stock(), update: { sku: 'gone' }, set: { n: 1 } },
  ]).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(TransactionRefused);
  expect((error as TransactionRefused).reasons).toMatchObject([
    { table: 'Orders', key: order, index: 1, reason: 'condition', current: { ...order, status: 'paid' } },
    { table: 'Stock', key: { sku: 'gone' }, index: 2, reason: 'condition' },
  ]);
  expect((error as TransactionRefused).reasons[0]!.current).not.toHaveProperty('_v');
  expect((error as Error).message).toBe(
    "transaction refused: operation 1 on 'Orders': condition; operation 2 on 'Stock': condition",
  );
  expect(await stock().get({ sku: 'x' })).toBeUndefined();
  expect(stub.count('TransactWriteItems')).toBe(1);
  expect(sleeps).toEqual([]);
});

test('a conflict is retried a bounded number of times', async () => {
  let conflicts = 2;
  stub.intervene = ({ operation }) => {
    if (operation !== 'TransactWriteItems' || conflicts-- <= 0) return undefined;
    throw new DynamoDbError('TransactionCanceledException', 'cancelled', {
      CancellationReasons: [{ Code: 'TransactionConflict' }],
    });
  };
  await transact([{ in: orders(), put: order }]);
  expect(sleeps).toEqual([10, 20]);
  conflicts = 99;
  await expect(transact([{ in: orders(), put: order }])).rejects.toMatchObject({
    reasons: [{ reason: 'conflict', key: order }],
  });
});

test('a transaction that is refused for a conflict and for throttling is retried, and then overloaded', async () => {
  const refusedFor = (...codes: string[]) => {
    stub.intervene = ({ operation }) => {
      if (operation !== 'TransactWriteItems') return undefined;
      throw new DynamoDbError('TransactionCanceledException', 'cancelled', {
        CancellationReasons: codes.map((Code) => ({ Code })),
      });
    };
    return transact([
      { in: orders(), put: order },
      { in: stock(), put: { sku: 'x' } },
    ]).catch((error: unknown) => error);
  };
  expect(await refusedFor('TransactionConflict', 'ThrottlingError')).toBeInstanceOf(TableOverloaded);
  expect(sleeps.length).toBeGreaterThan(1);
  expect(await refusedFor('ConditionalCheckFailed', 'ThrottlingError')).toBeInstanceOf(TransactionRefused);
});

test('after a lost answer the same token is sent again', async () => {
  await Promise.all([connection.map('Orders')]);
  stub.loseAnswers = 1;
  await transact([{ in: orders(), put: order }]);
  const tokens = stub.calls
    .filter((c) => c.operation === 'TransactWriteItems')
    .map((c) => c.input['ClientRequestToken']);
  expect(tokens).toHaveLength(2);
  expect(tokens[0]).toBe(tokens[1]);
});

describe('the token of a transaction', () => {
  const IN_PROGRESS = () => new DynamoDbError('TransactionInProgressException', 'in progress');
  const CONFLICT = () =>
    new DynamoDbError('TransactionCanceledException', 'cancelled', {
      CancellationReasons: [{ Code: 'TransactionConflict' }],
    });
  /** Answers transactions by these errors first, and does what the client asks after that. */
  const failing = (...errors: (() => DynamoDbError)[]) => {
    stub.intervene = ({ operation }) => {
      const error = operation === 'TransactWriteItems' ? errors.shift() : undefined;
      if (error !== undefined) throw error();
      return undefined;
    };
  };
  const tokens = () =>
    stub.calls.filter((c) => c.operation === 'TransactWriteItems').map((c) => c.input['ClientRequestToken']);

  beforeEach(() => {
    let id = 0;
    // The SDK's own tries are none of the library's: one each.
    connection = new Connection(
      { mapTable: 'map', retry: { attempts: 4 } },
      {
        client: stub.clientTrying(1),
        newId: () => `id-${id++}`,
        sleep: async () => undefined,
      },
    );
  });

  test('stays the same while the outcome is unknown, and is new after a cancellation', async () => {
    failing(IN_PROGRESS, IN_PROGRESS, CONFLICT);
    await transact([{ in: orders(), put: order, condition: ifAbsent('orderId') }]);
    const [first, second, third, fourth] = tokens();
    expect(first).toMatch(/^id-\d+$/);
    expect([second, third]).toEqual([first, first]);
    expect(fourth).toMatch(/^id-\d+$/);
    expect(fourth).not.toBe(first);
  });

  test('that stays in progress is reported as overload, since the transaction may be done', async () => {
    failing(...Array.from({ length: 99 }, () => IN_PROGRESS));
    await expect(transact([{ in: orders(), put: order }])).rejects.toMatchObject({
      name: 'TableOverloaded',
      code: 'TransactionInProgressException',
      mayBeDone: true,
    });
    expect(new Set(tokens()).size).toBe(1);
  });
});

test('a transaction that finds its own tokens in the items succeeded, even if DynamoDB forgot its token', async () => {
  await stock().put({ sku: 'x', n: 5 });
  await stock().put({ sku: 'y' });
  await connection.map('Orders');
  stub.remembersTokens = false;
  stub.loseAnswers = 1;
  await transact([
    { in: orders(), put: order, condition: ifAbsent('orderId') },
    { in: stock(), update: { sku: 'x' }, add: { n: -2 } },
    { in: stock(), delete: { sku: 'y' }, condition: ifPresent('sku') },
  ]);
  expect(stub.count('TransactWriteItems')).toBe(2);
  expect(await stock().batchGet([{ sku: 'x' }, { sku: 'y' }])).toEqual([{ sku: 'x', n: 3 }, undefined]);
  await expect(transact([{ in: orders(), put: order, condition: ifAbsent('orderId') }])).rejects.toBeInstanceOf(
    TransactionRefused,
  );
});

test('when a shard does not exist any more the maps are read again, and tokens and messages stay', async () => {
  const customerId = customerOfShard(3, 4);
  const write = () =>
    transact([
      { in: orders(), put: { ...order, customerId }, outbox: [{ to: 'Payments', body: 1 }] },
      { in: stock(), put: { sku: 'x' } },
    ]);
  await Promise.all([connection.map('Orders'), connection.map('Stock')]);
  stub.dropTable('Orders-3');
  await expect(write()).rejects.toThrow('not found');
  stub.createSharded('Orders', { partitionKey: 'customerId', sortKey: 'orderId' }, 2, { epoch: 2 });
  await write();
  const [first, second] = stub.calls
    .filter((c) => c.operation === 'TransactWriteItems')
    .slice(-2)
    .map((c) => (c.input['TransactItems'] as { Put: { TableName: string; Item: Record<string, unknown> } }[])[0]!.Put);
  expect([first!.TableName, second!.TableName]).toEqual(['Orders-3', 'Orders-1']);
  expect(withoutStamps(second!.Item)).toEqual(withoutStamps(first!.Item));
  expect(second!.Item).toHaveProperty('_outbox');
});

test('a shard in another Region is refused before anything is sent', async () => {
  stub.putRaw('map', {
    table: { S: 'Far' },
    epoch: { N: '1' },
    shards: { L: [{ S: 'arn:aws:dynamodb:eu-west-1:111122223333:table/Far' }] },
    slots: { S: '16384x0' },
    partitionKey: { S: 'id' },
  });
  const far = table('Far', { connection });
  await expect(
    transact([
      { in: orders(), put: order },
      { in: far, put: { id: '1' } },
    ]),
  ).rejects.toThrow("operation 1 on 'Far': elsewhere");
  expect(stub.count('TransactWriteItems')).toBe(0);
});

test.each<[string, () => readonly Operation[], string]>([
  ['none', () => [], '1 to 100 operations, got 0'],
  ['101', () => Array.from({ length: 101 }, (_, i) => ({ in: stock(), put: { sku: `${i}` } })), 'got 101'],
  [
    'one item twice',
    () => [
      { in: stock(), put: { sku: 'x' } },
      { in: stock(), delete: { sku: 'x' } },
    ],
    'operations 0 and 1 for the same item',
  ],
  [
    'two verbs',
    () => [{ in: stock(), put: { sku: 'x' }, delete: { sku: 'x' } } as unknown as Operation],
    'one of put, update, delete, check',
  ],
  [
    'two connections',
    () => [
      { in: stock(), put: { sku: 'x' } },
      { in: table('Stock', { connection: new Connection({}, { client: stub.client }) }), put: { sku: 'y' } },
    ],
    'one connection',
  ],
  [
    'a client of another make',
    () => [{ in: {} as unknown as ReturnType<typeof table>, put: { sku: 'x' } }],
    'made by table()',
  ],
])('%s: refused', async (_, operations, message) => {
  await expect(transact(operations())).rejects.toThrow(message);
  await expect(transact(operations())).rejects.toBeInstanceOf(UsageError);
});
