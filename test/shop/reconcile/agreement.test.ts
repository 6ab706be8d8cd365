import * as fc from 'fast-check';
import { check } from '../../../lambdas/runtime';
import { sale } from '../../../lambdas/shop/ordering';
import { expectedOf } from '../../../shop/reconcile';
import { pounds } from '../../../shop/reconcile/expected';
import { placeSale } from '../../../shop/replay/place-sale';
import type { Answer } from '../../../shop/replay/post';
import { catalogueOf, readSales } from '../../../shop/replay/read-sales';

const COLUMNS = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
];

/** What stands in each column: mostly what should, and all that shouldn't. */
const row = fc.tuple(
  fc.constantFrom('1', '1', '2', '2', 'C3', 'c4', 'A5', 'W-6', '', 'a#b', ' 1 '),
  fc.constantFrom('A1', 'A1', 'B2', 'POST', 'm', '', 'x#y', 'é', 'X'.repeat(33)),
  fc.constantFrom('TEA', 'TEA', 'CUP, "BLUE"', 'A\nB', '£', '', 'X'.repeat(201), '😀'.repeat(100)),
  fc.constantFrom('1', '6', '-2', '-2', '0', '007', '1e1', '6.0', '+5', '0x1', '', '100001', '99999999999999999999'),
  fc.constantFrom('2010-12-01T08:26:00', '12/1/2010 8:26', '2010-12-01 8:26', '2/30/2010 9:00', '1/12/11', '', '24:00'),
  fc.constantFrom('2.55', '0.0625', '0.5', '1', '0', '0.00', '-1', '1.23456', '1,5', '', '.5', '9'.repeat(13)),
  fc.constantFrom('17850', '17850', '', '17850.0', 'guest#1', '8'.repeat(55), '8'.repeat(56)),
  fc.constantFrom('EIRE', 'EIRE', '', 'F'.repeat(60), 'F'.repeat(61), 'A\u2028B'),
);
const blank = fc.constantFrom('', '  ', ',,,,,,,', '""', ' , ');
const quoted = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const csv = fc
  .tuple(
    fc.array(
      fc.oneof(
        { weight: 6, arbitrary: row.map((fields) => fields.map(quoted).join(',')) },
        { weight: 1, arbitrary: blank },
      ),
      {
        minLength: 1,
        maxLength: 12,
      },
    ),
    fc.constantFrom('\n', '\r\n', '\r'),
  )
  .map(([rows, end]) => [COLUMNS.join(','), ...rows, '1,A1,TEA,1,2010-12-01T08:26:00,1,,EIRE'].join(end));

test('for all files, the shop and the reconciliation read the same data', async () => {
  await fc.assert(
    fc.asyncProperty(csv, async (text) => {
      const taken: Record<string, unknown>[] = [];
      const post = async (path: string, body: unknown): Promise<Answer> => {
        const checked = await check(sale, JSON.parse(JSON.stringify(body)));
        if ('issues' in checked) return { status: 422, faults: checked.issues, text: '' };
        const { orderId, customerId, ...rest } = checked.value;
        taken.push({
          ...rest,
          orderId,
          customerId: customerId === undefined ? `guest#${orderId}` : `customer#${customerId}`,
          refund: path === '/refunds',
        });
        return { status: 201, faults: [], text: '' };
      };
      const refused: number[] = [];
      const sales = readSales(text);
      for (const sale of sales) {
        const placed = await placeSale(post, sale);
        expect(placed.failed).toBeUndefined();
        refused.push(...placed.refused.map(({ record }) => record));
      }

      const expected = expectedOf(text);
      expect(refused.sort((a, b) => a - b)).toEqual(expected.refused);
      const byId = (a: Record<string, unknown>, b: Record<string, unknown>) =>
        String(a['orderId']) < String(b['orderId']) ? -1 : 1;
      expect(taken.sort(byId)).toEqual(
        expected.orders
          .map(({ total, ...order }) => ({
            ...order,
            lines: order.lines.map((line, i) => ({
              ...line,
              quantity: Number(line.quantity),
              unitPrice: sameAmount(taken, order.orderId, i, pounds(line.unitPrice)),
            })),
          }))
          .sort(byId),
      );
      expect(
        catalogueOf(sales)
          .map(({ sku }) => sku)
          .sort(),
      ).toEqual(expected.products);
    }),
    { numRuns: 300 },
  );
}, 30_000);

/** The price as the point of sale wrote it, if it is the same amount. */
function sameAmount(taken: readonly Record<string, unknown>[], orderId: string, line: number, price: string): string {
  const order = taken.find((each) => each['orderId'] === orderId) as { lines: { unitPrice: string }[] } | undefined;
  const written = order?.lines[line]?.unitPrice ?? '';
  return Number(written) === Number(price.replaceAll(',', '')) ? written : price;
}
