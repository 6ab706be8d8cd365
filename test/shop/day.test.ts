import { readFileSync } from 'node:fs';
import { compare, expectedOf, type FoundOrder, type Row } from '../../shop/reconcile';
import { headersOf } from '../../shop/reconcile/mail-headers';
import { textsOfPdf } from '../../shop/reconcile/pdf-text';
import { placeSale, type RefusedLine } from '../../shop/replay/place-sale';
import type { Post } from '../../shop/replay/post';
import { catalogueOf, readSales } from '../../shop/replay/read-sales';
import { POINT_OF_SALE, TestShop } from './test-shop';

// The partner's delays have a test of their own.
jest.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }));

let shop: TestShop;
beforeAll(async () => {
  shop = await TestShop.open();
}, 60_000);
afterAll(() => shop.stack.close());

const post: Post = async (path, body) => {
  const module = path === '/catalogue' ? 'CatalogueEditor' : 'Checkout';
  const answer = await shop.call(module, `POST ${path}`, { caller: POINT_OF_SALE, body });
  return { status: answer.status, faults: answer.issues ?? [], text: JSON.stringify(answer) };
};

const documentsIn = (store: string) => {
  const documents = shop.stack.documents(store);
  return documents
    .keys()
    .map((key) => ({ orderId: key.replace(/^.*\/|\.\w+$/g, ''), bytes: Buffer.from(documents.get(key)!) }));
};
const itemsIn = (name: string) => shop.itemsIn(name);

/** Replays a file without a cloud, and compares as after a replay with one. */
async function rowsOf(csv: string): Promise<{ rows: Row[]; refused: RefusedLine[] }> {
  shop.stack.reset();
  const sales = readSales(csv);
  const products = catalogueOf(sales);
  for (let i = 0; i < products.length; i += 100) await post('/catalogue', { products: products.slice(i, i + 100) });
  const refused: RefusedLine[] = [];
  for (const sale of sales) {
    const placed = await placeSale(post, sale);
    expect(placed.failed).toBeUndefined();
    refused.push(...placed.refused);
  }
  await shop.deliverAll();

  const stored = itemsIn('Orders');
  const rows = compare(expectedOf(csv), {
    orders: stored
      .filter((item) => item['item'] === 'order')
      .map((item) => ({ ...(item as unknown as FoundOrder), mail: (item['mail'] as { outcome: string }).outcome })),
    payments: stored
      .filter((item) => item['item'] === 'payment')
      .map((item) => ({
        orderId: String(item['orderId']).slice('payment#'.length),
        customerId: String(item['customerId']),
        amount: String(item['amount']),
      })),
    charges: itemsIn('Ledger').map((item) => ({
      chargeKey: String(item['chargeKey']),
      amount: String(item['amount']),
      charges: Number(item['charges']),
    })),
    invoices: documentsIn('InvoiceDocuments').map(({ orderId, bytes }) => ({ orderId, texts: textsOfPdf(bytes) })),
    mails: documentsIn('MailOutbox').map(({ orderId, bytes }) => ({ orderId, ...headersOf(bytes.toString('utf8')) })),
    products: itemsIn('Catalogue')
      .filter((item) => item['sk'] === 'product')
      .map((item) => String(item['sku'])),
    refused: [...new Set(refused.map(({ record }) => record))],
    misplaced: [],
  });
  return { rows, refused };
}

test('a real day goes through catalogue, checkout and workers, and agrees with its file in every row', async () => {
  const { rows } = await rowsOf(readFileSync('shop/data/online-retail-2010-12-01.csv', 'utf8'));
  expect(rows.filter((row) => !row.ok)).toEqual([]);
  expect(rows.length).toBeGreaterThan(20);
}, 60_000);

test('an unusual file is accepted and refused by the same rules on both sides', async () => {
  const { rows, refused } = await rowsOf(
    [
      'Country, Quantity ,InvoiceNo,StockCode,Description,InvoiceDate,UnitPrice,CustomerID',
      'EIRE,2,1,A1,TEA,12/1/2010 8:26,1.50,7',
      '',
      ',,,,,,,',
      'EIRE,2e0,1,A2,TEA,12/1/2010 8:26,1.50,7',
      'EIRE, 0x10,1,A3,TEA,12/1/2010 8:26,1.50,7',
      '"EIRE",+3,1,A4,TEA,12/1/2010 8:26,1.50,7',
      'EIRE,007,1,A5,"TEA, ""GREEN""\n£",12/1/2010 8:26,0.0625,7',
      'EIRE,,1,A6,TEA,12/1/2010 8:26,1.50,7',
      ',1,2,B1,CUP,2010-12-01 09:00:00,2.05,',
      'France,-1,c3,B1,CUP,2010-12-02 09:00,2.05,8',
      'France,1,c3,B2,CUP,2010-12-02 09:00,2.05,8',
      'France,1,4,B1,CUP,31/12/2010 9:00,2,8',
      'France,1,5,B1,CUP,2011-02-29 09:00:00,2,8',
      'France,1,,B1,CUP,2011-02-28 09:00:00,2,8',
      'France,1,W-6,B1,CUP,2011-02-28 09:00:00,2,8',
      `France,1,7,B1,CUP,2011-02-28 09:00:00,2,${'8'.repeat(56)}`,
      `France,1,8,B1,CUP,2011-02-28 09:00:00,2,${'8'.repeat(55)}`,
      `${'F'.repeat(61)},1,9,B1,CUP,2011-02-28 09:00:00,2,8`,
      'France,1,A10,B,Adjust bad debt,2011-08-12 14:50:00,11062.06,',
      'France,1,A11,B,Adjust bad debt,2011-08-12 14:51:00,-11062.06,',
      '   ',
      'France,99999999999999999999,12,B1,CUP,2011-02-28 09:00:00,2,8',
      'France,1,13,A#1,CUP,2011-02-28 09:00:00,2,8',
    ].join('\r\n'),
  );
  expect(rows.filter((row) => !row.ok)).toEqual([]);
  expect(refused.map(({ record, field }) => `${record} ${field}`)).toEqual([
    ...['3 quantity', '4 quantity', '5 quantity', '6 unitPrice', '7 quantity', '10 quantity', '11 placedAt'],
    ...['13 orderId', '14 orderId', '15 email', '17 country', '20 quantity', '21 sku', '12 placedAt', '19 unitPrice'],
  ]);
}, 60_000);
