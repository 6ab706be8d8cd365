import * as fc from 'fast-check';
import { call, deliverAll, POINT_OF_SALE, type Routes, stepsTaken, type Work } from './harness';
import { itemsIn, reset, sent, table, traffic } from './memory-runtime';

// The partner's slowness is tested where it is made; here nobody waits for it.
jest.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }));

jest.mock('../../lambdas/runtime', () => ({
  ...jest.requireActual('../../lambdas/runtime'),
  ...jest.requireActual('./memory-runtime'),
  routes: (table: unknown) => table,
  worker: (handle: never, options: never) => jest.requireActual('./harness').checkedWork(handle, options),
}));

const load = <T>(name: string): T => (jest.requireActual(`../../lambdas/shop/${name}`) as { handler: T }).handler;
const checkout = load<Routes>('checkout');
const catalogue = load<Routes>('catalogue-editor');
const search = load<Routes>('search');
const workers: Record<string, Work> = { Payments: load('payments'), Invoices: load('invoices'), Mail: load('mail') };

const LINE = { sku: '85123A', description: 'WHITE HANGING HEART', quantity: 6, unitPrice: '2.55' };
const SALE = { customerId: '17850', placedAt: '2010-12-01T08:26:00', country: 'Norway', lines: [LINE] };
const STEPS = ['-> Invoices', '-> Mail', 'complete', 'invoiced', 'paid', 'payment'];

const place = (orderId: string) =>
  call(checkout, 'POST /sales', { caller: POINT_OF_SALE, body: { ...SALE, orderId, email: 'anne@example.com' } });

beforeEach(reset);

describe('deliveries at the same time', () => {
  test('every order takes each step once and sends each message once, whoever comes first', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        reset();
        for (const orderId of ['1', '2', '3']) await place(orderId);
        traffic.turn = (what) => scheduler.schedule(Promise.resolve(), what);
        await scheduler.waitFor(deliverAll(workers));
        const steps = Object.entries(stepsTaken()).map(([id, taken]) => [id, [...taken].sort()]);
        expect(Object.fromEntries(steps)).toEqual({ 1: STEPS, 2: STEPS, 3: STEPS });
        expect(itemsIn('Ledger').map((item) => item['charges'])).toEqual([1, 1, 1]);
      }),
      { numRuns: 20 },
    );
  }, 60_000);

  test('two that have both read before either writes leave one payment and one message each', async () => {
    await place('1');
    for (const to of ['Payments', 'Invoices', 'Mail']) {
      const [message, ...more] = sent.splice(0);
      expect({ to: message?.to, more }).toEqual({ to, more: [] });
      const reads = meetAt('get Orders', 2);
      await Promise.all([workers[to]!({ body: message!.body }), workers[to]!({ body: message!.body })]);
      expect(reads()).toBe(2);
    }
    expect(sent).toEqual([]);
    expect([...stepsTaken()['1']!].sort()).toEqual(STEPS);
  });

  const reference = { customerId: 'customer#17850', orderId: '1' };
  const statusOf = (): unknown =>
    itemsIn('Orders')
      .filter((item) => item['item'] === 'order')
      .map((item) => item['status']);

  test('a payment that is there is never written again, even for an order that looks unpaid', async () => {
    await place('1');
    await table('Orders').put({
      customerId: 'customer#17850',
      orderId: 'payment#1',
      item: 'payment',
      reference: 'EARLIER',
    });
    sent.length = 0;
    await workers['Payments']!({ body: reference });
    expect(itemsIn('Orders').find((item) => item['item'] === 'payment')).toMatchObject({ reference: 'EARLIER' });
    expect({ sent, status: statusOf() }).toEqual({ sent: [], status: ['placed'] });
  });

  test.each([
    ['Payments', 'placed', 'transact'],
    ['Invoices', 'paid', 'update Orders'],
    ['Mail', 'invoiced', 'update Orders'],
  ])('%s leaves an order alone that is no longer %s when it writes', async (name, status, write) => {
    await place('1');
    await table('Orders').update(reference, { set: { status } });
    sent.length = 0;
    traffic.turn = async (what) => {
      if (what !== write) return;
      traffic.turn = async () => undefined;
      await table('Orders').update(reference, { set: { status: 'cancelled' } });
    };
    await workers[name]!({ body: reference });
    expect({ sent, status: statusOf() }).toEqual({ sent: [], status: ['cancelled'] });
  });
});

test.each([{}, { orderId: '1' }, { customerId: '1', orderId: 1 }, { customerId: '1', orderId: '1', amount: '5' }, 'x'])(
  'fails at once when a message says %j',
  async (body) => {
    for (const work of Object.values(workers)) await expect(work({ body })).rejects.toThrow(/"path"/);
  },
);

describe('calls of the catalogue at the same time', () => {
  const write = (...products: object[]) =>
    call(catalogue, 'POST /catalogue', { caller: POINT_OF_SALE, body: { products } });
  const product = (i: number, description = 'A LANTERN OF GREEN GLASS WITH TWO HANDLES MADE BY HAND') => ({
    sku: `S${i}`,
    description,
    price: '1',
  });
  const find = async (q: string): Promise<number> =>
    (await call(search, 'GET /search', { query: { q } })).body.products.length;

  test.each([
    ['new', []],
    ['known', [product(1, 'OLD LANTERN')]],
  ])('one of two that change a %s product is refused, and no word of the other stays behind', async (_, before) => {
    if (before.length > 0) await write(...before);
    meetAt('batchGet Catalogue', 2);
    const answers = await Promise.all([write(product(1, 'RED LANTERN')), write(product(1, 'BLUE LANTERN'))]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect([(await find('red')) + (await find('blue')), await find('old'), await find('lantern')]).toEqual([1, 0, 1]);
  });

  test('a failure is answered when nothing is being written any more', async () => {
    let turns = 0;
    let open = 0;
    traffic.turn = async (what) => {
      if (what !== 'transact') return;
      if (turns++ === 0) throw new Error('no connection');
      open++;
      await new Promise((resolve) => setImmediate(resolve));
      open--;
    };
    const products = Array.from({ length: 40 }, (_, i) => product(i));
    await expect(write(...products)).rejects.toThrow('no connection');
    const stored = itemsIn('Catalogue').length;
    const begun = turns;
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    expect({ open, stored: itemsIn('Catalogue').length, turns }).toEqual({ open: 0, stored, turns: begun });
  });
});

/** Lets nobody on from a kind of call before so many have come to it. */
function meetAt(call: string, many: number): () => number {
  let come = 0;
  let open: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  traffic.turn = async (what) => {
    if (what !== call || come >= many) return;
    if (++come === many) open();
    await all;
  };
  return () => come;
}
