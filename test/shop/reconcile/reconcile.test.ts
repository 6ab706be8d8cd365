import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { initialSlots, openShardMap, shardOf, slotOf } from '../../../lib/protocol';
import {
  compare,
  type Expected,
  expectedOf,
  type Found,
  type FoundLine,
  type FoundOrder,
} from '../../../shop/reconcile';
import { parseCsv } from '../../../shop/reconcile/csv';
import { pounds } from '../../../shop/reconcile/expected';
import { headersOf } from '../../../shop/reconcile/mail-headers';
import { textsOfPdf } from '../../../shop/reconcile/pdf-text';
import { ownerOf, slotFor } from '../../../shop/reconcile/slots';
import { misplacedOf } from '../../../shop/reconcile/stores';
import { catalogueOf, readSales } from '../../../shop/replay/read-sales';

const CSV = readFileSync('shop/data/online-retail-2010-12-01.csv', 'utf8');
const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const day = expectedOf(CSV);

/** Stores as they are after a perfect run. */
function perfect(expected: Expected): Found {
  const decimal = (value: bigint): string => pounds(value).replace(/,/g, '');
  const isGuest = (id: string): boolean => id.startsWith('guest#');
  return {
    orders: expected.orders.map((order) => ({
      ...order,
      kind: order.refund ? 'refund' : 'sale',
      status: 'complete',
      currency: 'GBP',
      total: decimal(order.total),
      mail: isGuest(order.customerId) ? 'no address' : 'sent',
      lines: order.lines.map((line) => ({
        ...line,
        quantity: Number(line.quantity),
        unitPrice: decimal(line.unitPrice),
      })),
    })),
    payments: expected.orders.map(({ orderId, customerId, total }) => ({
      orderId,
      customerId,
      amount: decimal(total),
    })),
    charges: expected.orders.map((order) => ({ chargeKey: order.orderId, amount: decimal(order.total), charges: 1 })),
    invoices: expected.orders.map(({ orderId, refund, total }) => ({
      orderId,
      texts: [`${refund ? 'Credit note' : 'Invoice'} ${orderId}`, 'Sum', `GBP ${decimal(total)}`],
    })),
    mails: expected.orders
      .filter((order) => !isGuest(order.customerId))
      .map(({ orderId, customerId, refund }) => ({
        orderId,
        to: `customer-${customerId.replace('customer#', '')}@customers.example`,
        subject: `Your ${refund ? 'refund' : 'order'} ${orderId}`,
      })),
    products: expected.products,
    refused: expected.refused,
    misplaced: [],
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

/** The first two with one of their fields exchanged. */
function swapped<T>(items: readonly T[], field: keyof T): T[] {
  const [a, b, ...rest] = items;
  return [{ ...a!, [field]: b![field] }, { ...b!, [field]: a![field] }, ...rest];
}

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
  ['two charges changed places', { charges: swapped(first.charges, 'amount') }, ['orders charged another amount']],
  [
    'two payments changed places',
    { payments: swapped(first.payments, 'amount') },
    ['payments of another amount or customer'],
  ],
  [
    'a payment lies with another customer',
    { payments: [{ ...first.payments[0]!, customerId: '1' }, ...first.payments.slice(1)] },
    ['payments of another amount or customer'],
  ],
  [
    'a document shows nothing',
    { invoices: [{ ...first.invoices[0]!, texts: [] }, ...first.invoices.slice(1)] },
    ['documents that show another order or sum'],
  ],
  [
    'two documents changed places',
    { invoices: swapped(first.invoices, 'texts') },
    ['documents that show another order or sum'],
  ],
  [
    'a document shows another sum',
    {
      invoices: [
        { ...first.invoices[0]!, texts: first.invoices[0]!.texts.map((text) => text.replace('139.12', '139.13')) },
        ...first.invoices.slice(1),
      ],
    },
    ['documents that show another order or sum'],
  ],
  [
    'a document is missing',
    { invoices: first.invoices.slice(1) },
    ['invoice documents', 'orders without exactly one invoice'],
  ],
  [
    'a mail went to somebody else',
    { mails: [{ ...first.mails[0]!, to: 'customer-1@customers.example' }, ...first.mails.slice(1)] },
    ['mails to another address or about another order'],
  ],
  [
    'two mails changed places',
    { mails: swapped(first.mails, 'subject') },
    ['mails to another address or about another order'],
  ],
  ['an item lies in another shard', { misplaced: ['Orders 17850'] }, ['items outside the shard that owns their slot']],
  ['a mail is missing', { mails: first.mails.slice(1) }, ['mails', 'customers without exactly one mail']],
  [
    'another line was refused',
    { refused: [2, ...first.refused.slice(1)] },
    ['lines refused or accepted against the rules'],
  ],
  [
    'a product is missing',
    { products: first.products.slice(1) },
    ['products in the catalogue', 'products missing or unknown'],
  ],
])('shows when %s', (_, change, rows) => {
  expect(wrong({ ...perfect(day), ...change })).toEqual(rows);
});

test.each<[string, Partial<FoundOrder>]>([
  ['customer', { customerId: '1' }],
  ['kind', { kind: 'gift' }],
  ['time', { placedAt: '2010-12-01T08:27:00' }],
  ['country', { country: 'Norway' }],
  ['currency', { currency: 'EUR' }],
  ['address', { email: 'somebody@example.com' }],
  ['total', { total: '139.11' }],
])('shows when an order has another %s', (_, change) => {
  expect(wrong({ ...perfect(day), orders: [{ ...order!, ...change }, ...others] })).toContain(
    'orders that differ from the file',
  );
});

test.each<[keyof FoundLine, string | number]>([
  ['sku', 'X'],
  ['description', 'X'],
  ['quantity', 7],
  ['unitPrice', '2.56'],
])('shows when a line has another %s', (field, value) => {
  const lines = [{ ...order!.lines[0]!, [field]: value }, ...order!.lines.slice(1)];
  expect(wrong({ ...perfect(day), orders: [{ ...order!, lines }, ...others] })).toEqual([
    'orders that differ from the file',
  ]);
});

test('orders of the storefront are not in the file, and not missed', () => {
  const web = { ...order!, orderId: 'W-1', customerId: 'person#anne' };
  const found = perfect(day);
  expect(
    wrong({
      ...found,
      orders: [...found.orders, web],
      mails: [...found.mails, { ...found.mails[0]!, orderId: 'W-1' }],
      payments: [...found.payments, { ...found.payments[0]!, orderId: 'W-1' }],
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

  test('a price of three decimals is refused: nobody can be charged part of a penny', () => {
    expect(of('1,PADS,PADS TO MATCH,5,2010-12-01T09:00:00,0.001,,EIRE')).toMatchObject({ orders: [], refused: [2] });
  });

  test('a line with a negative price is refused (bad debt)', () => {
    expect(of('A563185,B,Adjust bad debt,1,2011-08-12T14:50:00,-11062.06,,United Kingdom')).toMatchObject({
      orders: [],
      refused: [2],
    });
  });

  test('a bad debt with a positive price is accepted like any line', () => {
    const { orders } = of('A563185,B,Adjust bad debt,1,2011-08-12T14:50:00,11062.06,,United Kingdom');
    expect(orders).toMatchObject([{ orderId: 'A563185', refund: false, total: 1_106_206n }]);
  });

  test('a mixed invoice keeps its good lines', () => {
    const { orders, refused } = of(
      '1,A1,TEA,2,2010-12-01T09:00:00,1.5,7,EIRE',
      '1,A2,,-3,2010-12-01T09:00:00,0,7,EIRE',
    );
    expect(orders).toMatchObject([
      { customerId: 'customer#7', lines: [{ sku: 'A1', quantity: 2n, unitPrice: 150n }], total: 300n },
    ]);
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

describe('shards', () => {
  const shards = ['a', 'b', 'c'];
  const slots = initialSlots(shards.length);
  const map = openShardMap({ table: 'Orders', epoch: 1, shards, slots, partitionKey: 'customerId' });

  test('the second implementation of the hash gives the same slots and owners as the protocol', () => {
    void fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), (key) => {
        expect(slotFor(key)).toBe(slotOf(key));
        expect(ownerOf(slots, slotFor(key))).toBe(shardOf(map, key));
      }),
    );
  });

  test('an item in a shard that does not own its slot is named', () => {
    const place = (key: string): number => ownerOf(slots, slotFor(key));
    const perShard = shards.map((_, shard) =>
      ['1', '2', '3', '4', '5', '17850']
        .filter((key) => place(key) === shard)
        .map((key) => ({ customerId: { S: key } })),
    );
    const sharding = { slots, partitionKey: 'customerId' };
    expect(misplacedOf('Orders', sharding, perShard)).toEqual([]);
    perShard[(place('17850') + 1) % 3]!.push({ customerId: { S: '17850' } });
    expect(misplacedOf('Orders', sharding, perShard)).toEqual(['Orders 17850']);
  });

  test('fails if a map has no owner for a slot', () => {
    expect(() => ownerOf('8192x0', 16_383)).toThrow('slot 16383');
  });
});

describe('documents', () => {
  const stream = (entries: string, body: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from(`1 0 obj\n<<\n${entries}/Length ${body.length}\n>>\nstream\n`),
      body,
      Buffer.from('\nendstream\nendobj\n'),
    ]);
  const content = Buffer.from('BT <496E766F6963652031> Tj T* <A3> Tj ET');
  const pdf = (...parts: Buffer[]): Buffer =>
    Buffer.concat([Buffer.from('%PDF-1.7\n'), ...parts, Buffer.from('%%EOF')]);

  test('texts are read from compressed and plain streams', () => {
    const document = pdf(stream('/Filter /FlateDecode\n', deflateSync(content)), stream('', content));
    expect(textsOfPdf(document)).toEqual(['Invoice 1', '£', 'Invoice 1', '£']);
  });

  test.each([
    ['is no PDF', Buffer.from('<html>')],
    ['is cut short', pdf(stream('', content)).subarray(0, -10)],
    ['is damaged', pdf(stream('/Filter /FlateDecode\n', content))],
  ])('one that %s shows nothing', (_, bytes) => {
    expect(textsOfPdf(bytes)).toEqual([]);
  });

  test('the headers of a mail are read, and one that is there twice is none', () => {
    expect(headersOf('From: a@b\r\nTo: c@d\r\nSubject: Your\r\n order 1\r\n\r\nTo: nobody')).toEqual({
      to: 'c@d',
      subject: 'Your order 1',
    });
    expect(headersOf('To: c@d\r\nTo: e@f\r\n\r\n')).toEqual({ to: '', subject: '' });
  });
});
