import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Connection, everyPage, table } from '../../lambdas/runtime';
import { referencesOf } from '../../lambdas/shop/ordering/references';
import { mapTableOf } from '../../shop/reconcile';
import type { RunningShop } from '../../shop/running-shop';
import { honest } from './hostile';

const OUTPUTS = { InvoiceDocuments: 'InvoiceBucket', MailOutbox: 'MailBucket' } as const;

/** Tests of what is stored about customers, on a running shop with a replayed day. */
export function testCustomers(running: () => RunningShop): void {
  describe('what is stored about a customer', () => {
    const post = async (path: string, token: string, content: object) => {
      const body = JSON.stringify(content);
      const { edgeUrl } = running();
      const answer = await fetch(`${edgeUrl}${path}`, { method: 'POST', headers: honest(token, body), body });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    const connect = async () => {
      const { endpoint, region } = running();
      const client = new DynamoDBClient({ endpoint, region });
      return new Connection({ mapTable: await mapTableOf(client, running()) }, { client });
    };

    test('is found from their partition, wherever it is; the mail went to their verified address', async () => {
      const { customer, customerToken, outputs, endpoint, region } = running();
      const token = await customerToken();
      const lines = [{ sku: '85123A', quantity: 1 }];
      const asked = { idempotencyKey: 'everything-about-me', lines, total: '0.01' };
      const { body: refused } = await post('/checkout', token, asked);
      const placed = await post('/checkout', token, { ...asked, total: refused['total'] });
      expect(placed.status).toBe(201);
      const orderId = String(placed.body['orderId']);

      const connection = await connect();
      const customerId = `person#${customer.sub}`;
      const key = { customerId, orderId };
      for (let looks = 0; (await table('Orders', { connection }).get(key))?.['status'] !== 'complete'; looks++) {
        if (looks > 120) throw new Error('the order must be complete within a minute');
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      const { items } = await table('Orders', { connection }).query({ customerId });
      // Another order of theirs may be under way, with documents that don't exist yet.
      const ofThisOrder = items.filter((item) => String(item['orderId']).includes(orderId));
      const references = referencesOf(ofThisOrder);
      const s3 = new S3Client({ endpoint, region, forcePathStyle: true });
      const found: string[] = [];
      for (const reference of references) {
        if ('table' in reference) {
          expect(await table(reference.table, { connection }).get({ ...reference.key })).toBeDefined();
          found.push(reference.table);
        } else {
          const Bucket = outputs[OUTPUTS[reference.documents]];
          const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: reference.key }));
          const text = (await Body?.transformToString()) ?? '';
          if (reference.documents === 'MailOutbox') expect(text).toContain(`To: ${customer.username}\r\n`);
          found.push(reference.documents);
        }
      }
      expect(new Set(found)).toEqual(new Set(['Orders', 'Ledger', 'InvoiceDocuments', 'MailOutbox']));
      // Neither the address nor anything that would confirm a guess of it.
      expect(JSON.stringify(items)).not.toMatch(/@|hash/i);
    });

    test('is in a partition whose prefix says what kind of owner it has', async () => {
      const orders = table('Orders', { connection: await connect() });
      const prefixes = new Set<string>();
      for await (const item of everyPage((cursor) => orders.scatter(cursor ? { cursor } : {}))) {
        prefixes.add(String(item['customerId']).replace(/#.*$/s, ''));
      }
      expect(prefixes).toEqual(new Set(['person', 'customer', 'guest', 'claim']));
    });

    test('is never an order that DynamoDB could not keep: 413', async () => {
      const pointOfSale = await running().tokenFor('point-of-sale');
      const products = Array.from({ length: 50 }, (_, i) => ({
        sku: `BIG${i}`,
        description: '竹'.repeat(200),
        price: '1',
      }));
      expect((await post('/catalogue', pointOfSale, { products })).status).toBe(200);
      const lines = Array.from({ length: 500 }, (_, i) => ({ sku: `BIG${i % 50}`, quantity: 1 }));
      const body = { idempotencyKey: 'a-large-order', lines, total: '500.00' };
      expect(await post('/checkout', await running().customerToken(), body)).toMatchObject({
        status: 413,
        body: { error: { code: 'order_too_large' } },
      });
    });
  });
}
