import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Connection, everyPage, table } from '../../lambdas/runtime';
import { describeQueues, type QueueState } from '../../local/queues';
import { mapTableOf } from '../reconcile';
import type { ReplayedShop } from '../running-shop';

/** Pause between two reads of the orders. */
const PAUSE_MS = 500;
/** If no message is in flight, an order or a queue must change within this time. */
const GRACE_PERIOD_MS = 60_000;
/** Maximum number of orders that an error names. */
const MAX_NAMED_ORDERS = 10;

const STEPS = ['placed', 'paid', 'invoiced', 'complete'] as const;

/** Status of the orders. */
export interface Progress {
  /** Number of orders by status: `3 placed, 2 paid`. */
  readonly counts: string;
  /** Incomplete orders: `536365 (paid)`. */
  readonly unfinished: readonly string[];
}

/** Dependencies of the wait. */
export interface WaitDependencies {
  /** Reads all orders. */
  readonly orders: () => Promise<Progress>;
  /** Reads the queues that hold messages. */
  readonly queues: () => Promise<QueueState[]>;
  readonly progress: (text: string) => void;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/**
 * Waits until the workers have completed all orders in all shards.
 * @throws Error if there is no more progress. The error names incomplete orders with their status,
 * and queues that hold messages.
 */
export async function waitForWorkers(context: ReplayedShop): Promise<void> {
  const client = new DynamoDBClient({ endpoint: context.endpoint, region: context.region });
  const connection = new Connection({ mapTable: await mapTableOf(client, context) }, { client });
  const orders = table('Orders', { connection });
  await waitUntilComplete({
    orders: async () => {
      const unfinished: string[] = [];
      const counts = new Map<string, number>();
      const attributes = ['item', 'orderId', 'status'];
      for await (const item of everyPage((cursor) => orders.scatter({ attributes, ...(cursor ? { cursor } : {}) }))) {
        if (item['item'] !== 'order') continue;
        const status = String(item['status']);
        counts.set(status, (counts.get(status) ?? 0) + 1);
        if (status !== 'complete') unfinished.push(`${item['orderId']} (${status})`);
      }
      return { counts: STEPS.map((step) => `${counts.get(step) ?? 0} ${step}`).join(', '), unfinished };
    },
    queues: () => context.heldMessages(),
    progress: (text) => context.progress(text),
    now: Date.now,
    sleep,
  });
}

/**
 * Waits while orders or queues change or a message is in flight. The message of a killed worker
 * stays in flight for minutes, and nothing else may change during this time.
 */
export async function waitUntilComplete({ orders, queues, progress, now, sleep }: WaitDependencies): Promise<void> {
  let last = '';
  let deadline = now() + GRACE_PERIOD_MS;
  for (;;) {
    const { counts, unfinished } = await orders();
    progress(`workers: ${counts}`);
    if (unfinished.length === 0) return;
    const held = await queues();
    const state = JSON.stringify([counts, held]);
    if (state !== last) {
      const visibleTimes = held.map(({ visibleAt }) => visibleAt ?? 0);
      deadline = Math.max(now(), ...visibleTimes) + GRACE_PERIOD_MS;
    }
    last = state;
    if (now() > deadline) {
      const named = unfinished.slice(0, MAX_NAMED_ORDERS).join(', ');
      const more = unfinished.length - MAX_NAMED_ORDERS;
      throw new Error(
        `workers must finish every order, but nothing changed for ${GRACE_PERIOD_MS / 1000} s: ${named}` +
          `${more > 0 ? ` and ${more} more` : ''}; ${describeQueues(held, now())}`,
      );
    }
    await sleep(PAUSE_MS);
  }
}
