import { Connection, type Message, NotDone, once, PermanentFailure, TryLater, table } from '../../../lambdas/runtime';
import { KeyReused, StepHalfWay } from '../../../lambdas/runtime/once/errors';
import { claimKey, Environment, QUARANTINE_KEY } from '../../../lib/protocol';
import { DynamoStub } from '../dynamodb-stub';

interface Order {
  readonly customerId: string;
  readonly orderId: string;
  readonly status?: string;
  readonly note?: string;
  readonly count?: number;
}

let stub: DynamoStub;
let now = 1_700_000_000_000;
let ids = 0;
const connection = () =>
  new Connection(
    { mapTable: 'map' },
    { client: stub.client, now: () => now, newId: () => `id-${String(ids++).padStart(20, '0')}` },
  );
const orders = () => table<Order, 'customerId' | 'orderId'>('Orders', { connection: connection() });

beforeAll(async () => {
  stub = await DynamoStub.start();
  process.env[Environment.QUARANTINE_TABLE] = 'Quarantine';
});
afterAll(async () => {
  delete process.env[Environment.QUARANTINE_TABLE];
  await stub.stop();
});

const KEY = { customerId: 'c', orderId: '1' };
beforeEach(async () => {
  for (const name of stub.tableNames) stub.dropTable(name);
  stub.createSharded('Orders', { partitionKey: 'customerId', sortKey: 'orderId' }, 2);
  stub.createTable('Quarantine', { partitionKey: QUARANTINE_KEY.partition, sortKey: QUARANTINE_KEY.sort });
  stub.intervene = () => undefined;
  await orders().put({ ...KEY, status: 'placed' });
  stub.calls.length = 0;
});

const REMAINING_MS = 25_000;
const messageOf = <Body>(body: Body, signal = new AbortController().signal): Message<Body> => ({
  id: 'm',
  to: 'Payments',
  body,
  time: '2026-11-30T00:00:00Z',
  receiveCount: 1,
  senderId: 's',
  signal,
  remainingMs: () => REMAINING_MS,
});
const operations = () => stub.calls.map(({ operation }) => operation).filter((name) => name !== 'GetItem');
const claims = () => stub.items('Quarantine');
const stored = () => orders().get(KEY);
const fails = (promise: Promise<void> | void) =>
  Promise.resolve(promise).then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a step without an effect elsewhere', () => {
  test('is stored in one update, and a second message does nothing', async () => {
    const count = once(orders(), 'count', {}, () => ({ add: { count: 1 } }));
    await count(messageOf(KEY));
    await count(messageOf(KEY));
    expect([operations(), await stored()]).toEqual([['UpdateItem'], { ...KEY, status: 'placed', count: 1 }]);
  });

  test('two steps of one item are independent', async () => {
    for (const step of ['one', 'two']) await once(orders(), step, {}, () => ({ add: { count: 1 } }))(messageOf(KEY));
    expect(await stored()).toMatchObject({ count: 2 });
  });

  test('two deliveries that both read the item before either writes store one result', async () => {
    const count = once(orders(), 'count', {}, () => ({ add: { count: 1 } }));
    await Promise.all([count(messageOf(KEY)), count(messageOf(KEY)), count(messageOf(KEY))]);
    expect(await stored()).toMatchObject({ count: 1 });
  });

  test('with other writes it is one transaction, with the messages in it', async () => {
    const db = orders();
    const other = { customerId: 'c', orderId: '2' };
    await once(db, 'pay', {}, () => ({
      set: { status: 'paid' },
      also: [{ in: db, put: other }],
      outbox: [{ to: 'Invoices', body: {} }],
    }))(messageOf(KEY));
    expect([operations(), await db.get(other)]).toEqual([['TransactWriteItems'], other]);
    expect(
      stub
        .items('Orders-0')
        .concat(stub.items('Orders-1'))
        .filter((item) => '_outbox' in item),
    ).toHaveLength(1);
  });

  test('without a result it stores the mark alone', async () => {
    let runs = 0;
    const look = once(orders(), 'look', {}, () => void runs++ as undefined);
    await look(messageOf(KEY));
    await look(messageOf(KEY));
    expect([runs, operations()]).toEqual([1, ['UpdateItem']]);
  });

  test('the mark is no attribute of the item, and an update keeps it', async () => {
    const count = once(orders(), 'count', {}, () => ({ add: { count: 1 } }));
    await count(messageOf(KEY));
    expect(Object.keys((await stored()) ?? {}).sort()).toEqual(['count', 'customerId', 'orderId', 'status']);
    await orders().update(KEY, { set: { note: 'x' } });
    await count(messageOf(KEY));
    expect(await stored()).toMatchObject({ count: 1 });
  });
});

describe('a step that states what its item has before', () => {
  const pay = (charge: () => void) =>
    once(orders(), 'pay', { when: { status: 'placed' }, halfWay: 'again' }, async () => {
      charge();
      return { set: { status: 'paid' } };
    });

  test('does nothing to an item without a mark that an earlier version handled', async () => {
    await orders().put({ ...KEY, status: 'paid' });
    await pay(() => expect('charged').toBe('never'))(messageOf(KEY));
  });

  test('stores no result if the item changed meanwhile: a person must decide', async () => {
    let charges = 0;
    const error = await fails(
      once(orders(), 'pay', { when: { status: 'placed' }, halfWay: 'again' }, async () => {
        charges++;
        await orders().update(KEY, { set: { status: 'cancelled' } });
        return { set: { status: 'paid' } };
      })(messageOf(KEY)),
    );
    expect([error, charges, (await stored())?.status]).toEqual([expect.any(StepHalfWay), 1, 'cancelled']);
    expect(error).toMatchObject({ reason: 'half-way', message: expect.stringContaining("'pay' of 'Orders'") });
  });

  test('is done if the item changed meanwhile and nothing else was touched', async () => {
    const when = { status: 'placed' } as const;
    const step = once(orders(), 'mark', { when }, () => ({ set: { note: 'x' } }));
    stub.intervene = ({ operation }) => {
      if (operation !== 'UpdateItem') return undefined;
      stub.intervene = () => undefined;
      return orders()
        .put({ ...KEY, status: 'cancelled' })
        .then(() => undefined);
    };
    await step(messageOf(KEY));
    expect(await stored()).toEqual({ ...KEY, status: 'cancelled' });
  });

  test('fails if the condition of another write does not hold', async () => {
    const db = orders();
    const also = [
      { in: db, put: { customerId: 'c', orderId: '2' }, condition: { expression: 'attribute_exists(orderId)' } },
    ];
    const error = await fails(once(db, 'pay', { when: { status: 'placed' } }, () => ({ also }))(messageOf(KEY)));
    expect(error).toMatchObject({ name: 'TransactionRefused' });
  });

  test.each([{}, [], 1n])('refuses the value %p, which is never equal to a stored one', (status) => {
    const when = { status } as unknown as { status: string };
    expect(() => once(orders(), 'pay', { when }, () => ({}))).toThrow(/'status' in 'when' .* got (object|bigint)/);
  });
});

describe('the item of a message', () => {
  const step = (db = orders()) => once(db, 'note', {}, () => ({ set: { note: 'x' } }));

  test('must exist', async () => {
    const error = await fails(step()(messageOf({ customerId: 'c', orderId: 'nothing' })));
    expect([error, (error as Error).message]).toEqual([
      expect.any(PermanentFailure),
      "the item of the step 'note' of 'Orders' must exist, got none",
    ]);
  });

  test.each([
    undefined,
    null,
    'x',
    {},
    { customerId: 'c' },
    { ...KEY, orderId: '' },
    { ...KEY, orderId: 'x'.repeat(2_000) },
  ])('is not found by the body %j', async (body) => {
    const error = await fails(step()(messageOf(body as unknown as typeof KEY)));
    expect([error, (error as Error).message]).toEqual([
      expect.any(PermanentFailure),
      expect.stringContaining("must have the key of 'Orders' (customerId, orderId)"),
    ]);
  });

  test('is found by a function', async () => {
    const key = ({ order }: { order: string }) => ({ customerId: 'c', orderId: order });
    await once(orders(), 'note', { key }, () => ({ set: { note: 'x' } }))(messageOf({ order: '1' }));
    expect(await stored()).toMatchObject({ note: 'x' });
  });

  test('another body with the same key is refused; the order of fields has no effect', async () => {
    await step()(messageOf({ ...KEY, amount: 1 }));
    await step()(messageOf({ amount: 1, ...KEY }));
    const error = await fails(step()(messageOf({ ...KEY, amount: 2 })));
    expect([error, (error as KeyReused).reason]).toEqual([expect.any(KeyReused), 'key-reused']);
  });
});

describe('a step under a claim', () => {
  const effects: string[] = [];
  beforeEach(() => effects.splice(0));
  const hold = (effect: () => Promise<void> | void = () => undefined) =>
    once(orders(), 'pay', { when: { status: 'placed' }, halfWay: 'hold' }, async () => {
      await effect();
      effects.push('charged');
      return { set: { status: 'paid' } };
    });
  const ask = (answer: () => object | undefined) =>
    once(orders(), 'pay', { when: { status: 'placed' }, halfWay: { ask: async () => answer() } }, async () => {
      effects.push('charged');
      return { set: { status: 'paid' } };
    });
  /** Leaves the claim of a delivery whose process was killed. */
  const crash = () =>
    new Promise<void>((begun) => {
      const killed = new Promise<object>(() => undefined);
      const step = once(orders(), 'pay', { halfWay: 'hold' }, () => {
        begun();
        return killed;
      });
      void step(messageOf(KEY));
    });
  const pass = (ms: number) => {
    now += ms;
  };

  test('costs a small item beside the update', async () => {
    await hold()(messageOf(KEY));
    expect([operations(), effects]).toEqual([['PutItem', 'UpdateItem'], ['charged']]);
    const [claim] = claims();
    expect(claim).toEqual({
      pk: { S: expect.stringMatching(/^once#Payments#[\w-]{43}$/) },
      sk: { S: 'claim' },
      owner: { S: expect.any(String) },
      until: { N: String(now + REMAINING_MS + 5_000) },
      body: { S: expect.stringMatching(/^[\w-]{16}$/) },
      expires: { N: expect.any(String) },
    });
    expect(JSON.stringify(claim)).not.toContain('"c"');
    expect(claimKey('Payments', '*')).toBe('once#Payments#*');
  });

  test('of another delivery is waited for until no process of it can run', async () => {
    await crash();
    pass(1_000);
    const error = await fails(hold()(messageOf(KEY)));
    expect([error, (error as TryLater).seconds, effects]).toEqual([expect.any(TryLater), 29, []]);
  });

  test('that ended without a result waits for a person', async () => {
    await crash();
    pass(REMAINING_MS + 5_000);
    const error = await fails(hold()(messageOf(KEY)));
    expect([error, (error as StepHalfWay).reason, effects]).toEqual([expect.any(StepHalfWay), 'half-way', []]);
  });

  test('that ended is replaced, and the partner is asked', async () => {
    await crash();
    pass(REMAINING_MS + 5_000);
    await ask(() => ({ set: { status: 'paid', note: 'found' } }))(messageOf(KEY));
    expect([effects, await stored()]).toEqual([[], { ...KEY, status: 'paid', note: 'found' }]);
  });

  test('that ended is replaced, and the effect is run if the partner knows nothing', async () => {
    await crash();
    pass(REMAINING_MS + 5_000);
    await ask(() => undefined)(messageOf(KEY));
    expect([effects, (await stored())?.status]).toEqual([['charged'], 'paid']);
  });

  test('is replaced by one of two deliveries', async () => {
    await crash();
    pass(REMAINING_MS + 5_000);
    const results = await Promise.all([1, 2, 3].map(() => fails(ask(() => undefined)(messageOf(KEY)))));
    expect(effects).toEqual(['charged']);
    expect(results.filter((error) => error !== undefined).every((error) => error instanceof TryLater)).toBe(true);
  });

  test('of a delivery that ended after this one had read the item is left alone', async () => {
    await hold()(messageOf(KEY));
    pass(REMAINING_MS + 5_000);
    let reads = 0;
    stub.intervene = ({ operation, input }) => {
      const isItem = operation === 'GetItem' && String(input['TableName']).startsWith('Orders') && reads++ === 0;
      return isItem ? { Item: { customerId: { S: 'c' }, orderId: { S: '1' }, status: { S: 'placed' } } } : undefined;
    };
    await hold()(messageOf(KEY));
    expect([effects, reads]).toEqual([['charged'], 2]);
  });

  test.each([new NotDone('the partner refused the call'), new TryLater(30)])(
    'is removed if nothing has happened: %s',
    async (failure) => {
      const error = await fails(
        hold(() => {
          throw failure;
        })(messageOf(KEY)),
      );
      expect([error, claims()]).toEqual([failure, []]);
      await hold()(messageOf(KEY));
      expect(effects).toEqual(['charged']);
    },
  );

  test('with hold, an unknown outcome waits for a person at once', async () => {
    const lost = new Error('timeout');
    const error = await fails(
      hold(() => {
        throw lost;
      })(messageOf(KEY)),
    );
    expect([error, (error as Error).cause, claims().length]).toEqual([expect.any(StepHalfWay), lost, 1]);
  });

  test('with hold, a result that can not be stored waits for a person at once', async () => {
    stub.intervene = ({ operation }) => {
      if (operation === 'UpdateItem') throw Object.assign(new Error('down'), { name: 'ValidationException' });
      return undefined;
    };
    expect(await fails(hold()(messageOf(KEY)))).toBeInstanceOf(StepHalfWay);
  });

  test('is not begun when the invocation has ended', async () => {
    const end = new AbortController();
    stub.intervene = ({ operation }) => void (operation === 'PutItem' && end.abort()) as undefined;
    expect(await fails(hold()(messageOf(KEY, end.signal)))).toBeInstanceOf(TryLater);
    expect(effects).toEqual([]);
  });

  test('of another body is refused', async () => {
    await crash();
    const error = await fails(hold()(messageOf({ ...KEY, amount: 2 })));
    expect([error, effects]).toEqual([expect.any(KeyReused), []]);
  });

  test('whose answer was lost is recognised', async () => {
    stub.loseAnswers = 0;
    let isLost = false;
    stub.intervene = ({ operation }) => {
      if (operation === 'PutItem' && !isLost) {
        isLost = true;
        stub.loseAnswers = 1;
      }
      return undefined;
    };
    await hold()(messageOf(KEY));
    expect([isLost, effects]).toEqual([true, ['charged']]);
  });

  test('needs the quarantine of a worker', async () => {
    delete process.env[Environment.QUARANTINE_TABLE];
    const error = await fails(hold()(messageOf(KEY)));
    process.env[Environment.QUARANTINE_TABLE] = 'Quarantine';
    expect((error as Error).message).toContain('BREAKWATER_QUARANTINE_TABLE must be set');
  });

  test('comes after what prepare reads, which may fail without harm', async () => {
    const read = new Error('throttled');
    const prepare = () => Promise.reject(read);
    const step = once(orders(), 'pay', { halfWay: 'hold', prepare }, async () => ({}));
    expect([await fails(step(messageOf(KEY))), claims()]).toEqual([read, []]);
  });
});

describe('what can be known when the function loads', () => {
  const anyOnce = once as unknown as (table: unknown, step: string, options: object, effect: unknown) => unknown;

  test.each([
    ['a/b', {}, () => ({}), /1 to 64 letters, digits and '-', got 'a\/b'/],
    ['a', { wen: 1 }, () => ({}), /must be of when, key, prepare, halfWay, got wen/],
    ['a', { halfWay: 'maybe' }, async () => ({}), /'again', \{ ask \} or 'hold', got "maybe"/],
    ['a', {}, async () => ({}), /must state how to go on after a crash/],
  ])('%s %j', (step, options, effect, message) => {
    expect(() => anyOnce(orders(), step, options, effect)).toThrow(message);
  });

  test('the table is a client', () => {
    expect(() => anyOnce({ name: 'Orders' }, 'a', {}, () => ({}))).toThrow(/a client made by table\(\)/);
  });

  test('a promise of a function that is not async is found when it is made', async () => {
    const step = anyOnce(orders(), 'a', {}, () => Promise.resolve({})) as (message: unknown) => Promise<void>;
    await expect(step(messageOf(KEY))).rejects.toThrow(/must state how to go on after a crash/);
  });
});
