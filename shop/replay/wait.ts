import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Connection, everyPage, table } from '../../lambdas/runtime';
import { mapTableOf } from '../reconcile';
import type { RunningShop } from '../running-shop';

/** Milliseconds between two looks at the orders. */
const PAUSE = 500;
/** Milliseconds in which at least one order must take a step. */
const PATIENCE = 120_000;

const STEPS = ['placed', 'paid', 'invoiced', 'complete'] as const;

/**
 * Waits until the workers are done with every order, over all shards.
 * @throws Error that names orders and their status if nothing moves any more
 */
export async function waitForWorkers(context: RunningShop): Promise<void> {
  const client = new DynamoDBClient({ endpoint: context.endpoint, region: context.region });
  const connection = new Connection({ mapTable: await mapTableOf(client, context) }, { client });
  const orders = table('Orders', { connection });
  let last = '';
  let moved = Date.now();
  for (;;) {
    const waiting: string[] = [];
    const counts = new Map<string, number>();
    const attributes = ['item', 'orderId', 'status'];
    for await (const item of everyPage((cursor) => orders.scatter({ attributes, ...(cursor ? { cursor } : {}) }))) {
      if (item['item'] !== 'order') continue;
      const status = String(item['status']);
      counts.set(status, (counts.get(status) ?? 0) + 1);
      if (status !== 'complete') waiting.push(`${item['orderId']} (${status})`);
    }
    const state = STEPS.map((step) => `${counts.get(step) ?? 0} ${step}`).join(', ');
    context.progress(`workers: ${state}`);
    if (waiting.length === 0) return;
    if (state !== last) moved = Date.now();
    last = state;
    if (Date.now() - moved > PATIENCE) {
      throw new Error(
        `workers must finish every order, but nothing moved for ${PATIENCE / 1000} s: ${waiting.slice(0, 10).join(', ')}` +
          `${waiting.length > 10 ? ` and ${waiting.length - 10} more` : ''}; their dead-letter queues say why`,
      );
    }
    await sleep(PAUSE);
  }
}
