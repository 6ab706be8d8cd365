import {
  Connection,
  ifAbsent,
  ifEquals,
  ifPresent,
  json,
  type Operation,
  routes,
  table,
  transact,
} from '../../lambdas/runtime';
import { packRoutes } from '../../lib/protocol';
import { DynamoDbError, DynamoStub } from './dynamodb-stub';

interface Stock {
  readonly sku: string;
  readonly n?: number;
  readonly status?: string;
  readonly by?: string;
}

let stub: DynamoStub;
let connection: Connection;
const stock = () => table<Stock, 'sku'>('Stock', { connection });
const KEY = { sku: 'x' };

beforeEach(async () => {
  stub = await DynamoStub.start();
  stub.createSharded('Stock', { partitionKey: 'sku' }, 2);
  connection = new Connection({ mapTable: 'map' }, { client: stub.client });
});
afterEach(() => stub.stop());

/** Does the first call of an operation and loses its answer; `between` runs before the retry. */
function loseAnswerOf(operation: string, between: () => Promise<unknown>): void {
  let calls = 0;
  stub.intervene = async (call) => {
    if (call.operation !== operation) return undefined;
    calls++;
    if (calls === 1) stub.loseAnswers = 1;
    if (calls === 2) await between();
    return undefined;
  };
}

describe('a write whose answer was lost, with another write before its retry', () => {
  test('an addition is done once', async () => {
    await stock().put({ ...KEY, n: 0 });
    loseAnswerOf('UpdateItem', () => stock().update(KEY, { set: { by: 'another' } }));
    expect(await stock().update(KEY, { add: { n: 1 } })).toEqual({ ...KEY, n: 1, by: 'another' });
    expect(await stock().get(KEY)).toEqual({ ...KEY, n: 1, by: 'another' });
  });

  test('an addition is done once, with three updates in between', async () => {
    await stock().put({ ...KEY, n: 0 });
    loseAnswerOf('UpdateItem', async () => {
      for (const by of ['a', 'b', 'c']) await stock().update(KEY, { set: { by }, add: { n: 10 } });
    });
    await stock().update(KEY, { add: { n: 1 } });
    expect(await stock().get(KEY)).toEqual({ ...KEY, n: 31, by: 'c' });
  });

  test('a create is not reported as refused', async () => {
    loseAnswerOf('PutItem', () => stock().update(KEY, { set: { by: 'another' } }));
    await stock().put({ ...KEY, n: 1 }, { condition: ifAbsent('sku') });
    expect(await stock().get(KEY)).toEqual({ ...KEY, n: 1, by: 'another' });
  });

  test('a conditional update is done once, even if the condition holds again', async () => {
    await stock().put({ ...KEY, status: 'placed' });
    loseAnswerOf('UpdateItem', () => stock().update(KEY, { set: { status: 'placed', by: 'another' } }));
    await stock().update(KEY, { set: { status: 'paid' } }, { condition: ifEquals({ status: 'placed' }) });
    expect(await stock().get(KEY)).toEqual({ ...KEY, status: 'placed', by: 'another' });
  });

  test.each<[string, () => Promise<unknown>]>([
    ['UpdateItem', () => stock().update(KEY, { set: { status: 'paid' } })],
    ['PutItem', () => stock().put({ ...KEY, status: 'paid' })],
  ])('a %s without a condition does not overwrite the other', async (operation, write) => {
    await stock().put({ ...KEY, status: 'new' });
    loseAnswerOf(operation, () => stock().update(KEY, { set: { status: 'shipped' } }));
    await write();
    expect(await stock().get(KEY)).toEqual({ ...KEY, status: 'shipped' });
  });
});

/** Makes a connection whose clock is ahead, so that all stamps so far are old. */
const later = (seconds: number) => {
  const ms = Date.now() + seconds * 1_000;
  connection = new Connection({ mapTable: 'map' }, { client: stub.client, now: () => ms });
};

describe('each request of a write has its own stamp', () => {
  const stamps = () =>
    stub.calls
      .filter(({ operation }) => operation === 'PutItem' || operation === 'UpdateItem')
      .flatMap(({ input }) => JSON.stringify(input).match(/\d{13}-[0-9a-f]{16}\.\d+/) ?? []);

  test.each<[string, () => Promise<unknown>]>([
    ['PutItem', () => stock().put(KEY)],
    ['UpdateItem', () => stock().update(KEY, { set: { n: 1 } }, { upsert: true })],
  ])('%s', async (operation, write) => {
    loseAnswerOf(operation, async () => undefined);
    await write();
    const [first, second] = stamps();
    expect(stamps()).toHaveLength(2);
    expect(second).toMatch(/\.2$/);
    expect(first?.slice(13, -1)).toBe(second?.slice(13, -1));
  });

  test('so a copy of an item that was read between two requests is recognised as old (R1)', async () => {
    await stock().put({ ...KEY, n: 0 });
    let seen: unknown;
    const current = () => [0, 1].flatMap((i) => stub.items(`Stock-${i}`))[0];
    loseAnswerOf('UpdateItem', async () => {
      seen = current()?.['_v'];
      await stock().put({ ...KEY, by: 'another' });
    });
    await stock().update(KEY, { set: { status: 'paid' } });
    expect(current()).toMatchObject({ by: { S: 'another' }, status: { S: 'paid' } });
    expect(current()?.['_v']).not.toEqual(seen);
  });
});

describe('an addition whose answer was lost', () => {
  const unknown = { name: 'OutcomeUnknown', mayBeDone: true, keys: [KEY] };

  test.each<[string, () => Promise<unknown>]>([
    ['the item is put', () => stock().put({ ...KEY, n: 1 })],
    [
      'the item is updated four times',
      async () => {
        for (const by of ['a', 'b', 'c', 'd']) await stock().update(KEY, { set: { by } });
      },
    ],
    ['the item is deleted', () => stock().delete(KEY)],
  ])('is unknown if %s in between, and is not done twice', async (_, between) => {
    await stock().put({ ...KEY, n: 0 });
    later(60);
    loseAnswerOf('UpdateItem', between);
    await expect(stock().update(KEY, { add: { n: 1 } }, { upsert: true })).rejects.toMatchObject(unknown);
    stub.intervene = () => undefined;
    expect([undefined, 1]).toContain((await stock().get(KEY))?.n);
  });

  test('is done by the retry if it was not done, and the stamps show it', async () => {
    await stock().put({ ...KEY, n: 0 });
    later(60);
    refuseFirst('UpdateItem');
    expect(await stock().update(KEY, { add: { n: 1 } })).toMatchObject({ n: 1 });
  });

  test('is unknown if the stamps do not show whether it was done', async () => {
    await stock().put({ ...KEY, n: 0 });
    refuseFirst('UpdateItem');
    await expect(stock().update(KEY, { add: { n: 1 } })).rejects.toMatchObject(unknown);
    expect(await stock().get(KEY)).toMatchObject({ n: 0 });
  });

  test('is unknown if every answer is lost', async () => {
    await stock().put({ ...KEY, n: 0 });
    await connection.map('Stock');
    stub.intervene = ({ operation }) => {
      if (operation === 'UpdateItem') stub.loseAnswers = 1;
      return undefined;
    };
    await expect(stock().update(KEY, { add: { n: 1 } })).rejects.toMatchObject(unknown);
    stub.intervene = () => undefined;
    expect(await stock().get(KEY)).toMatchObject({ n: 1 });
  });

  test('still reports a condition that fails, if the stamps show that it was not done', async () => {
    await stock().put({ ...KEY, n: 0, status: 'closed' });
    later(60);
    refuseFirst('UpdateItem');
    const condition = ifEquals({ status: 'open' });
    await expect(stock().update(KEY, { add: { n: 1 } }, { condition })).rejects.toMatchObject({
      name: 'ConditionFailed',
    });
  });

  test('in a transaction is done once, and is unknown if every answer is lost', async () => {
    await stock().put({ ...KEY, n: 0 });
    await connection.map('Stock');
    const add = () => transact([{ in: stock(), update: KEY, add: { n: 1 } }]);
    loseAnswerOf('TransactWriteItems', () => stock().put({ ...KEY, n: 1, by: 'another' }));
    await add();
    expect(await stock().get(KEY)).toMatchObject({ n: 1, by: 'another' });
    stub.intervene = ({ operation }) => {
      if (operation === 'TransactWriteItems') stub.loseAnswers = 1;
      return undefined;
    };
    await expect(add()).rejects.toMatchObject(unknown);
  });

  test('is answered 500 with its own code, because a caller must not simply repeat it', async () => {
    await stock().put({ ...KEY, n: 0 });
    refuseFirst('UpdateItem');
    const declared = [{ method: 'GET', path: '/x', access: ['anyone'] }] as const;
    const handler = routes(
      { 'GET /x': async () => json(200, await stock().update(KEY, { add: { n: 1 } })) },
      { environment: { BREAKWATER_ROUTES: packRoutes(declared) }, log: () => undefined },
    );
    const event = { rawPath: '/x', headers: {}, requestContext: { requestId: 'r', http: { method: 'GET' } } };
    const answer = await handler(event, { getRemainingTimeInMillis: () => 10_000 });
    expect(answer).toMatchObject({ statusCode: 500, body: expect.stringContaining('"outcome_unknown"') });
    expect(answer.headers).not.toHaveProperty('retry-after');
  });
});

describe('a transaction whose answer was lost', () => {
  let ms: number;
  beforeEach(() => {
    ms = Date.now();
    connection = waiting(async () => undefined);
  });
  /** A connection that waits as `sleep` says. All of them share the clock. */
  const waiting = (sleep: () => Promise<unknown>) =>
    new Connection(
      { mapTable: 'map' },
      { client: stub.client, now: () => ms, sleep: async () => void (await sleep()) },
    );
  /** Puts an item a minute ago. */
  const putEarlier = async (item: Stock) => {
    await stock().put(item);
    ms += 60_000;
  };
  const stockOf = (of: Connection) => table<Stock, 'sku'>('Stock', { connection: of });
  const sent = () => stub.calls.filter(({ operation }) => operation === 'TransactWriteItems');
  const tokens = () => new Set(sent().map(({ input }) => input['ClientRequestToken']));

  test.each([1_000, 9_000, 11_000, 30_000, 8 * 60_000])(
    'and that is done %d ms later does not make the addition of another writer happen twice',
    async (lateMs) => {
      await putEarlier({ ...KEY, n: 0 });
      refuseFirst('TransactWriteItems');
      let transaction: Promise<void> = Promise.resolve();
      let addition: Promise<unknown> = Promise.resolve();
      const adder = stockOf(waiting(() => transaction));
      // The addition begins after the transaction's first request, and its answer is lost. The
      // transaction is done before the addition's retry.
      const other = waiting(async () => {
        ms += lateMs;
        loseAnswerOf('UpdateItem', async () => undefined);
        addition = adder.update(KEY, { add: { n: 1 } }).catch((error: unknown) => error);
        while (stub.count('UpdateItem') === 0) await new Promise((next) => setImmediate(next));
      });
      transaction = transact([{ in: stockOf(other), put: { ...KEY, n: 100 } }]);
      await transaction;
      expect(await addition).toMatchObject({ name: 'OutcomeUnknown', keys: [KEY] });
      expect(await stock().get(KEY)).toEqual({ ...KEY, n: 100 });
    },
  );

  const add = async (lateMs: number, between: () => Promise<unknown>) => {
    await putEarlier({ ...KEY, n: 0 });
    const late = waiting(async () => {
      ms += lateMs;
      await between();
    });
    await late.map('Stock');
    stub.loseAnswers = 1;
    await transact([{ in: stockOf(late), update: KEY, add: { n: 1 } }]);
  };

  test('is exact for ten seconds, because its token stays the same', async () => {
    await add(9_999, () => stock().put({ ...KEY, n: 7 }));
    expect(tokens().size).toBe(1);
    expect(await stock().get(KEY)).toEqual({ ...KEY, n: 7 });
  });

  test('is recognised after ten seconds by its stamp, and each token has its own stamp', async () => {
    await add(10_000, () => stock().update(KEY, { set: { by: 'another' } }));
    expect(tokens().size).toBe(2);
    const stamps = sent().map(({ input }) => /\d{13}-[0-9a-f]{16}\.\d+/.exec(JSON.stringify(input))?.[0]);
    expect(new Set(stamps).size).toBe(2);
    expect(await stock().get(KEY)).toEqual({ ...KEY, n: 1, by: 'another' });
  });

  test('is unknown after ten seconds if its stamps are lost, and is not done twice', async () => {
    const lost = add(10_000, () => stock().put({ ...KEY, n: 7 }));
    await expect(lost).rejects.toMatchObject({ name: 'OutcomeUnknown', mayBeDone: true, keys: [KEY] });
    expect(await stock().get(KEY)).toEqual({ ...KEY, n: 7 });
  });

  const removal = async (between: () => Promise<unknown>, ...others: readonly Operation[]) => {
    await putEarlier(KEY);
    const late = waiting(async () => {
      ms += 10_000;
      await between();
    });
    await late.map('Stock');
    stub.loseAnswers = 1;
    const condition = ifPresent('sku');
    await transact([
      { in: stockOf(late), delete: KEY, condition },
      ...others.map((one) => ({ ...one, in: stockOf(late) })),
    ]);
  };

  test('is not called refused after ten seconds, if it may have been done', async () => {
    const lost = removal(async () => undefined);
    await expect(lost).rejects.toMatchObject({ name: 'OutcomeUnknown', mayBeDone: true, keys: [KEY] });
  });

  test('is done if another of its items shows it', async () => {
    await removal(async () => undefined, { in: stock(), put: { sku: 'y' } });
    expect(await stock().batchGet([KEY, { sku: 'y' }])).toEqual([undefined, { sku: 'y' }]);
  });

  test('is refused if a stored item shows that it was not done', async () => {
    await putEarlier({ sku: 'y', status: 'closed' });
    const condition = ifEquals({ status: 'open' });
    const late = waiting(async () => {
      ms += 10_000;
    });
    await late.map('Stock');
    refuseFirst('TransactWriteItems');
    const change = { in: stockOf(late), update: { sku: 'y' }, set: { n: 1 }, condition };
    await expect(transact([change])).rejects.toMatchObject({ name: 'TransactionRefused' });
  });
});

/** Answers the first call of an operation with an error after which the call may have been done. */
function refuseFirst(operation: string): void {
  let calls = 0;
  stub.intervene = (call) => {
    if (call.operation === operation && ++calls === 1) throw new DynamoDbError('InternalServerError', 'no', {}, 500);
    return undefined;
  };
}

test('a request that was held up after its stamp was made is not sent, and the next one is', async () => {
  await connection.map('Stock');
  let ms = Date.now();
  connection = new Connection({ mapTable: 'map' }, { client: stub.client, now: () => ms });
  const write = stock().put(KEY);
  await connection.map('Stock');
  stub.calls.length = 0;
  // The clock advances after the request was planned, and before it is signed.
  const { client } = await connection.load();
  const { credentials } = client.config;
  let held = 0;
  client.config.credentials = async () => {
    if (held++ === 0) ms += 60 * 60_000;
    return credentials();
  };
  await write;
  client.config.credentials = credentials;
  const puts = stub.calls.filter(({ operation }) => operation === 'PutItem');
  expect(puts.map(({ input }) => (input['Item'] as { _v: { S: string } })._v.S.slice(-2))).toEqual(['.2']);
});

test('a create that another did first is refused, also after a lost answer', async () => {
  await stock().put({ ...KEY, by: 'another' });
  await connection.map('Stock');
  stub.loseAnswers = 1;
  await expect(stock().put(KEY, { condition: ifAbsent('sku') })).rejects.toMatchObject({
    name: 'ConditionFailed',
    current: { ...KEY, by: 'another' },
  });
});

test('stamps are seen by no reader and are short', async () => {
  await stock().put(KEY);
  for (const n of [1, 2, 3, 4]) await stock().update(KEY, { set: { n } });
  expect(await stock().get(KEY)).toEqual({ ...KEY, n: 4 });
  const [stored] = [0, 1].flatMap((i) => stub.items(`Stock-${i}`));
  const tokens = ['_v', '_v1', '_v2', '_v3'].map((name) => String(stored?.[name]?.['S']));
  expect(new Set(tokens).size).toBe(4);
  for (const token of tokens) expect(token).toMatch(/^\d{13}-[0-9a-f]{16}\.\d+$/);
});
