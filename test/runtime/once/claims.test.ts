import { NotDone, once, TryLater } from '../../../lambdas/runtime';
import { KeyReused, StepHalfWay } from '../../../lambdas/runtime/once/errors';
import { claimKey, Environment } from '../../../lib/protocol';
import { errorOf, KEY, messageOf, OrdersFixture, REMAINING_MS } from './orders-fixture';

let fixture: OrdersFixture;
beforeAll(async () => {
  fixture = await OrdersFixture.start();
});
afterAll(() => fixture.stop());
beforeEach(() => fixture.reset());

describe('a claim', () => {
  const effects: string[] = [];
  beforeEach(() => effects.splice(0));
  const hold = (effect: () => Promise<void> | void = () => undefined) =>
    once(fixture.orders(), 'pay', { when: { status: 'placed' }, halfWay: 'hold' }, async () => {
      await effect();
      effects.push('charged');
      return { set: { status: 'paid' } };
    });
  const ask = (answer: () => object | undefined) =>
    once(fixture.orders(), 'pay', { when: { status: 'placed' }, halfWay: { ask: async () => answer() } }, async () => {
      effects.push('charged');
      return { set: { status: 'paid' } };
    });
  /** Leaves the claim of a delivery whose process was killed. */
  const crash = () =>
    new Promise<void>((begun) => {
      const killed = new Promise<object>(() => undefined);
      const step = once(fixture.orders(), 'pay', { halfWay: 'hold' }, () => {
        begun();
        return killed;
      });
      void step(messageOf(KEY));
    });
  const pass = (ms: number) => {
    fixture.now += ms;
  };

  test('costs a small item beside the update', async () => {
    await hold()(messageOf(KEY));
    expect([fixture.writes(), effects]).toEqual([['PutItem', 'UpdateItem'], ['charged']]);
    const [claim] = fixture.claims();
    expect(claim).toEqual({
      pk: { S: expect.stringMatching(/^once#Payments#[\w-]{43}$/) },
      sk: { S: 'claim' },
      owner: { S: expect.any(String) },
      from: { N: String(fixture.now) },
      until: { N: String(fixture.now + REMAINING_MS + 5_000) },
      body: { S: expect.stringMatching(/^[\w-]{16}$/) },
      expires: { N: expect.any(String) },
    });
    expect(JSON.stringify(claim)).not.toContain('"c"');
    expect(claimKey('Payments', '*')).toBe('once#Payments#*');
  });

  test('of another delivery is waited for until no process of it can run', async () => {
    await crash();
    pass(1_000);
    const error = await errorOf(hold()(messageOf(KEY)));
    expect([error, (error as TryLater).seconds, effects]).toEqual([expect.any(TryLater), 29, []]);
  });

  test('that ended without a result waits for a person', async () => {
    await crash();
    pass(REMAINING_MS + 5_000);
    const error = await errorOf(hold()(messageOf(KEY)));
    expect([error, (error as StepHalfWay).reason, effects]).toEqual([expect.any(StepHalfWay), 'half-way', []]);
  });

  test('that ended is replaced, and the partner is asked', async () => {
    await crash();
    pass(REMAINING_MS + 5_000);
    await ask(() => ({ set: { status: 'paid', note: 'found' } }))(messageOf(KEY));
    expect([effects, await fixture.stored()]).toEqual([[], { ...KEY, status: 'paid', note: 'found' }]);
  });

  test('that ended is replaced, and the effect is run if the partner knows nothing', async () => {
    await crash();
    pass(REMAINING_MS + 5_000);
    await ask(() => undefined)(messageOf(KEY));
    expect([effects, (await fixture.stored())?.status]).toEqual([['charged'], 'paid']);
  });

  test('is replaced by one of two deliveries', async () => {
    await crash();
    pass(REMAINING_MS + 5_000);
    const results = await Promise.all([1, 2, 3].map(() => errorOf(ask(() => undefined)(messageOf(KEY)))));
    expect(effects).toEqual(['charged']);
    expect(results.filter((error) => error !== undefined).every((error) => error instanceof TryLater)).toBe(true);
  });

  test('of a delivery that ended after this one had read the item is left alone', async () => {
    await hold()(messageOf(KEY));
    pass(REMAINING_MS + 5_000);
    let reads = 0;
    fixture.stub.intervene = ({ operation, input }) => {
      const isItem = operation === 'GetItem' && String(input['TableName']).startsWith('Orders') && reads++ === 0;
      return isItem ? { Item: { customerId: { S: 'c' }, orderId: { S: '1' }, status: { S: 'placed' } } } : undefined;
    };
    await hold()(messageOf(KEY));
    expect([effects, reads]).toEqual([['charged'], 2]);
  });

  test.each([new NotDone('the partner refused the call'), new TryLater(30)])(
    'is removed if nothing has happened: %s',
    async (failure) => {
      const error = await errorOf(
        hold(() => {
          throw failure;
        })(messageOf(KEY)),
      );
      expect([error, fixture.claims()]).toEqual([failure, []]);
      await hold()(messageOf(KEY));
      expect(effects).toEqual(['charged']);
    },
  );

  test('with hold, an unknown outcome waits for a person at once', async () => {
    const lost = new Error('timeout');
    const error = await errorOf(
      hold(() => {
        throw lost;
      })(messageOf(KEY)),
    );
    expect([error, (error as Error).cause, fixture.claims().length]).toEqual([expect.any(StepHalfWay), lost, 1]);
  });

  test('with hold, a result that can not be stored waits for a person at once', async () => {
    fixture.stub.intervene = ({ operation }) => {
      if (operation === 'UpdateItem') throw Object.assign(new Error('down'), { name: 'ValidationException' });
      return undefined;
    };
    expect(await errorOf(hold()(messageOf(KEY)))).toBeInstanceOf(StepHalfWay);
  });

  test('is not begun when the invocation has ended', async () => {
    const end = new AbortController();
    fixture.stub.intervene = ({ operation }) => void (operation === 'PutItem' && end.abort()) as undefined;
    expect(await errorOf(hold()(messageOf(KEY, end.signal)))).toBeInstanceOf(TryLater);
    expect(effects).toEqual([]);
  });

  test('of another body is refused', async () => {
    await crash();
    const error = await errorOf(hold()(messageOf({ ...KEY, amount: 2 })));
    expect([error, effects]).toEqual([expect.any(KeyReused), []]);
  });

  test('whose answer was lost is recognised', async () => {
    fixture.stub.loseAnswers = 0;
    let isLost = false;
    fixture.stub.intervene = ({ operation }) => {
      if (operation === 'PutItem' && !isLost) {
        isLost = true;
        fixture.stub.loseAnswers = 1;
      }
      return undefined;
    };
    await hold()(messageOf(KEY));
    expect([isLost, effects]).toEqual([true, ['charged']]);
  });

  test('needs the quarantine of a worker', async () => {
    delete process.env[Environment.QUARANTINE_TABLE];
    const error = await errorOf(hold()(messageOf(KEY)));
    process.env[Environment.QUARANTINE_TABLE] = 'Quarantine';
    expect((error as Error).message).toContain('BREAKWATER_QUARANTINE_TABLE must be set');
  });

  test('comes after what prepare reads, which may fail without harm', async () => {
    const read = new Error('throttled');
    const prepare = () => Promise.reject(read);
    const step = once(fixture.orders(), 'pay', { halfWay: 'hold', prepare }, async () => ({}));
    expect([await errorOf(step(messageOf(KEY))), fixture.claims()]).toEqual([read, []]);
  });
});
