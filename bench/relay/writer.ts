import { setTimeout as sleep } from 'node:timers/promises';
import { table } from '../../lambdas/runtime';

/**
 * Puts orders at a steady rate, each with one message, and reports the time of each answer to the
 * benchmark. It is a separate process, because Node.js reads the emulator's certificate only when a
 * process starts.
 */
const orders = table<{ orderId: string }, 'orderId'>('Orders');

async function write(prefix: string, perSecond: number, count: number): Promise<Record<string, number>> {
  const written: Record<string, number> = {};
  const started = performance.now();
  const writes: Promise<void>[] = [];
  for (let i = 0; i < count; i++) {
    await sleep(Math.max(0, started + (i * 1_000) / perSecond - performance.now()));
    const orderId = `${prefix}-${i}`;
    const put = orders.put({ orderId }, { outbox: [{ to: 'Arrivals', body: { orderId } }] });
    writes.push(
      put.then(() => {
        written[orderId] = Date.now();
      }),
    );
  }
  await Promise.all(writes);
  return written;
}

process.on('message', ({ prefix, perSecond, count }: { prefix: string; perSecond: number; count: number }) => {
  write(prefix, perSecond, count).then(
    (written) => process.send?.({ written }),
    (error: Error) => process.send?.({ error: String(error.stack) }),
  );
});
process.send?.({ ready: true });
