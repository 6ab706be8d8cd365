import { type Caller, PermanentFailure } from '../../lambdas/runtime';
import { call, deliverAll, type Routes, TILL, type Work } from './harness';
import { itemsIn, reset, sent } from './memory-runtime';

// The partner's slowness is tested where it is made; here nobody waits for it.
jest.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }));

jest.mock('../../lambdas/runtime', () => ({
  ...jest.requireActual('../../lambdas/runtime'),
  ...jest.requireActual('./memory-runtime'),
  routes: (table: unknown) => table,
  worker: (handle: never, options: never) => jest.requireActual('./harness').checkedWork(handle, options),
}));

const documents = new Map<string, Uint8Array | string>();
jest.mock('../../lambdas/shop/paperwork/bucket', () => ({
  bucketOf: (variable: string) => variable,
  writeDocument: async (bucket: string, key: string, body: Uint8Array) => void documents.set(`${bucket}/${key}`, body),
  readDocument: async (key: string) => documents.get(`INVOICE_BUCKET/${key}`),
}));

const load = <T>(name: string): T => (jest.requireActual(`../../lambdas/shop/${name}`) as { handler: T }).handler;
const checkout = load<Routes>('checkout');
const catalogue = load<Routes>('catalogue');
const search = load<Routes>('search');
const orders = load<Routes>('orders');
const workers: Record<string, Work> = { Payments: load('payments'), Invoices: load('invoices'), Mail: load('mail') };

const ANNE: Caller = { kind: 'person', id: 'anne', scopes: [], claims: {} };
const BEN: Caller = { kind: 'person', id: 'ben', scopes: [], claims: {} };

const LINE = { sku: '85123A', description: 'WHITE HANGING HEART', quantity: 6, unitPrice: '2.55' };
const SALE = {
  orderId: '536365',
  customerId: '17850',
  placedAt: '2010-12-01T08:26:00',
  country: 'Norway',
  lines: [LINE],
};
const PRODUCTS = [
  { sku: '85123A', description: 'WHITE HANGING HEART', price: '2.95' },
  { sku: '22423', description: 'REGENCY CAKESTAND 3 TIER', price: '0.125' },
];

beforeEach(() => {
  reset();
  documents.clear();
});

describe('catalogue and search', () => {
  const load = (products: object[]) => call(catalogue, 'POST /catalogue', { caller: TILL, body: { products } });
  const find = async (q: string) =>
    (await call(search, 'GET /search', { query: { q } })).body.products.map((p: { sku: string }) => p.sku);

  test('products are found by the beginnings of their words, all of which must fit, and by their code', async () => {
    expect(await load(PRODUCTS)).toMatchObject({ status: 200, body: { written: 2 } });
    expect(await find('hea')).toEqual(['85123A']);
    expect(await find('hang hear')).toEqual(['85123A']);
    expect(await find('hang cake')).toEqual([]);
    expect(await find('22423')).toEqual(['22423']);
    expect(await find('')).toEqual([]);
  });

  test('a changed description is found by its new words only, with its new price', async () => {
    await load(PRODUCTS);
    await load([{ sku: '85123A', description: 'RED HANGING HEART', price: '3.10' }]);
    expect(await find('white')).toEqual([]);
    expect((await call(search, 'GET /search', { query: { q: 'red' } })).body.products).toEqual([
      { sku: '85123A', description: 'RED HANGING HEART', price: '3.10' },
    ]);
    expect((await call(search, 'GET /products/{sku}', { params: { sku: '85123A' } })).body.price).toBe('3.10');
  });

  test('what is there already is not written again', async () => {
    await load(PRODUCTS);
    expect((await load(PRODUCTS)).body).toEqual({ written: 0, unchanged: 2 });
  });

  test('fails when a query is longer than a person would type, and takes the longest that is not', async () => {
    const ask = (q: string) => call(search, 'GET /search', { query: { q } });
    expect(await ask('x'.repeat(101))).toMatchObject({ status: 422, code: 'invalid_query' });
    expect(await ask('x'.repeat(100))).toMatchObject({ status: 200 });
  });

  test.each(['x'.repeat(8_000), 'é'.repeat(40), '#', ' 85123A'])('there is no product under %j', async (sku) => {
    expect(await call(search, 'GET /products/{sku}', { params: { sku } })).toMatchObject({ status: 404 });
  });

  test('fails when a product has no price, naming it, and writes none of the call', async () => {
    const answer = await load([PRODUCTS[0]!, { sku: 'X', description: ' ', price: '0' }]);
    expect(answer).toMatchObject({ status: 422, paths: ['products[1].description', 'products[1].price'] });
    expect(itemsIn('Catalogue')).toEqual([]);
  });
});

describe('checkout', () => {
  const place = (caller: Caller, body: object) => call(checkout, 'POST /checkout', { caller, body });
  const basket = { idempotencyKey: 'basket-1', lines: [{ sku: '22423', quantity: 3 }] };

  beforeEach(() => call(catalogue, 'POST /catalogue', { caller: TILL, body: { products: PRODUCTS } }));

  test('a person pays what the catalogue says, exactly, and is charged whole pence', async () => {
    const { status, body } = await place(ANNE, basket);
    expect({ status, total: body.total, charge: body.charge }).toEqual({ status: 201, total: '0.375', charge: '0.38' });
    expect(sent).toMatchObject([{ to: 'Payments', body: { customerId: 'anne', orderId: body.orderId } }]);
  });

  test('the same basket again is the same order, even if prices changed meanwhile; another basket under its key is refused', async () => {
    const first = await place(ANNE, basket);
    await call(catalogue, 'POST /catalogue', { caller: TILL, body: { products: [{ ...PRODUCTS[1], price: '9' }] } });
    expect(await place(ANNE, basket)).toMatchObject({
      status: 200,
      body: { orderId: first.body.orderId, total: '0.375' },
    });
    expect(await place(ANNE, { ...basket, lines: [{ sku: '22423', quantity: 4 }] })).toMatchObject({ status: 409 });
    expect(sent).toHaveLength(1);
    expect((await place(BEN, basket)).body.orderId).not.toBe(first.body.orderId);
  });

  test.each(['unitPrice', 'customerId', 'placedAt'])('fails when a person sets %s', async (field) => {
    const body =
      field === 'unitPrice'
        ? { ...basket, lines: [{ ...basket.lines[0], unitPrice: '0.01' }] }
        : { ...basket, [field]: 'x' };
    expect(await place(ANNE, body)).toMatchObject({ status: 422, paths: [expect.stringContaining(field)] });
    expect(itemsIn('Orders')).toEqual([]);
  });

  test('fails when products are unknown, naming each line', async () => {
    const lines = ['85123A', 'NOPE', '22423', 'NADA'].map((sku) => ({ sku, quantity: 1 }));
    expect(await place(ANNE, { ...basket, lines })).toMatchObject({
      status: 422,
      paths: ['lines[1].sku', 'lines[3].sku'],
    });
  });

  test('a till sets prices and times; repeated products stay lines of their own', async () => {
    const { status, body } = await place(TILL, { ...SALE, lines: [LINE, LINE] });
    expect(status).toBe(201);
    expect(body).toMatchObject({ orderId: '536365', placedAt: SALE.placedAt, total: '30.60', lines: 2 });
    expect(await place(TILL, { ...SALE, lines: [LINE, LINE] })).toMatchObject({ status: 200 });
    expect(await place(TILL, SALE)).toMatchObject({ status: 409 });
  });

  test('an invoice number belongs to one customer', async () => {
    await place(TILL, SALE);
    expect(await place(TILL, { ...SALE, customerId: '1' })).toMatchObject({ status: 409 });
    expect(await place(TILL, { ...SALE, customerId: null })).toMatchObject({ status: 409 });
    expect(itemsIn('Orders').filter((item) => item['item'] === 'order')).toHaveLength(1);
  });

  test('a till can not take the id of a web order', async () => {
    expect(await place(TILL, { ...SALE, orderId: 'W-1' })).toMatchObject({ status: 422, paths: ['orderId'] });
  });

  test('a refund is the negative of the same lines', async () => {
    const { orderId, ...rest } = SALE;
    const answer = await call(checkout, 'POST /refunds', { caller: TILL, body: { ...rest, refundId: `C${orderId}` } });
    expect(answer).toMatchObject({ status: 201, body: { kind: 'refund', total: '-15.30', charge: '-15.30' } });
  });
});

describe('from order to mail', () => {
  const placeSales = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const guest = i % 3 === 0;
      const body = {
        ...SALE,
        orderId: String(600_000 + i),
        customerId: guest ? null : '17850',
        ...(guest ? {} : { email: 'anne@example.com' }),
      };
      await call(checkout, 'POST /checkout', { caller: TILL, body });
    }
  };

  test('every order is charged, invoiced and told of once, though every message and some confirmations come twice', async () => {
    const COUNT = 30;
    await placeSales(COUNT);
    await deliverAll(workers);
    const stored = itemsIn('Orders');
    expect(stored.filter((item) => item['item'] === 'order').map((item) => item['status'])).toEqual(
      Array(COUNT).fill('complete'),
    );
    expect(stored.filter((item) => item['item'] === 'payment')).toHaveLength(COUNT);
    expect(itemsIn('Ledger').map((item) => item['charges'])).toEqual(Array(COUNT).fill(1));
    // Some attempts of the stub fail, whatever the order: otherwise this proves little.
    expect(itemsIn('Ledger').filter((item) => Number(item['attempts']) > 1).length).toBeGreaterThan(0);
    expect([...documents.keys()].filter((key) => key.startsWith('INVOICE_BUCKET/'))).toHaveLength(COUNT);
    expect([...documents.keys()].filter((key) => key.startsWith('MAIL_BUCKET/'))).toHaveLength(20);
    const guests = stored.filter((item) => String(item['customerId']).startsWith('guest#') && item['item'] === 'order');
    expect(guests.map((item) => item['mail'])).toEqual(Array(10).fill({ outcome: 'no address' }));
  }, 20_000);

  test('a message that comes late changes nothing and asks the partner nothing', async () => {
    await placeSales(3);
    await deliverAll(workers);
    const before = structuredClone({ orders: itemsIn('Orders'), ledger: itemsIn('Ledger') });
    for (const work of Object.values(workers)) await work({ body: { customerId: '17850', orderId: '600001' } });
    expect({ orders: itemsIn('Orders'), ledger: itemsIn('Ledger') }).toEqual(before);
    expect(sent).toEqual([]);
  });

  test('fails for good when a message is about an order that is not there', async () => {
    for (const work of Object.values(workers)) {
      await expect(work({ body: { customerId: '1', orderId: '1' } })).rejects.toThrow(PermanentFailure);
    }
  });

  test('a customer sees their own orders, newest first, page by page, and gets the invoice once it is there', async () => {
    await call(catalogue, 'POST /catalogue', { caller: TILL, body: { products: PRODUCTS } });
    for (let i = 0; i < 25; i++) {
      const placedAt = `2010-12-01T${String(10 + (i % 12)).padStart(2, '0')}:${String(i).padStart(2, '0')}:00`;
      await call(checkout, 'POST /checkout', {
        caller: TILL,
        body: { ...SALE, orderId: `9${i}`, customerId: 'anne', placedAt },
      });
    }
    const first = (await call(orders, 'GET /orders', { caller: ANNE })).body;
    const second = (await call(orders, 'GET /orders', { caller: ANNE, query: { cursor: first.cursor } })).body;
    const times = [...first.orders, ...second.orders].map((order: { placedAt: string }) => order.placedAt);
    expect(times).toHaveLength(25);
    expect(times).toEqual([...times].sort().reverse());
    expect((await call(orders, 'GET /orders', { caller: BEN })).body.orders).toEqual([]);

    const invoice = (caller: Caller) =>
      call(orders, 'GET /orders/{orderId}/invoice', { caller, params: { orderId: '90' } });
    expect(await invoice(ANNE)).toMatchObject({ status: 409, code: 'not_ready' });
    await deliverAll(workers);
    expect(await invoice(BEN)).toMatchObject({ status: 404 });
    expect(
      Buffer.from((await invoice(ANNE)).body)
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-');
  }, 20_000);

  test("what lies beside an order can't be read as one", async () => {
    await placeSales(2);
    await deliverAll(workers);
    const caller = { ...ANNE, id: '17850' };
    const answer = await call(orders, 'GET /orders/{orderId}', { caller, params: { orderId: 'payment#600001' } });
    expect(answer).toMatchObject({ status: 404 });
  });

  test.each(['x'.repeat(8_000), 'é', 'a#b', ' '])('a customer has no order %j', async (orderId) => {
    const params = { orderId };
    expect(await call(orders, 'GET /orders/{orderId}', { caller: ANNE, params })).toMatchObject({ status: 404 });
    expect(await call(orders, 'GET /orders/{orderId}/invoice', { caller: ANNE, params })).toMatchObject({
      status: 404,
    });
  });

  test('fails when a service asks for a list of orders', async () => {
    expect(await call(orders, 'GET /orders', { caller: TILL })).toMatchObject({ status: 403 });
  });
});
