import { readFileSync } from 'node:fs';
import { compare, expectedOf, type FoundOrder } from '../../local/reconcile';
import { placeSale, type RefusedLine } from '../../local/replay/place-sale';
import type { Post } from '../../local/replay/post';
import { catalogueOf, readSales } from '../../local/replay/read-sales';
import { call, deliverAll, type Routes, TILL, type Work } from './harness';
import { itemsIn, reset } from './memory-runtime';

// The partner's slowness is tested where it is made; here nobody waits for it.
jest.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }));

jest.mock('../../lambdas/runtime', () => ({
  ...jest.requireActual('../../lambdas/runtime'),
  ...jest.requireActual('./memory-runtime'),
  routes: (table: unknown) => table,
  worker: (handle: never, options: never) => jest.requireActual('./harness').checkedWork(handle, options),
}));

const documents = new Map<string, number>();
jest.mock('../../lambdas/shop/paperwork/bucket', () => ({
  bucketOf: (variable: string) => variable,
  writeDocument: async (bucket: string, key: string, body: Uint8Array) =>
    void documents.set(`${bucket}/${key}`, body.length),
}));

const load = <T>(name: string): T => (jest.requireActual(`../../lambdas/shop/${name}`) as { handler: T }).handler;
const doors: Record<string, Routes> = {
  '/checkout': load('checkout'),
  '/refunds': load('checkout'),
  '/catalogue': load('catalogue'),
};
const workers: Record<string, Work> = { Payments: load('payments'), Invoices: load('invoices'), Mail: load('mail') };

/** The way through the edge, without the edge. */
const post: Post = async (path, body) => {
  // The till's numbers go through JSON: what isn't one arrives as null.
  const answer = await call(doors[path]!, `POST ${path}`, { caller: TILL, body: JSON.parse(JSON.stringify(body)) });
  return { status: answer.status, faults: answer.issues ?? [], text: JSON.stringify(answer) };
};

const documentsIn = (bucket: string) =>
  [...documents]
    .filter(([key]) => key.startsWith(bucket))
    .map(([key, bytes]) => ({ orderId: key.replace(/^.*\/|\.\w+$/g, ''), bytes }));

test('a real day goes through catalogue, checkout and workers, and agrees with its file in every row', async () => {
  reset();
  const csv = readFileSync('data/online-retail-2010-12-01.csv', 'utf8');
  const sales = readSales(csv);
  const products = catalogueOf(sales);
  for (let i = 0; i < products.length; i += 100) await post('/catalogue', { products: products.slice(i, i + 100) });
  const refused: RefusedLine[] = [];
  for (const sale of sales) refused.push(...(await placeSale(post, sale)).refused);
  await deliverAll(workers);

  const stored = itemsIn('Orders');
  const rows = compare(expectedOf(csv), {
    orders: stored
      .filter((item) => item['item'] === 'order')
      .map((item) => ({ ...(item as unknown as FoundOrder), mail: (item['mail'] as { outcome: string }).outcome })),
    payments: stored
      .filter((item) => item['item'] === 'payment')
      .map((item) => String(item['orderId']).slice('payment#'.length)),
    charges: itemsIn('Ledger').map((item) => ({
      chargeKey: String(item['chargeKey']),
      amount: String(item['amount']),
      charges: Number(item['charges']),
    })),
    invoices: documentsIn('INVOICE_BUCKET'),
    mails: documentsIn('MAIL_BUCKET').map(({ orderId }) => orderId),
    products: itemsIn('Catalogue')
      .filter((item) => item['sk'] === 'product')
      .map((item) => String(item['sku'])),
    refused: [...new Set(refused.map(({ record }) => record))],
  });
  expect(rows.filter((row) => !row.ok)).toEqual([]);
  expect(rows.length).toBeGreaterThan(15);
}, 60_000);
