import { type Message, once, PermanentFailure, schema, worker } from '../../../lambdas/runtime';
import { KeyReused, StepHalfWay } from '../../../lambdas/runtime/once/errors';
import { errorOf, KEY, messageOf, OrdersFixture } from './orders-fixture';

let fixture: OrdersFixture;
beforeAll(async () => {
  fixture = await OrdersFixture.start();
});
afterAll(() => fixture.stop());
beforeEach(() => fixture.reset());

describe('a step without an effect elsewhere', () => {
  test('is stored in one update, and a second message does nothing', async () => {
    const count = once(fixture.orders(), 'count', {}, () => ({ add: { count: 1 } }));
    await count(messageOf(KEY));
    await count(messageOf(KEY));
    expect([fixture.writes(), await fixture.stored()]).toEqual([
      ['UpdateItem'],
      { ...KEY, status: 'placed', count: 1 },
    ]);
  });

  test('two steps of one item are independent', async () => {
    for (const step of ['one', 'two'])
      await once(fixture.orders(), step, {}, () => ({ add: { count: 1 } }))(messageOf(KEY));
    expect(await fixture.stored()).toMatchObject({ count: 2 });
  });

  test('two deliveries that both read the item before either writes store one result', async () => {
    const count = once(fixture.orders(), 'count', {}, () => ({ add: { count: 1 } }));
    await Promise.all([count(messageOf(KEY)), count(messageOf(KEY)), count(messageOf(KEY))]);
    expect(await fixture.stored()).toMatchObject({ count: 1 });
  });

  test('with other writes it is one transaction, with the messages in it', async () => {
    const db = fixture.orders();
    const other = { customerId: 'c', orderId: '2' };
    await once(db, 'pay', {}, () => ({
      set: { status: 'paid' },
      also: [{ in: db, put: other }],
      outbox: [{ to: 'Invoices', body: {} }],
    }))(messageOf(KEY));
    expect([fixture.writes(), await db.get(other)]).toEqual([['TransactWriteItems'], other]);
    expect(
      fixture.stub
        .items('Orders-0')
        .concat(fixture.stub.items('Orders-1'))
        .filter((item) => '_outbox' in item),
    ).toHaveLength(1);
  });

  test('without a result it stores the mark alone', async () => {
    let runs = 0;
    const look = once(fixture.orders(), 'look', {}, () => void runs++ as undefined);
    await look(messageOf(KEY));
    await look(messageOf(KEY));
    expect([runs, fixture.writes()]).toEqual([1, ['UpdateItem']]);
  });

  test('the mark is no attribute of the item, and an update keeps it', async () => {
    const count = once(fixture.orders(), 'count', {}, () => ({ add: { count: 1 } }));
    await count(messageOf(KEY));
    expect(Object.keys((await fixture.stored()) ?? {}).sort()).toEqual(['count', 'customerId', 'orderId', 'status']);
    await fixture.orders().update(KEY, { set: { note: 'x' } });
    await count(messageOf(KEY));
    expect(await fixture.stored()).toMatchObject({ count: 1 });
  });
});

describe('a step that states what its item has before', () => {
  const pay = (charge: () => void) =>
    once(fixture.orders(), 'pay', { when: { status: 'placed' }, halfWay: 'again' }, async () => {
      charge();
      return { set: { status: 'paid' } };
    });

  test('does nothing to an item without a mark that an earlier version handled', async () => {
    await fixture.orders().put({ ...KEY, status: 'paid' });
    await pay(() => expect('charged').toBe('never'))(messageOf(KEY));
  });

  test('stores no result if the item changed meanwhile: a person must decide', async () => {
    let charges = 0;
    const error = await errorOf(
      once(fixture.orders(), 'pay', { when: { status: 'placed' }, halfWay: 'again' }, async () => {
        charges++;
        await fixture.orders().update(KEY, { set: { status: 'cancelled' } });
        return { set: { status: 'paid' } };
      })(messageOf(KEY)),
    );
    expect([error, charges, (await fixture.stored())?.status]).toEqual([expect.any(StepHalfWay), 1, 'cancelled']);
    expect(error).toMatchObject({ reason: 'half-way', message: expect.stringContaining("'pay' of 'Orders'") });
  });

  test('is done if the item changed meanwhile and nothing else was touched', async () => {
    const when = { status: 'placed' } as const;
    const step = once(fixture.orders(), 'mark', { when }, () => ({ set: { note: 'x' } }));
    fixture.stub.intervene = ({ operation }) => {
      if (operation !== 'UpdateItem') return undefined;
      fixture.stub.intervene = () => undefined;
      return fixture
        .orders()
        .put({ ...KEY, status: 'cancelled' })
        .then(() => undefined);
    };
    await step(messageOf(KEY));
    expect(await fixture.stored()).toEqual({ ...KEY, status: 'cancelled' });
  });

  test('fails if the condition of another write does not hold', async () => {
    const db = fixture.orders();
    const also = [
      { in: db, put: { customerId: 'c', orderId: '2' }, condition: { expression: 'attribute_exists(orderId)' } },
    ];
    const error = await errorOf(once(db, 'pay', { when: { status: 'placed' } }, () => ({ also }))(messageOf(KEY)));
    expect(error).toMatchObject({ name: 'TransactionRefused' });
  });

  test.each([{}, [], 1n])('refuses the value %p, which is never equal to a stored one', (status) => {
    const when = { status } as unknown as { status: string };
    expect(() => once(fixture.orders(), 'pay', { when }, () => ({}))).toThrow(
      /'status' in 'when' .* got (object|bigint)/,
    );
  });
});

describe('the item of a message', () => {
  const step = (db = fixture.orders()) => once(db, 'note', {}, () => ({ set: { note: 'x' } }));

  test('must exist', async () => {
    const error = await errorOf(step()(messageOf({ customerId: 'c', orderId: 'nothing' })));
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
    const error = await errorOf(step()(messageOf(body as unknown as typeof KEY)));
    expect([error, (error as Error).message]).toEqual([
      expect.any(PermanentFailure),
      expect.stringContaining("must have the key of 'Orders' (customerId, orderId)"),
    ]);
  });

  test('is found by a function', async () => {
    const key = ({ order }: { order: string }) => ({ customerId: 'c', orderId: order });
    await once(fixture.orders(), 'note', { key }, () => ({ set: { note: 'x' } }))(messageOf({ order: '1' }));
    expect(await fixture.stored()).toMatchObject({ note: 'x' });
  });

  test('another body with the same key is refused; the order of fields has no effect', async () => {
    await step()(messageOf({ ...KEY, amount: 1 }));
    await step()(messageOf({ amount: 1, ...KEY }));
    const error = await errorOf(step()(messageOf({ ...KEY, amount: 2 })));
    expect([error, (error as KeyReused).reason]).toEqual([expect.any(KeyReused), 'key-reused']);
  });
});

test('in a worker, bodies are compared as they were sent, because a schema may add a time', async () => {
  let time = 0;
  const Timed = schema.from((value) => ({ value: { ...(value as typeof KEY), time: time++ } }));
  const times: number[] = [];
  const effect = (_order: object, { body }: Message<typeof KEY & { time: number }>) => ({
    set: { note: `${times.push(body.time)}` },
  });
  const handler = worker(
    once(fixture.orders(), 'note', {}, effect),
    { schema: Timed },
    { log: () => undefined, environment: {} },
  );
  const deliver = (body: object) => {
    const text = JSON.stringify({ id: 'm', to: 'Notes', time: '2020-11-30T00:00:00Z', body });
    const attributes = { ApproximateReceiveCount: '1', SenderId: 's' };
    const record = {
      messageId: 'm',
      receiptHandle: 'r',
      eventSourceARN: 'arn:aws:sqs:us-east-1:1:q',
      body: text,
      attributes,
    };
    return handler({ Records: [record] }, { awsRequestId: 'r', getRemainingTimeInMillis: () => 10_000 });
  };
  expect([await deliver(KEY), await deliver(KEY)]).toEqual(Array(2).fill({ batchItemFailures: [] }));
  expect((await deliver({ ...KEY, amount: 1 })).batchItemFailures).toHaveLength(1);
  expect([time, times]).toEqual([3, [0]]);
});

describe('what can be known when the function loads', () => {
  const anyOnce = once as unknown as (table: unknown, step: string, options: object, effect: unknown) => unknown;

  test.each([
    ['a/b', {}, () => ({}), /1 to 64 letters, digits and '-', got 'a\/b'/],
    ['a', { wen: 1 }, () => ({}), /must be of when, key, prepare, halfWay, got wen/],
    ['a', { halfWay: 'maybe' }, async () => ({}), /'again', \{ ask \} or 'hold', got "maybe"/],
    ['a', {}, async () => ({}), /must state how to go on after a crash/],
  ])('%s %j', (step, options, effect, message) => {
    expect(() => anyOnce(fixture.orders(), step, options, effect)).toThrow(message);
  });

  test('the table is a client', () => {
    expect(() => anyOnce({ name: 'Orders' }, 'a', {}, () => ({}))).toThrow(/a client made by table\(\)/);
  });

  test('a promise of a function that is not async is found when it is made', async () => {
    const step = anyOnce(fixture.orders(), 'a', {}, () => Promise.resolve({})) as (message: unknown) => Promise<void>;
    await expect(step(messageOf(KEY))).rejects.toThrow(/must state how to go on after a crash/);
  });
});
