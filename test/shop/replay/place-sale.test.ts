import { check } from '../../../lambdas/runtime';
import { sale } from '../../../lambdas/shop/ordering';
import { placeSale } from '../../../shop/replay/place-sale';
import type { Answer } from '../../../shop/replay/post';
import type { Sale } from '../../../shop/replay/read-sales';

const line = (record: number, unitPrice = '1', quantity: number | string = 1) => ({
  record,
  line: record,
  sku: `S${record}`,
  description: 'TEA',
  quantity,
  unitPrice,
});
const SALE: Sale = { invoiceNo: '1', cancellation: false, placedAt: '2010-12-01T09:41:00', country: 'EIRE', lines: [] };

/** A shop with the schemas of ours. */
function shop() {
  const taken: { path: string; body: { lines: object[] } }[] = [];
  const post = async (path: string, body: unknown): Promise<Answer> => {
    const checked = await check(sale, JSON.parse(JSON.stringify(body)));
    if ('issues' in checked) return { status: 422, faults: checked.issues, text: 'invalid' };
    taken.push({ path, body: body as { lines: object[] } });
    return { status: 201, faults: [], text: '' };
  };
  return { post, taken };
}

test('invalid lines are removed and listed by their place in the file; the others are stored', async () => {
  const { post, taken } = shop();
  const placed = await placeSale(post, { ...SALE, lines: [line(7), line(8, '0', 0), line(9), line(10, '1', -5)] });
  expect(placed.lines).toBe(2);
  expect(placed.refused.map(({ record, field }) => [record, field])).toEqual([
    [8, 'quantity, unitPrice'],
    [10, 'quantity'],
  ]);
  expect(placed.refused[0]!.reason).toMatch(/^quantity 0 must be [^;]+; unitPrice "0" must [^;]+$/);
  expect(taken.map(({ body }) => body.lines.length)).toEqual([2]);
});

test('an invoice of more bad lines than an answer names is refused to the last of them', async () => {
  const { post } = shop();
  const lines = Array.from({ length: 592 }, (_, i) => line(i + 2, '0', 0));
  expect((await placeSale(post, { ...SALE, lines })).refused).toHaveLength(592);
});

test('an invoice without a good line is not stored, and not lost from the list', async () => {
  const { post, taken } = shop();
  const placed = await placeSale(post, { ...SALE, lines: [line(7, '-11062.06')] });
  expect(placed).toMatchObject({ lines: 0, refused: [{ invoice: '1', record: 7, field: 'unitPrice' }] });
  expect(taken).toEqual([]);
});

test('a cancellation is a refund', async () => {
  const { post, taken } = shop();
  await placeSale(post, { ...SALE, invoiceNo: 'C1', cancellation: true, lines: [line(7)] });
  expect(taken.map(({ path }) => path)).toEqual(['/refunds']);
});

test('fails when a shop refuses without naming a line: the invoice is reported, with the answer', async () => {
  const post = async (): Promise<Answer> => ({ status: 413, faults: [], text: 'too large' });
  expect(await placeSale(post, { ...SALE, lines: [line(7)] })).toMatchObject({
    lines: 0,
    failed: { invoice: '1', reason: '413 too large' },
  });
});

test('a quantity that is no number reaches the shop as it is written, and is refused', async () => {
  const { post } = shop();
  const placed = await placeSale(post, { ...SALE, lines: [line(7, '1', '1e1')] });
  expect(placed.refused).toMatchObject([
    { record: 7, field: 'quantity', reason: expect.stringContaining('quantity "1e1" must be') },
  ]);
});

test('a fault of the invoice counts as a fault of each of its lines', async () => {
  const { post, taken } = shop();
  const placed = await placeSale(post, { ...SALE, placedAt: '2010-02-31T09:00:00', lines: [line(7), line(9, '0')] });
  expect(placed).toMatchObject({
    lines: 0,
    refused: [
      { record: 7, field: 'placedAt' },
      { record: 9, field: 'placedAt' },
    ],
  });
  expect(placed.failed).toBeUndefined();
  expect(taken).toEqual([]);
});

test('fails when a shop refuses an invoice without a reason: it is reported', async () => {
  const post = async (): Promise<Answer> => ({ status: 422, faults: [], text: 'no' });
  expect(await placeSale(post, { ...SALE, lines: [line(7)] })).toMatchObject({ failed: { invoice: '1' } });
});
