import { table } from '../../lambdas/runtime';
import { referencesOf } from '../../lambdas/shop/ordering';
import { person, type TestCaller } from '../../testing';
import { POINT_OF_SALE, type ShopRequest, TestShop } from './test-shop';

// The partner's delays have a test of their own.
jest.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }));
// Retries don't wait.
jest.spyOn(Math, 'random').mockReturnValue(0);

const addresses = new Map<string, string>();
jest.mock('../../lambdas/shop/paperwork/verified-email', () => ({
  verifiedEmail: async (subject: string) => addresses.get(subject),
}));

let testShop: TestShop;
beforeAll(async () => {
  testShop = await TestShop.open();
}, 60_000);
afterAll(() => testShop.stack.close());

const call = (module: Parameters<TestShop['call']>[0], route: string, request: ShopRequest) =>
  testShop.call(module, route, request);
const itemsIn = (name: string) => testShop.itemsIn(name);

const ANNE = person({ id: 'anne' });
const BEN = person({ id: 'ben' });

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
  { sku: '22423', description: 'REGENCY CAKESTAND 3 TIER', price: '12.75' },
];

beforeEach(() => {
  testShop.stack.reset();
  addresses.clear();
});

describe('catalogue and search', () => {
  const load = (products: object[]) =>
    call('CatalogueEditor', 'POST /catalogue', { caller: POINT_OF_SALE, body: { products } });
  const find = async (q: string) =>
    (await call('Search', 'GET /search', { query: { q } })).body.products.map((p: { sku: string }) => p.sku);

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
    expect((await call('Search', 'GET /search', { query: { q: 'red' } })).body.products).toEqual([
      { sku: '85123A', description: 'RED HANGING HEART', price: '3.10' },
    ]);
    expect((await call('Search', 'GET /products/{sku}', { params: { sku: '85123A' } })).body.price).toBe('3.10');
  });

  test('unchanged products are not written again', async () => {
    await load(PRODUCTS);
    expect((await load(PRODUCTS)).body).toEqual({ written: 0, unchanged: 2 });
  });

  test.each(['x'.repeat(8_000), 'é'.repeat(40), '#', ' 85123A'])('there is no product under %j', async (sku) => {
    expect(await call('Search', 'GET /products/{sku}', { params: { sku } })).toMatchObject({ status: 404 });
  });

  test('a plural finds the singular, and a word of one letter less the plural', async () => {
    await load([...PRODUCTS, { sku: 'B1', description: 'GLASS BERRY BOX', price: '1' }]);
    expect(await find('hearts')).toEqual(['85123A']);
    expect(await find('CAKESTANDS')).toEqual(['22423']);
    expect(await find('boxes berries')).toEqual(['B1']);
    expect(await find('glass')).toEqual(['B1']);
  });

  test('fails when a product has no price, naming it, and writes none of the call', async () => {
    const answer = await load([PRODUCTS[0]!, { sku: 'X', description: ' ', price: '0' }]);
    expect(answer).toMatchObject({ status: 422, paths: ['products[1].description', 'products[1].price'] });
    expect(itemsIn('Catalogue')).toEqual([]);
  });
});

describe('checkout', () => {
  const place = (caller: TestCaller, body: object) => call('Checkout', 'POST /checkout', { caller, body });
  const basket = { idempotencyKey: 'basket-1', lines: [{ sku: '22423', quantity: 3 }], total: '38.25' };
  const setPrice = (price: string) =>
    call('CatalogueEditor', 'POST /catalogue', {
      caller: POINT_OF_SALE,
      body: { products: [{ ...PRODUCTS[1], price }] },
    });

  beforeEach(() => call('CatalogueEditor', 'POST /catalogue', { caller: POINT_OF_SALE, body: { products: PRODUCTS } }));

  test('a person pays the price of the catalogue', async () => {
    const { status, body } = await place(ANNE, basket);
    expect({ status, total: body.total }).toEqual({ status: 201, total: '38.25' });
    expect(testShop.stack.outbox()).toMatchObject([
      { to: 'Payments', body: { customerId: 'person#anne', orderId: body.orderId } },
    ]);
  });

  test.each(['38.24', '3.75', '0.00', '99999.00'])(
    'nothing is stored if the page showed %s instead of 38.25, and the answer has the new lines',
    async (total) => {
      const { status, body } = await place(ANNE, { ...basket, total });
      expect({ status, ...body }).toEqual({
        status: 409,
        error: { code: 'price_changed', message: expect.any(String) },
        currency: 'GBP',
        total: '38.25',
        lines: [
          { sku: '22423', description: 'REGENCY CAKESTAND 3 TIER', quantity: 3, unitPrice: '12.75', amount: '38.25' },
        ],
      });
      expect({ orders: itemsIn('Orders'), sent: testShop.stack.outbox() }).toEqual({ orders: [], sent: [] });
    },
  );

  test('prices are read consistently: a stale replica must not decide what is charged', async () => {
    testShop.stack.table('Catalogue').lag();
    await setPrice('25.50');
    expect(await place(ANNE, basket)).toMatchObject({ status: 409, body: { total: '76.50' } });
    expect(await place(ANNE, { ...basket, total: '76.50' })).toMatchObject({ status: 201, body: { total: '76.50' } });
  });

  test('the same basket again is the same order, even after a price change; another basket under its key is refused', async () => {
    const first = await place(ANNE, basket);
    await setPrice('9');
    const again = { status: 200, body: { orderId: first.body.orderId, total: '38.25' } };
    expect(await place(ANNE, basket)).toMatchObject(again);
    expect(await place(ANNE, { ...basket, total: '27.00' })).toMatchObject(again);
    const other = { ...basket, lines: [{ sku: '22423', quantity: 4 }] };
    expect(await place(ANNE, { ...other, total: '36.00' })).toMatchObject({ status: 409, code: 'another_order' });
    expect(await place(ANNE, { ...other, total: '1.00' })).toMatchObject({ status: 409, code: 'another_order' });
    expect(testShop.stack.outbox()).toHaveLength(1);
    expect((await place(BEN, { ...basket, total: '27.00' })).body.orderId).not.toBe(first.body.orderId);
  });

  test('data of a web order contains no address and nothing else about the person except their key', async () => {
    await place(ANNE, basket);
    const [order] = itemsIn('Orders').filter((item) => item['item'] === 'order');
    expect(Object.keys(order!).sort()).toEqual(
      ['currency', 'customerId', 'item', 'kind', 'lines', 'orderId', 'placedAt', 'status', 'total'].sort(),
    );
  });

  test.each(['unitPrice', 'customerId', 'placedAt', 'email'])('fails when a person sets %s', async (field) => {
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

  test('an order that DynamoDB could not keep is refused with 413, and the largest basket of short texts is not', async () => {
    const products = Array.from({ length: 500 }, (_, i) => ({
      sku: `S${i}`,
      description: '竹'.repeat(200),
      price: '1',
    }));
    for (let i = 0; i < 500; i += 100) {
      const body = { products: products.slice(i, i + 100) };
      expect(await call('CatalogueEditor', 'POST /catalogue', { caller: POINT_OF_SALE, body })).toMatchObject({
        status: 200,
      });
    }
    const lines = products.map(({ sku }) => ({ sku, quantity: 1 }));
    expect(await place(ANNE, { ...basket, lines, total: '500.00' })).toMatchObject({
      status: 413,
      code: 'order_too_large',
    });
    expect(itemsIn('Orders')).toEqual([]);
    const short = Array(500).fill({ sku: '22423', quantity: 1 });
    expect(await place(ANNE, { ...basket, lines: short, total: '6375.00' })).toMatchObject({ status: 201 });
  });

  test('a conflict with another transaction is tried again, and succeeds', async () => {
    testShop.stack.table('Orders').fail('TransactWriteItems', 'TransactionConflict', 2);
    expect(await place(ANNE, basket)).toMatchObject({ status: 201 });
    testShop.stack.table('Orders').fail('TransactWriteItems', 'TransactionConflict', 30);
    expect(await place(BEN, basket)).toMatchObject({ status: 503, code: 'busy' });
    expect(itemsIn('Orders').filter((item) => item['item'] === 'order')).toHaveLength(1);
  });
});

describe('the point of sale', () => {
  const record = (body: object) => call('Checkout', 'POST /sales', { caller: POINT_OF_SALE, body });

  test('sets prices and times; repeated products stay lines of their own', async () => {
    const { status, body } = await record({ ...SALE, lines: [LINE, LINE] });
    expect(status).toBe(201);
    expect(body).toMatchObject({ orderId: '536365', placedAt: SALE.placedAt, total: '30.60', lines: 2 });
    expect(await record({ ...SALE, lines: [LINE, LINE] })).toMatchObject({ status: 200 });
    expect(await record(SALE)).toMatchObject({ status: 409 });
    expect(await record({ ...SALE, lines: [LINE, LINE], email: 'bob@example.com' })).toMatchObject({ status: 409 });
  });

  test('an invoice number belongs to one customer', async () => {
    await record(SALE);
    expect(await record({ ...SALE, customerId: '1' })).toMatchObject({ status: 409 });
    const { customerId, ...guest } = SALE;
    expect(await record(guest)).toMatchObject({ status: 409 });
    expect(itemsIn('Orders').filter((item) => item['item'] === 'order')).toHaveLength(1);
  });

  test('can not take the id of a web order', async () => {
    expect(await record({ ...SALE, orderId: 'W-1' })).toMatchObject({ status: 422, paths: ['orderId'] });
  });

  test('a refund is the negative of the same lines', async () => {
    const body = { ...SALE, orderId: 'C536365' };
    const answer = await call('Checkout', 'POST /refunds', { caller: POINT_OF_SALE, body });
    expect(answer).toMatchObject({ status: 201, body: { kind: 'refund', total: '-15.30' } });
  });

  test('the partition of a customer number, a guest or a claim is never that of a person', async () => {
    const { customerId, ...guest } = SALE;
    await record({ ...SALE, orderId: '1', customerId: 'anne' });
    await record({ ...guest, orderId: '2' });
    const partitions = new Set(itemsIn('Orders').map((item) => String(item['customerId'])));
    expect([...partitions].sort()).toEqual(['claim#1', 'claim#2', 'customer#anne', 'guest#2']);
    for (const subject of ['1', '2', 'anne', 'claim#1', 'guest#2', 'customer#anne', 'person#anne']) {
      const answer = await call('OrderHistory', 'GET /orders', { caller: person({ id: subject }) });
      expect(answer.body.orders).toEqual([]);
    }
  });
});

describe('from order to mail', () => {
  const placeSales = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const { customerId, ...guest } = { ...SALE, orderId: String(600_000 + i) };
      const body = i % 3 === 0 ? guest : { ...guest, customerId, email: 'anne@example.com' };
      await call('Checkout', 'POST /sales', { caller: POINT_OF_SALE, body });
    }
  };
  const shop = async (caller: TestCaller, key: string): Promise<string> => {
    await call('CatalogueEditor', 'POST /catalogue', { caller: POINT_OF_SALE, body: { products: PRODUCTS } });
    const body = { idempotencyKey: key, lines: [{ sku: '22423', quantity: 1 }], total: '12.75' };
    return (await call('Checkout', 'POST /checkout', { caller, body })).body.orderId as string;
  };

  test('every order is charged, invoiced and mailed once, though every message and some confirmations are delivered twice', async () => {
    const COUNT = 30;
    await placeSales(COUNT);
    await testShop.deliverAll();
    const stored = itemsIn('Orders');
    expect(stored.filter((item) => item['item'] === 'order').map((item) => item['status'])).toEqual(
      Array(COUNT).fill('complete'),
    );
    expect(stored.filter((item) => item['item'] === 'payment')).toHaveLength(COUNT);
    expect(itemsIn('Ledger').map((item) => item['charges'])).toEqual(Array(COUNT).fill(1));
    // Some attempts of the stub fail, whatever the order: otherwise this proves little.
    expect(itemsIn('Ledger').filter((item) => Number(item['attempts']) > 1).length).toBeGreaterThan(0);
    expect(testShop.documents().filter((key) => key.startsWith('InvoiceDocuments/'))).toHaveLength(COUNT);
    expect(testShop.documents().filter((key) => key.startsWith('MailOutbox/'))).toHaveLength(20);
    const guests = stored.filter((item) => String(item['customerId']).startsWith('guest#') && item['item'] === 'order');
    expect(guests.map((item) => item['mail'])).toEqual(Array(10).fill({ outcome: 'no address' }));
  }, 20_000);

  test('a late message changes nothing and does not call the partner', async () => {
    await placeSales(3);
    await testShop.deliverAll();
    const before = structuredClone({ orders: itemsIn('Orders'), ledger: itemsIn('Ledger') });
    await testShop.deliverToAll({ customerId: 'customer#17850', orderId: '600001' });
    expect({ orders: itemsIn('Orders'), ledger: itemsIn('Ledger') }).toEqual(before);
    expect(testShop.stack.outbox()).toEqual([]);
  });

  test('fails for good when a message is about an order that is not there', async () => {
    const results = await testShop.deliverToAll({ customerId: '1', orderId: '1' });
    expect(results.map(({ outcome }) => outcome)).toEqual(['refused', 'refused', 'refused']);
  });

  test('a customer sees their own orders, newest first, page by page, and gets the invoice when it exists', async () => {
    for (let i = 0; i < 25; i++) await shop(ANNE, `basket-${i}`);
    const first = (await call('OrderHistory', 'GET /orders', { caller: ANNE })).body;
    const second = (await call('OrderHistory', 'GET /orders', { caller: ANNE, query: { cursor: first.cursor } })).body;
    const listed = [...first.orders, ...second.orders] as { orderId: string; placedAt: string }[];
    const times = listed.map(({ placedAt }) => placedAt);
    expect(times).toHaveLength(25);
    expect(times).toEqual([...times].sort().reverse());
    expect((await call('OrderHistory', 'GET /orders', { caller: BEN })).body.orders).toEqual([]);

    const params = { orderId: listed[0]!.orderId };
    const invoice = (caller: TestCaller) => call('OrderHistory', 'GET /orders/{orderId}/invoice', { caller, params });
    expect(await invoice(ANNE)).toMatchObject({ status: 409, code: 'not_ready' });
    await testShop.deliverAll();
    expect(await invoice(BEN)).toMatchObject({ status: 404 });
    const bytes = Buffer.from((await invoice(ANNE)).body);
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
    testShop.stack.documents('InvoiceDocuments').clear();
    expect(await invoice(ANNE)).toMatchObject({ status: 404, code: 'no_document' });
  }, 20_000);

  test('a list is sorted by instant, whatever zones the times came in', async () => {
    const times = ['2010-06-01T09:30:00', '2010-06-01T10:00:00+05:00', '2010-06-01T08:45:00Z', '2010-06-01T09:00:00Z'];
    for (const [i, placedAt] of times.entries()) {
      const body = { ...SALE, orderId: String(i), placedAt };
      await call('Checkout', 'POST /sales', { caller: POINT_OF_SALE, body });
    }
    const list = await table('Orders').query({ customerId: 'customer#17850' }, { sort: { beginsWith: 'placed#' } });
    // 10:00+05:00 is 05:00 UTC, and 09:30 in London is 08:30 UTC in summer.
    expect(list.items.map((entry) => String(entry['orderId']).split('#').at(-1))).toEqual(['1', '0', '2', '3']);
  });

  test('mail about a web order goes to the verified address of the person, and to no other', async () => {
    addresses.set('anne', 'anne@example.com');
    const [withAddress, without] = [await shop(ANNE, 'basket-1'), await shop(BEN, 'basket-1')];
    await testShop.deliverAll();
    expect(testShop.stack.documents('MailOutbox').text(`mail/${withAddress}.eml`)).toContain(
      'To: anne@example.com\r\n',
    );
    const outcome = async (caller: TestCaller, orderId: string) =>
      (await call('OrderHistory', 'GET /orders/{orderId}', { caller, params: { orderId } })).body.mail;
    expect(await outcome(ANNE, withAddress)).toBe('sent');
    expect(await outcome(BEN, without)).toBe('no address');
  });

  test('every record about a customer is found from their partition', async () => {
    addresses.set('anne', 'anne@example.com');
    await placeSales(2);
    await shop(ANNE, 'basket-1');
    await testShop.deliverAll();
    for (const customerId of ['customer#17850', 'person#anne']) {
      const { items } = await table('Orders').query({ customerId });
      const references = referencesOf(items);
      const byTable = (name: string) => references.flatMap((r) => ('table' in r && r.table === name ? [r.key] : []));
      const inStore = (name: string) =>
        references.flatMap((r) => ('documents' in r && r.documents === name ? [r.key] : []));
      const orderIds = items.filter((item) => item['item'] === 'order').map((item) => String(item['orderId']));
      const mine = (item: Record<string, unknown>): boolean =>
        item['customerId'] === customerId || item['owner'] === customerId;
      const keyOf = ({ customerId: partition, orderId }: Record<string, unknown>) => ({
        customerId: partition,
        orderId,
      });
      expect(byTable('Orders')).toEqual(expect.arrayContaining(itemsIn('Orders').filter(mine).map(keyOf)));
      expect(byTable('Ledger')).toEqual(orderIds.map((chargeKey) => ({ chargeKey })));
      for (const { chargeKey } of byTable('Ledger')) {
        expect(itemsIn('Ledger').map((item) => item['chargeKey'])).toContain(chargeKey);
      }
      const stored = testShop.documents().filter((key) => orderIds.some((id) => key.includes(`/${id}.`)));
      expect(
        [
          ...inStore('InvoiceDocuments').map((key) => `InvoiceDocuments/${key}`),
          ...inStore('MailOutbox').map((key) => `MailOutbox/${key}`),
        ].sort(),
      ).toEqual(stored.sort());
    }
  });

  test("items beside an order can't be read as an order", async () => {
    const orderId = await shop(ANNE, 'basket-1');
    await testShop.deliverAll();
    expect(itemsIn('Orders').map((item) => item['orderId'])).toContain(`payment#${orderId}`);
    const params = { orderId: `payment#${orderId}` };
    expect(await call('OrderHistory', 'GET /orders/{orderId}', { caller: ANNE, params })).toMatchObject({
      status: 404,
    });
  });
});
