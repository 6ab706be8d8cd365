import fc from 'fast-check';
import { type Message, type MessageHandler, once, PermanentFailure } from '../../../lambdas/runtime';
import { Invocation, withInvocation } from '../../../lambdas/runtime/invocation';
import { KeyReused } from '../../../lambdas/runtime/once/errors';
import { DynamoDbError } from '../dynamodb-stub';
import { errorOf, KEY, messageOf, OrdersFixture, REMAINING_MS } from './orders-fixture';

type Body = typeof KEY;

/** Milliseconds for a test with many calls on a busy machine. */
const LONG = 60_000;

let fixture: OrdersFixture;
beforeAll(async () => {
  fixture = await OrdersFixture.start();
});
afterAll(() => fixture.stop());
beforeEach(() => fixture.reset());

const WHEN = { status: 'placed' } as const;
const RESULT = { set: { status: 'paid' }, add: { count: 1 } } as const;
const pay = () => once(fixture.orders(), 'pay', { when: WHEN }, RESULT);
const count = () => once(fixture.orders(), 'pay', {}, { add: { count: 1 } });
const received = (receiveCount: number, body: Body = KEY): Message<Body> => ({ ...messageOf(body), receiveCount });

/** Handles a message, and returns the calls of the orders' shards. */
async function callsOf(step: MessageHandler<Body>, message: Message<Body>): Promise<string[]> {
  fixture.stub.calls.length = 0;
  await step(message);
  return fixture.stub.calls
    .filter(({ operation, input }) => operation === 'TransactWriteItems' || input['TableName'] !== 'map')
    .map(({ operation }) => operation);
}

/** Runs a function before the second call of an operation. The answer of the first call is lost. */
function loseAnswerOf(operation: string, between: () => Promise<unknown>): void {
  let calls = 0;
  fixture.stub.intervene = async (call) => {
    if (call.operation !== operation) return undefined;
    calls++;
    if (calls === 1) fixture.stub.loseAnswers = 1;
    if (calls === 2) await between();
    return undefined;
  };
}

describe('the first delivery of a step with a constant result', () => {
  test('writes without a read', async () => {
    expect(await callsOf(pay(), received(1))).toEqual(['UpdateItem']);
    expect(await fixture.stored()).toEqual({ ...KEY, status: 'paid', count: 1 });
  });

  test('writes without a read in a transaction too', async () => {
    const db = fixture.orders();
    const also = [{ in: db, put: { customerId: 'c', orderId: '2' } }];
    expect(await callsOf(once(db, 'pay', {}, { ...RESULT, also }), received(1))).toEqual(['TransactWriteItems']);
    expect(await fixture.stored()).toMatchObject({ count: 1 });
  });

  test.each([
    ['the step states the status', pay],
    ['the step states nothing', count],
  ])('reads the item if the step is done, and stores nothing: %s', async (_, step) => {
    await step()(received(1));
    expect(await callsOf(step(), received(1))).toEqual(['UpdateItem', 'GetItem']);
    expect(await fixture.stored()).toMatchObject({ count: 1 });
  });

  test('stores nothing if the item has other values', async () => {
    await fixture.orders().put({ ...KEY, status: 'cancelled' });
    await pay()(received(1));
    expect(await fixture.stored()).toEqual({ ...KEY, status: 'cancelled' });
  });

  test.each([
    ['the step states the status', pay],
    ['the step states nothing', count],
  ])('creates no item: %s', async (_, step) => {
    const nobody = { customerId: 'c', orderId: 'nothing' };
    const error = await errorOf(step()(received(1, nobody)));
    expect([error, (error as Error).message]).toEqual([
      expect.any(PermanentFailure),
      "the item of the step 'pay' of 'Orders' must exist, got none",
    ]);
    expect(await fixture.orders().get(nobody)).toBeUndefined();
  });

  test('refuses another body with the same key', async () => {
    await count()(messageOf({ ...KEY, amount: 1 }));
    expect(await errorOf(count()(messageOf({ ...KEY, amount: 2 })))).toBeInstanceOf(KeyReused);
    expect(await fixture.stored()).toMatchObject({ count: 1 });
  });

  test('stores the result if the item got the stated values after the first write', async () => {
    await fixture.orders().put({ ...KEY, status: 'new' });
    fixture.stub.intervene = ({ operation, input }) => {
      if (operation !== 'GetItem' || input['TableName'] === 'map') return undefined;
      fixture.stub.intervene = () => undefined;
      return fixture
        .orders()
        .update(KEY, { set: { status: 'placed' } })
        .then(() => undefined);
    };
    expect(await callsOf(pay(), received(1))).toEqual(['UpdateItem', 'GetItem', 'UpdateItem', 'UpdateItem']);
    expect(await fixture.stored()).toEqual({ ...KEY, status: 'paid', count: 1 });
  });

  test('fails if the condition of another write does not hold', async () => {
    const db = fixture.orders();
    const missing = { customerId: 'c', orderId: '2' };
    const also = [{ in: db, check: missing, condition: { expression: 'attribute_exists(orderId)' } }];
    const step = once(db, 'pay', { when: WHEN }, { ...RESULT, also });
    expect(await errorOf(step(received(1)))).toMatchObject({ name: 'TransactionRefused' });
    expect(await fixture.stored()).toEqual({ ...KEY, status: 'placed' });
  });

  test('fails if DynamoDB refuses the write for another reason, and does not read the item', async () => {
    fixture.stub.intervene = ({ operation }) => {
      if (operation === 'UpdateItem') throw new DynamoDbError('ValidationException', 'no');
      if (operation === 'GetItem') return undefined;
      throw new Error(`unexpected ${operation}`);
    };
    fixture.stub.calls.length = 0;
    expect(await errorOf(pay()(received(1)))).toMatchObject({ name: 'ValidationException' });
    expect(fixture.writes()).toEqual(['UpdateItem']);
    expect(fixture.stub.calls.filter(({ input }) => input['TableName'] !== 'map')).toHaveLength(1);
  });
});

describe('a lost answer of the first write', () => {
  test('counts as stored, with three updates before the retry', async () => {
    loseAnswerOf('UpdateItem', async () => {
      for (const note of ['a', 'b', 'c']) await fixture.orders().update(KEY, { set: { note } });
    });
    await count()(received(1));
    expect(await fixture.stored()).toEqual({ ...KEY, status: 'placed', count: 1, note: 'c' });
  });

  test('counts as stored, even if later updates have removed the token: the mark is left', async () => {
    loseAnswerOf('UpdateItem', async () => {
      for (const note of ['a', 'b', 'c', 'd', 'e']) await fixture.orders().update(KEY, { set: { note } });
    });
    await count()(received(1));
    expect(await fixture.stored()).toEqual({ ...KEY, status: 'placed', count: 1, note: 'e' });
  });

  test('counts as stored if another writer has placed the order again', async () => {
    loseAnswerOf('UpdateItem', () => fixture.orders().update(KEY, { set: { status: 'placed' } }));
    await pay()(received(1));
    expect(await fixture.stored()).toEqual({ ...KEY, status: 'placed', count: 1 });
  });
});

test('a later delivery reads first, because a refused write costs as much as a write', async () => {
  expect(await callsOf(pay(), received(2))).toEqual(['GetItem', 'UpdateItem']);
  expect(await callsOf(pay(), received(3))).toEqual(['GetItem']);
  expect(await fixture.stored()).toEqual({ ...KEY, status: 'paid', count: 1 });
});

test('a delivery without a number reads first', async () => {
  expect(await callsOf(pay(), received(Number.NaN))).toEqual(['GetItem', 'UpdateItem']);
});

test('an empty result stores the mark alone', async () => {
  const look = () => once(fixture.orders(), 'pay', {}, {});
  await look()(received(1));
  expect(await fixture.stored()).toEqual({ ...KEY, status: 'placed' });
  expect(await callsOf(look(), received(2))).toEqual(['GetItem']);
});

/** Handles a message about which a person has decided. */
async function decided(step: MessageHandler<Body>, kind: 'done' | 'again'): Promise<string[]> {
  const decision = { kind, at: fixture.now };
  const handled = { messageId: 'm', correlationId: undefined, trace: undefined, sentBody: KEY, decision };
  const invocation = new Invocation(() => REMAINING_MS, undefined, undefined, handled);
  return withInvocation(invocation, () => callsOf(step, received(1)));
}

test('the decision “done” of a person stores the mark alone', async () => {
  expect(await decided(pay(), 'done')).toEqual(['GetItem', 'UpdateItem']);
  await pay()(received(1));
  expect(await fixture.stored()).toEqual({ ...KEY, status: 'placed' });
});

test('the decision “again” of a person stores the result', async () => {
  await decided(pay(), 'again');
  expect(await fixture.stored()).toEqual({ ...KEY, status: 'paid', count: 1 });
});

test(
  'a constant has the same results and errors as a function that returns it',
  async () => {
    const bodies: readonly Body[] = [KEY, { ...KEY, amount: 1 } as Body, { customerId: 'c', orderId: 'nothing' }];
    const delivery = fc.record({
      body: fc.constantFrom(...bodies),
      receiveCount: fc.constantFrom(1, 2),
      step: fc.constantFrom('pay', 'other'),
      /** Status that another writer sets before the delivery. */
      before: fc.constantFrom(undefined, 'placed', 'cancelled'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.boolean(),
        fc.array(delivery, { minLength: 1, maxLength: 5 }),
        async (hasWhen, isTransaction, deliveries) => {
          const run = async (isConstant: boolean) => {
            await fixture.reset();
            const db = fixture.orders();
            const total = { in: db, update: { customerId: 'c', orderId: 'total' }, upsert: true, add: { count: 1 } };
            const result = { ...RESULT, ...(isTransaction ? { also: [total] } : {}) };
            const errors: unknown[] = [];
            for (const { body, receiveCount, step, before } of deliveries) {
              if (before !== undefined) await db.update(KEY, { set: { status: before } });
              const options = hasWhen ? { when: WHEN } : {};
              const handler = isConstant ? once(db, step, options, result) : once(db, step, options, () => result);
              const error = (await errorOf(handler(received(receiveCount, body)))) as Error | undefined;
              errors.push(error && [error.name, error.message]);
            }
            return [errors, await fixture.stored(), await db.get({ customerId: 'c', orderId: 'total' })];
          };
          expect(await run(true)).toEqual(await run(false));
        },
      ),
      { numRuns: 30, seed: 7 },
    );
  },
  LONG,
);

describe('what can be known when the function loads', () => {
  const anyOnce = once as unknown as (table: unknown, step: string, options: object, effect?: unknown) => unknown;

  test.each([
    [{ prepare: () => 1 }, RESULT, "the step 'pay' must not have 'prepare', because its result is constant"],
    [{ halfWay: 'again' }, RESULT, "the step 'pay' must not have 'halfWay', because its result is constant"],
    [{}, undefined, 'must be a function, or a constant result such as { set }, got undefined'],
    [{}, null, 'got null'],
    [{}, 'paid', 'got string'],
    [{}, [], 'got an array'],
    [{}, Promise.resolve(RESULT), 'got a promise'],
    [{}, { status: 'paid' }, "the constant result of the step 'pay' must be of set, setIfAbsent, add,"],
  ])('%j with %j is refused', (options, effect, message) => {
    expect(() => anyOnce(fixture.orders(), 'pay', options, effect)).toThrow(message);
  });

  test('an option that is undefined is no option', () => {
    anyOnce(fixture.orders(), 'pay', { prepare: undefined, halfWay: undefined }, RESULT);
  });
});
