import { readFileSync } from 'node:fs';
import { LocalError } from '../../../local/local-error';
import { catalogueOf, readSales } from '../../../shop/replay/read-sales';

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const day = readSales(readFileSync('shop/data/online-retail-2010-12-01.csv', 'utf8'));

test('the day has 143 invoices of 3,108 lines in the order of their time, the largest of 592', () => {
  expect(day).toHaveLength(143);
  expect(day.reduce((sum, sale) => sum + sale.lines.length, 0)).toBe(3108);
  expect(Math.max(...day.map((sale) => sale.lines.length))).toBe(592);
  const times = day.map((sale) => sale.placedAt);
  expect(times).toEqual([...times].sort());
});

test('a cancellation gives back positive pieces', () => {
  const [sale] = readSales(`${HEADER}\nC1,D,Discount,-3,2010-12-01T09:41:00,27.5,14527,United Kingdom`);
  expect(sale).toMatchObject({ cancellation: true, lines: [{ record: 2, quantity: 3, unitPrice: '27.5' }] });
});

test('a customer named on one line is the customer of the invoice', () => {
  const rows = ['1,A,X,1,2010-12-01T09:41:00,1,,EIRE', '1,B,Y,1,2010-12-01T09:41:00,1,17850,EIRE'];
  const [sale] = readSales([HEADER, ...rows].join('\r\n'));
  expect(sale).toMatchObject({ customerId: '17850', lines: [{ sku: 'A' }, { sku: 'B' }] });
});

test('the catalogue has products only, each once, with a price', () => {
  const skus = catalogueOf(day).map(({ sku }) => sku);
  expect(new Set(skus).size).toBe(skus.length);
  expect(skus).not.toContain('POST');
  expect(skus).not.toContain('37509');
});

test.each([
  ['2010-12-01T08:26:00', '2010-12-01T08:26:00'],
  ['2010-12-01 08:26:00', '2010-12-01T08:26:00'],
  ['2010-12-01 8:26', '2010-12-01T08:26:00'],
  ['12/1/2010 8:26', '2010-12-01T08:26:00'],
  ['12/31/2010 18:26:05', '2010-12-31T18:26:05'],
  ['1.12.2010', '1.12.2010'],
])('the time %s is sent as %s', (text, placedAt) => {
  expect(readSales(`${HEADER}\n1,A,X,1,${text},1,7,EIRE`)[0]?.placedAt).toBe(placedAt);
});

test.each([
  ['6', 6],
  ['-6', -6],
  ['007', 7],
  ['', ''],
  ['1e2', '1e2'],
  ['0x10', '0x10'],
  ['+5', '+5'],
  ['6.0', '6.0'],
])('a quantity of %j is sent as %j', (text, quantity) => {
  expect(readSales(`${HEADER}\n1,A,X,${text},2010-12-01T09:41:00,1,7,EIRE`)[0]?.lines[0]?.quantity).toBe(quantity);
});

test('a number that begins with c or C is a cancellation', () => {
  const rows = ['C1', 'c2', 'A3', '4'].map((id) => `${id},A,X,1,2010-12-01T09:41:00,1,7,EIRE`);
  expect(readSales([HEADER, ...rows].join('\n')).map((sale) => sale.cancellation)).toEqual([true, true, false, false]);
});

test('blank records are not counted, whichever way they are blank', () => {
  const row = (id: string): string => `${id},A,X,1,2010-12-01T09:41:00,1,7,EIRE`;
  const [first, second] = readSales(['', HEADER, '""', row('1'), '  ', ',,,', row('2'), ''].join('\r\n'));
  expect([first, second]).toMatchObject([{ lines: [{ record: 2 }] }, { lines: [{ record: 3 }] }]);
});

test('an invoice without a country is sold from an unspecified one', () => {
  expect(readSales(`${HEADER}\n1,A,X,1,2010-12-01T09:41:00,1,7,`)[0]?.country).toBe('Unspecified');
});

const ROW = '1,A,X,1,2010-12-01T09:41:00,1,7,EIRE';
test.each([
  ['', /empty/],
  ['\r\n\r\n', /empty/],
  ['InvoiceNo,StockCode\n1,2', /record 1 .*missing: Description, Quantity/],
  [HEADER, /record 1, the header, is its only record/],
  [`${HEADER}\n${ROW}\n1,A,"X,1,2010-12-01T09:41:00,1,7,EIRE`, /record 3, field Description, line 3 must be CSV/],
  [`${HEADER}\n1,A,"X" Y,1,2010-12-01T09:41:00,1,7,EIRE`, /record 2, field Description, line 2 must be CSV/],
])('fails when the file is %j, naming record and field', (csv, message) => {
  expect(() => readSales(csv)).toThrow(LocalError);
  expect(() => readSales(csv)).toThrow(message);
});

test('a line is named by its number in the file; empty lines and lines inside of quotes count', () => {
  const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
  const rest = ',1,12/1/2010 8:26,1,7,EIRE';
  const [sale] = readSales(`${header}\r\n\r\n1,A,"TWO\nLINES"${rest}\r\n1,B,TEA${rest}\r\n`);
  expect(sale!.lines.map(({ record, line }) => [record, line])).toEqual([
    [2, 4],
    [3, 5],
  ]);
});
