import {
  Connection,
  ifAbsent,
  json,
  type Operation,
  routes,
  TableOverloaded,
  table,
  transact,
  Unprocessed,
  worker,
} from '../../lambdas/runtime';
import { packRoutes } from '../../lib/protocol';
import { customerOfShard, DynamoDbError, DynamoStub, withoutStamps } from './dynamodb-stub';

const KEY = { sku: 'x' };
const THROTTLING = ['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded'];

let stub: DynamoStub;
let connection: Connection;
let sleeps: number[];
const stock = () => table('Stock', { connection });

beforeEach(async () => {
  stub = await DynamoStub.start();
  stub.createSharded('Stock', { partitionKey: 'sku' }, 2);
  sleeps = [];
  connection = new Connection(
    { mapTable: 'map', retry: { attempts: 4, baseMs: 10, capMs: 20 } },
    // The SDK's own retries would only add time.
    { client: stub.clientTrying(1), random: () => 1, sleep: async (ms) => void sleeps.push(ms) },
  );
});
afterEach(() => stub.stop());

/** Refuses the first calls of an operation. */
function refuse(operation: string, times: number, error: () => DynamoDbError): void {
  let refused = 0;
  stub.intervene = (call) => {
    if (call.operation === operation && call.input['TableName'] !== 'map' && refused++ < times) throw error();
    return undefined;
  };
}

/** Answers one request by a handler, in an invocation with some time. */
function answer(handle: () => Promise<unknown>, ms = 10_000) {
  const declared = [{ method: 'GET', path: '/x', access: ['anyone'] }] as const;
  const started = performance.now();
  const handler = routes(
    { 'GET /x': async () => json(200, (await handle()) ?? {}) },
    { environment: { BREAKWATER_ROUTES: packRoutes(declared) }, log: () => undefined },
  );
  const event = { rawPath: '/x', headers: {}, requestContext: { requestId: 'r', http: { method: 'GET' } } };
  return handler(event, { getRemainingTimeInMillis: () => ms - (performance.now() - started) });
}

const OVERLOADED = {
  statusCode: 503,
  headers: expect.objectContaining({ 'retry-after': '1' }),
  body: expect.stringContaining('"overloaded"'),
};

const CALLS: [string, () => Promise<unknown>][] = [
  ['GetItem', () => stock().get(KEY)],
  ['PutItem', () => stock().put(KEY)],
  ['UpdateItem', () => stock().update(KEY, { set: { n: 1 } }, { upsert: true })],
  ['DeleteItem', () => stock().delete(KEY)],
  ['Query', () => stock().query(KEY)],
  ['Scan', () => stock().scatter({ parallelism: 1 })],
  ['BatchGetItem', () => stock().batchGet([KEY])],
  ['BatchWriteItem', () => stock().batchWrite([{ put: KEY }])],
  ['TransactWriteItems', () => transact([{ in: stock(), put: KEY, condition: ifAbsent('sku') }])],
];

describe('a throttled call', () => {
  test.each(CALLS)('%s is retried with growing waits until it is done', async (operation, call) => {
    refuse(operation, 3, () => new DynamoDbError('ThrottlingException', 'slow down'));
    await call();
    expect(sleeps).toEqual([10, 20, 20]);
  });

  test.each(CALLS)('%s that stays throttled is overload, and nothing was written', async (operation, call) => {
    refuse(operation, 999, () => new DynamoDbError('ProvisionedThroughputExceededException', 'slow down'));
    const error = await call().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TableOverloaded);
    expect(error).toMatchObject({ table: 'Stock', mayBeDone: false });
    expect((error as Error).message).toMatch(/'Stock' .*ProvisionedThroughputExceededException/);
  });

  test.each(THROTTLING)('with %s is answered 503 with retry-after', async (name) => {
    refuse('GetItem', 999, () => new DynamoDbError(name, 'slow down'));
    expect(await answer(() => stock().get(KEY))).toMatchObject(OVERLOADED);
  });

  test('is not retried when the invocation has no time for the wait', async () => {
    connection = new Connection(
      { mapTable: 'map', retry: { baseMs: 60_000, capMs: 60_000 } },
      { client: stub.clientTrying(1), random: () => 1, sleep: async (ms) => void sleeps.push(ms) },
    );
    refuse('GetItem', 999, () => new DynamoDbError('ThrottlingException', 'slow down'));
    expect(await answer(() => stock().get(KEY), 30_000)).toMatchObject(OVERLOADED);
    expect(sleeps).toEqual([]);
  });
});

describe('a transaction that is cancelled', () => {
  const cancelled = (...codes: string[]) =>
    new DynamoDbError('TransactionCanceledException', 'cancelled', {
      CancellationReasons: codes.map((Code) => ({ Code })),
    });
  const operations = (): Operation[] => [
    { in: stock(), put: KEY },
    { in: stock(), put: { sku: 'y' } },
  ];

  test('for throttling alone is answered 503', async () => {
    refuse('TransactWriteItems', 999, () => cancelled('ThrottlingError', 'None'));
    expect(await answer(() => transact(operations()))).toMatchObject(OVERLOADED);
  });

  test('for a conflict too is answered 503', async () => {
    refuse('TransactWriteItems', 999, () => cancelled('ThrottlingError', 'TransactionConflict'));
    expect(await answer(() => transact(operations()))).toMatchObject(OVERLOADED);
  });

  test('for a condition too is refused with both reasons', async () => {
    refuse('TransactWriteItems', 999, () => cancelled('ThrottlingError', 'ConditionalCheckFailed'));
    await expect(transact(operations())).rejects.toMatchObject({
      name: 'TransactionRefused',
      reasons: [{ reason: 'throttled' }, { reason: 'condition' }],
    });
  });
});

describe('a DynamoDB that takes calls and never answers', () => {
  test.each(CALLS)('%s ends before the invocation, with 503', async (operation, call) => {
    await connection.map('Stock');
    stub.hangs.add(operation);
    expect(await answer(call, 300)).toMatchObject(OVERLOADED);
    expect(stub.count(operation)).toBeGreaterThan(0);
  });

  test('the read of the shard map ends before the invocation, too', async () => {
    stub.hangs.add('GetItem');
    expect(await answer(() => stock().query(KEY), 300)).toMatchObject(OVERLOADED);
    stub.hangs.clear();
    expect(await answer(() => stock().query(KEY))).toMatchObject({ statusCode: 200 });
  });

  test('fails a worker’s message before its function is stopped', async () => {
    await connection.map('Stock');
    stub.hangs.add('UpdateItem');
    const lines: Record<string, unknown>[] = [];
    const handle = worker(
      async () => void (await stock().update(KEY, {})),
      { reserveMs: 0 },
      { environment: {}, log: (_, __, fields) => lines.push(fields) },
    );
    const body = JSON.stringify({ id: 'm', to: 'T', time: '2020-11-30T00:00:00Z', body: 1 });
    const attributes = { ApproximateReceiveCount: '1', SenderId: 's' };
    const records = [{ messageId: 'm', receiptHandle: 'r', eventSourceARN: 'arn:q', body, attributes }];
    const started = performance.now();
    const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 300 - (performance.now() - started) };
    expect(await handle({ Records: records } as never, context)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm' }],
    });
    expect(lines).toMatchObject([
      { outcome: 'failed', reason: expect.stringMatching(/^TableOverloaded: table 'Stock'/) },
    ]);
  });

  test('ends before a worker’s reserve begins, so that no call goes on behind the answer', async () => {
    await connection.map('Stock');
    stub.hangs.add('UpdateItem');
    let ended: unknown;
    const handle = worker(
      async () => {
        ended = await stock()
          .update(KEY, {})
          .catch((error: unknown) => error);
      },
      { reserveMs: 200 },
      { environment: {}, log: () => undefined },
    );
    const body = JSON.stringify({ id: 'm', to: 'T', time: '2020-11-30T00:00:00Z', body: 1 });
    const attributes = { ApproximateReceiveCount: '1', SenderId: 's' };
    const records = [{ messageId: 'm', receiptHandle: 'r', eventSourceARN: 'arn:q', body, attributes }];
    const started = performance.now();
    const left = () => 1_200 - (performance.now() - started);
    await handle({ Records: records } as never, { awsRequestId: 'r', getRemainingTimeInMillis: left });
    expect(ended).toBeInstanceOf(TableOverloaded);
  });

  test('says of a write that it may have been done', async () => {
    await connection.map('Stock');
    stub.hangs.add('PutItem');
    const errors: unknown[] = [];
    const put = () =>
      stock()
        .put(KEY)
        .catch((error: unknown) => errors.push(error));
    await answer(put, 300);
    expect(errors).toMatchObject([{ name: 'TableOverloaded', mayBeDone: true }]);
  });

  test('says so, too, if the retries of a lost write are throttled', async () => {
    connection = new Connection({ mapTable: 'map', retry: { attempts: 2 } }, { client: stub.client, random: () => 0 });
    await connection.map('Stock');
    let puts = 0;
    stub.intervene = ({ operation }) => {
      if (operation !== 'PutItem') return undefined;
      if (puts++ === 0) stub.loseAnswers = 1;
      else throw new DynamoDbError('ThrottlingException', 'slow down');
      return undefined;
    };
    await expect(stock().put(KEY)).rejects.toMatchObject({ code: 'ThrottlingException', mayBeDone: true });
    expect(stub.items('Stock-0').length + stub.items('Stock-1').length).toBe(1);
  });

  test.each(CALLS)('%s ends when its signal aborts, with the reason', async (operation, _call) => {
    await connection.map('Stock');
    stub.hangs.add(operation);
    const reason = new Error('nobody waits');
    const controller = new AbortController();
    const { signal } = controller;
    const calls: Record<string, () => Promise<unknown>> = {
      GetItem: () => stock().get(KEY, { signal }),
      PutItem: () => stock().put(KEY, { signal }),
      UpdateItem: () => stock().update(KEY, {}, { signal }),
      DeleteItem: () => stock().delete(KEY, { signal }),
      Query: () => stock().query(KEY, { signal }),
      Scan: () => stock().scatter({ signal }),
      BatchGetItem: () => stock().batchGet([KEY], { signal }),
      BatchWriteItem: () => stock().batchWrite([{ put: KEY }], { signal }),
      TransactWriteItems: () => transact([{ in: stock(), put: KEY }], { signal }),
    };
    const call = calls[operation]?.();
    setTimeout(() => controller.abort(reason), 20);
    await expect(call).rejects.toBe(reason);
  });

  test.each([1, 3])(
    'is asked three times for one item, whatever a client of %i attempts would do',
    async (attempts) => {
      connection = new Connection(
        { mapTable: 'map' },
        { client: stub.clientTrying(attempts), random: () => 0, sleep: async () => undefined },
      );
      await connection.map('Stock');
      stub.intervene = () => {
        stub.loseAnswers = 1;
        return undefined;
      };
      for (const call of [() => stock().put(KEY), () => stock().get(KEY)]) {
        stub.calls.length = 0;
        await expect(call()).rejects.toBeInstanceOf(TableOverloaded);
        expect(stub.calls).toHaveLength(3);
      }
    },
  );
});

describe('a batch that is not done', () => {
  const writes = (n: number) => Array.from({ length: n }, (_, i) => ({ put: { sku: `s${i}` } }));

  test('names all items that were not written', async () => {
    stub.intervene = ({ operation, input }) =>
      operation === 'BatchWriteItem' ? { UnprocessedItems: input['RequestItems'] } : undefined;
    const error = await stock()
      .batchWrite(writes(400))
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Unprocessed);
    expect(new Set((error as Unprocessed).keys.map(({ sku }) => sku)).size).toBe(400);
    expect([0, 1].flatMap((i) => stub.items(`Stock-${i}`))).toEqual([]);
  });

  test('writes all items of the shards that are not throttled', async () => {
    stub.intervene = ({ operation, input }) => {
      if (operation === 'BatchWriteItem' && Object.hasOwn(input['RequestItems'] as object, 'Stock-0'))
        throw new DynamoDbError('ThrottlingException', 'slow down');
      return undefined;
    };
    const error = await stock()
      .batchWrite(writes(400))
      .catch((e: unknown) => e);
    const written = stub.items('Stock-1').length;
    expect(written).toBeGreaterThan(100);
    expect((error as Unprocessed).keys).toHaveLength(400 - written);
  });

  test('of reads names what was not read', async () => {
    const keys = [0, 1].map((shard) => ({ sku: customerOfShard(shard, 2) }));
    stub.intervene = ({ operation, input }) =>
      operation === 'BatchGetItem' && Object.hasOwn(input['RequestItems'] as object, 'Stock-1')
        ? { UnprocessedKeys: input['RequestItems'] }
        : undefined;
    await expect(stock().batchGet(keys)).rejects.toMatchObject({ keys: [keys[1]] });
  });

  test('keeps its message ids when it is retried', async () => {
    let first = true;
    stub.intervene = ({ operation, input }) => {
      if (operation !== 'BatchWriteItem' || !first) return undefined;
      first = false;
      return { UnprocessedItems: input['RequestItems'] };
    };
    await stock().batchWrite([{ put: KEY, outbox: [{ to: 'T', body: 1 }] }]);
    const [one, two] = stub.calls.filter(({ operation }) => operation === 'BatchWriteItem');
    expect(withoutStamps(one?.input)).toEqual(withoutStamps(two?.input));
    expect(one?.input).not.toEqual(two?.input);
  });
});

test.each(['InternalServerError', 'ServiceUnavailable'])(
  '%s is overload, and the write may have been done',
  async (name) => {
    refuse('PutItem', 999, () => new DynamoDbError(name, 'no', {}, 500));
    await expect(stock().put(KEY)).rejects.toMatchObject({ name: 'TableOverloaded', code: name, mayBeDone: true });
  },
);
