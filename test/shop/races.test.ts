import * as fc from 'fast-check';
import { table } from '../../lambdas/runtime';
import { POINT_OF_SALE, TestShop } from './test-shop';

// The partner's delays have a test of their own.
jest.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }));

let shop: TestShop;
beforeAll(async () => {
  shop = await TestShop.open();
}, 60_000);
beforeEach(() => shop.stack.reset());
afterAll(() => shop.stack.close());

type Worker = Parameters<TestShop['worker']>[0];
const WORKERS: readonly Worker[] = ['Payments', 'Invoices', 'Mail'];

const itemsIn = (name: string) => shop.itemsIn(name);
const targets = () => shop.stack.outbox().map(({ to }) => to);

const LINE = { sku: '85123A', description: 'WHITE HANGING HEART', quantity: 6, unitPrice: '2.55' };
const SALE = { customerId: '17850', placedAt: '2010-12-01T08:26:00', country: 'Norway', lines: [LINE] };
const place = (orderId: string) =>
  shop.call('Checkout', 'POST /sales', {
    caller: POINT_OF_SALE,
    body: { ...SALE, orderId, email: 'anne@example.com' },
  });

/** Messages that each worker got about each order, counted by their ids. */
const messages = () =>
  WORKERS.flatMap((name) => {
    const ids = new Map<string, Set<unknown>>();
    for (const { id, body } of shop.worker(name).results) {
      const about = `${name} ${(body as { orderId: string }).orderId}`;
      ids.set(about, (ids.get(about) ?? new Set()).add(id));
    }
    return [...ids].map(([about, { size }]) => `${about}: ${size}`);
  });

describe('deliveries at the same time', () => {
  test('every order takes each step once and sends each message once, whatever the order of calls', async () => {
    const ids = ['1', '2', '3'];
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        shop.stack.reset();
        for (const orderId of ids) await place(orderId);
        shop.stack.beforeCall(({ operation }) => scheduler.schedule(Promise.resolve(), operation));
        await scheduler.waitFor(shop.deliverAll());
        const orders = itemsIn('Orders');
        expect(messages().sort()).toEqual(WORKERS.flatMap((name) => ids.map((id) => `${name} ${id}: 1`)).sort());
        expect(orders.filter(({ item }) => item === 'order').map(({ status }) => status)).toEqual(
          Array(3).fill('complete'),
        );
        expect(orders.filter(({ item }) => item === 'payment')).toHaveLength(3);
        expect(itemsIn('Ledger').map(({ charges }) => charges)).toEqual([1, 1, 1]);
      }),
      { numRuns: 6 },
    );
  }, 60_000);

  test('two that have both read before either writes leave one payment and one message each', async () => {
    await place('1');
    for (const to of WORKERS) {
      expect(targets()).toEqual([to]);
      const reads = meetAt('GetItem Orders', 2);
      await shop.stack.relay({ copies: 2 });
      expect(reads()).toBe(2);
    }
    expect(targets()).toEqual([]);
    expect(messages()).toEqual(WORKERS.map((name) => `${name} 1: 1`));
    expect(itemsIn('Orders').filter(({ item }) => item === 'payment')).toHaveLength(1);
  });

  const reference = { customerId: 'customer#17850', orderId: '1' };
  const statusOf = () =>
    itemsIn('Orders')
      .filter(({ item }) => item === 'order')
      .map(({ status }) => status);

  test('a payment that is there is never written again, even for an order that looks unpaid', async () => {
    await place('1');
    const payment = { customerId: 'customer#17850', orderId: 'payment#1', item: 'payment', reference: 'EARLIER' };
    shop.stack.table('Orders').put(payment);
    await shop.worker('Payments').deliver({ body: reference });
    expect(itemsIn('Orders').find(({ item }) => item === 'payment')).toMatchObject({ reference: 'EARLIER' });
    expect([targets(), statusOf()]).toEqual([['Payments'], ['placed']]);
  });

  test.each([
    ['Payments', 'placed', 'TransactWriteItems'],
    ['Invoices', 'paid', 'UpdateItem'],
    ['Mail', 'invoiced', 'UpdateItem'],
  ] as const)('%s leaves an order alone that is no longer %s when it writes', async (name, status, write) => {
    await place('1');
    await table('Orders').update(reference, { set: { status } });
    let isChanged = false;
    shop.stack.beforeCall(async ({ functionPath, operation, tables }) => {
      if (isChanged || functionPath === undefined || operation !== write || !tables.includes('Orders')) return;
      isChanged = true;
      await table('Orders').update(reference, { set: { status: 'cancelled' } });
    });
    await shop.worker(name).deliver({ body: reference });
    expect([isChanged, targets(), statusOf()]).toEqual([true, ['Payments'], ['cancelled']]);
  });
});

test.each([{}, { orderId: '1' }, { customerId: '1', orderId: 1 }, { customerId: '1', orderId: '1', amount: '5' }, 'x'])(
  'refuses a message with the body %j',
  async (body) => {
    const results = await shop.deliverToAll(body);
    expect(results.map(({ outcome }) => outcome)).toEqual(['refused', 'refused', 'refused']);
  },
);

describe('calls of the catalogue at the same time', () => {
  const write = (...products: object[]) =>
    shop.call('CatalogueEditor', 'POST /catalogue', { caller: POINT_OF_SALE, body: { products } });
  const product = (i: number, description = 'A LANTERN OF GREEN GLASS WITH TWO HANDLES MADE BY HAND') => ({
    sku: `S${i}`,
    description,
    price: '1',
  });
  const find = async (q: string): Promise<number> =>
    (await shop.call('Search', 'GET /search', { query: { q } })).body.products.length;

  test.each([
    ['new', []],
    ['known', [product(1, 'OLD LANTERN')]],
  ])('one of two that change a %s product is refused, and no word of the other stays behind', async (_, before) => {
    if (before.length > 0) await write(...before);
    meetAt('BatchGetItem Catalogue', 2);
    const answers = await Promise.all([write(product(1, 'RED LANTERN')), write(product(1, 'BLUE LANTERN'))]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect([(await find('red')) + (await find('blue')), await find('old'), await find('lantern')]).toEqual([1, 0, 1]);
  });

  test('a failure is answered when nothing is being written any more', async () => {
    let turns = 0;
    let open = 0;
    shop.stack.table('Catalogue').fail('TransactWriteItems', 'ValidationException');
    shop.stack.beforeCall(async ({ operation }) => {
      if (operation !== 'TransactWriteItems') return;
      turns++;
      open++;
      await new Promise((resolve) => setImmediate(resolve));
      open--;
    });
    const products = Array.from({ length: 40 }, (_, i) => product(i));
    expect((await write(...products)).status).toBe(500);
    const stored = itemsIn('Catalogue').length;
    const begun = turns;
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    expect({ open, stored: itemsIn('Catalogue').length, turns }).toEqual({ open: 0, stored, turns: begun });
  });
});

/** Holds the first calls of a kind until so many have come. Returns how many have come. */
function meetAt(kind: string, many: number): () => number {
  let come = 0;
  let open: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  shop.stack.beforeCall(async ({ operation, tables }) => {
    if (`${operation} ${tables.join()}` !== kind || come >= many) return;
    if (++come === many) open();
    await all;
  });
  return () => come;
}
