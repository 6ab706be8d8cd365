import type { Peers } from '../coldstart/peers';
import { median } from '../measure';
import { clientOf, HandlerProcess } from './candidates';
import { BATCH, eventsOf, putMap, putOrders } from './orders';
import type { Stub } from './service';

const ACCOUNT = 'memory';
/** Messages for which the bench makes events at a time. */
const PIECE = 500;

/** The heap of one process after each step, in MB, without garbage. */
export async function heapOf(peers: Peers, stub: Stub, steps: number, messages: number): Promise<number[]> {
  const client = clientOf(stub.url, ACCOUNT);
  await putMap(client);
  const handler = await HandlerProcess.start('marker', peers, stub.url, ACCOUNT);
  try {
    const heaps: number[] = [];
    for (let step = 0; step < steps; step++) {
      let heapMb = 0;
      for (let from = step * messages; from < (step + 1) * messages; from += PIECE) {
        await putOrders(client, from, PIECE);
        const sample = await handler.run({ events: eventsOf(from, PIECE / BATCH), heap: true });
        if (sample.failed > 0) throw new Error(`all messages must be done, got ${sample.failed} failed`);
        heapMb = sample.heapMb;
      }
      heaps.push(heapMb);
    }
    return heaps;
  } finally {
    handler.kill();
  }
}

/**
 * Growth of the heap in MB, from the second step to the last, as the difference of medians. The
 * first step compiles code and fills caches.
 */
export function growthOf(heaps: readonly number[]): number {
  const settled = heaps.slice(1);
  const part = Math.max(1, Math.floor(settled.length / 3));
  return median(settled.slice(-part)) - median(settled.slice(0, part));
}
