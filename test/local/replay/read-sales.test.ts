import { readFileSync } from 'node:fs';
import { catalogueOf, readSales } from '../../../local/replay/read-sales';

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const day = readSales(readFileSync('data/online-retail-2010-12-01.csv', 'utf8'));

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

test('fails when a column is missing, naming it', () => {
  expect(() => readSales('InvoiceNo,StockCode\n1,2')).toThrow('missing: Description, Quantity');
});
