import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { compare, type Expected, expectedOf, type Found } from '../../../local/reconcile';
import { parseCsv } from '../../../local/reconcile/csv';
import { pounds } from '../../../local/reconcile/expected';
import { catalogueOf, readSales } from '../../../local/replay/read-sales';

const CSV = readFileSync('data/online-retail-2010-12-01.csv', 'utf8');
const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const day = expectedOf(CSV);

/** Stores as they are after a perfect run. */
function perfect(expected: Expected): Found {
  const decimal = (value: bigint): string => pounds(value).replace(/,/g, '');
  const ids = expected.orders.map((order) => order.orderId);
  const isGuest = (id: string): boolean => id.startsWith('guest#');
  return {
    orders: expected.orders.map((order) => ({
      ...{
        orderId: order.orderId,
        customerId: order.customerId,
        kind: order.refund ? 'refund' : 'sale',
        status: 'complete',
      },
      ...{
        total: decimal(order.total),
        charge: decimal(order.charge),
        mail: isGuest(order.customerId) ? 'no address' : 'sent',
      },
      lines: order.lines.map((line) => {
        const [sku, quantity, price] = line.split('|');
        return { sku: sku!, quantity: Number(quantity), unitPrice: decimal(BigInt(price!)) };
      }),
    })),
    payments: ids,
    charges: expected.orders.map((order) => ({ chargeKey: order.orderId, amount: decimal(order.charge), charges: 1 })),
    invoices: ids.map((orderId) => ({ orderId, bytes: 2000 })),
    mails: expected.orders.filter((order) => !isGuest(order.customerId)).map((order) => order.orderId),
    products: expected.products,
    refused: expected.refused,
  };
}

const wrong = (found: Found): string[] =>
  compare(day, found)
    .filter((row) => !row.ok)
    .map((row) => row.what);

test('the day is 127 sales and 6 refunds of 3,098 lines, net 58,635.56, with 10 lines to refuse', () => {
  const refunds = day.orders.filter((order) => order.refund);
  const sum = (orders: typeof refunds): string => pounds(orders.reduce((total, order) => total + order.total, 0n));
  expect([day.orders.length - refunds.length, refunds.length, sum(refunds)]).toEqual([127, 6, '-325.23']);
  expect(day.orders.reduce((lines, order) => lines + order.lines.length, 0)).toBe(3098);
  expect(sum([...day.orders])).toBe('58,635.56');
  expect(day.refused).toEqual([624, 1972, 1973, 1974, 1989, 1990, 2026, 2027, 2028, 2408]);
});

test('stores as they should be agree in every row', () => {
  expect(wrong(perfect(day))).toEqual([]);
});

const first = perfect(day);
const [order, ...others] = first.orders;
test.each<[string, Partial<Found>, string[]]>([
  [
    'an order is missing',
    { orders: others },
    ['sales stored', 'lines', 'net, GBP', 'orders that differ from the file'],
  ],
  [
    'an order is stored twice',
    { orders: [order!, ...first.orders] },
    ['sales stored', 'orders stored twice', 'lines', 'net, GBP'],
  ],
  [
    'a penny is missing',
    { orders: [{ ...order!, total: '139.11' }, ...others] },
    ['net, GBP', 'orders that differ from the file'],
  ],
  [
    'lines changed places',
    { orders: [{ ...order!, lines: [...order!.lines].reverse() }, ...others] },
    ['orders that differ from the file'],
  ],
  ['an order waits', { orders: [{ ...order!, status: 'paid' }, ...others] }, ['orders not complete']],
  [
    'a charge came twice',
    { charges: [{ ...first.charges[0]!, charges: 2 }, ...first.charges.slice(1)] },
    ['orders not charged exactly once'],
  ],
  ['a payment is unrecorded', { payments: first.payments.slice(1) }, ['orders without exactly one payment']],
  [
    'a document is empty',
    { invoices: [{ ...first.invoices[0]!, bytes: 0 }, ...first.invoices.slice(1)] },
    ['invoice documents', 'orders without exactly one invoice'],
  ],
  ['a mail is missing', { mails: first.mails.slice(1) }, ['mails', 'customers without exactly one mail']],
  [
    'another line was refused',
    { refused: [2, ...first.refused.slice(1)] },
    ['lines refused otherwise than by the rules'],
  ],
  [
    'a product is missing',
    { products: first.products.slice(1) },
    ['products in the catalogue', 'products missing or unknown'],
  ],
])('shows when %s', (_, change, rows) => {
  expect(wrong({ ...perfect(day), ...change })).toEqual(rows);
});

test('orders of the storefront are not in the file, and not missed', () => {
  const web = { ...order!, orderId: 'W-1', customerId: 'anne' };
  const found = perfect(day);
  expect(
    wrong({
      ...found,
      orders: [...found.orders, web],
      mails: [...found.mails, 'W-1'],
      payments: [...found.payments, 'W-1'],
    }),
  ).toEqual([]);
});

test('replay and reconciliation agree on what is a product', () => {
  expect(
    catalogueOf(readSales(CSV))
      .map(({ sku }) => sku)
      .sort(),
  ).toEqual([...day.products]);
});

describe('other days', () => {
  const of = (...rows: string[]): Expected => expectedOf([HEADER, ...rows].join('\n'));

  test('prices of three decimals count exactly, and are charged in whole pence', () => {
    const { orders } = of('1,PADS,PADS TO MATCH,5,2010-12-01T09:00:00,0.001,,EIRE');
    expect(orders).toMatchObject([{ orderId: '1', customerId: 'guest#1', total: 50n, charge: 100n }]);
  });

  test('a bad debt has a negative price: refused', () => {
    expect(of('A563185,B,Adjust bad debt,1,2011-08-12T14:50:00,-11062.06,,United Kingdom')).toMatchObject({
      orders: [],
      refused: [2],
    });
  });

  test('a mixed invoice keeps its good lines', () => {
    const { orders, refused } = of(
      '1,A1,TEA,2,2010-12-01T09:00:00,1.5,7,EIRE',
      '1,A2,,-3,2010-12-01T09:00:00,0,7,EIRE',
    );
    expect(orders).toMatchObject([{ customerId: '7', lines: ['A1|2|15000'], total: 30_000n }]);
    expect(refused).toEqual([3]);
  });
});

test('CSV is read as another parser reads it', () => {
  const field = fc.stringMatching(/^[a-z ,"\n\r;]{0,8}$/);
  void fc.assert(
    fc.property(
      fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 5 }),
      fc.constantFrom('\n', '\r\n'),
      (records, end) => {
        const quoted = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
        const text = records.map((record) => record.map(quoted).join(',') + end).join('');
        expect(parseCsv(text)).toEqual(records);
        expect(parse(text, { relax_column_count: true, record_delimiter: end })).toEqual(records);
      },
    ),
  );
});
