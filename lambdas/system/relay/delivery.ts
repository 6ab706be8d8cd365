import { backoffMs } from '../../../lib/protocol';
import { batches } from './batches';
import type { Sending } from './read-outboxes';

/** A message that a queue didn't take. */
export interface Refusal {
  readonly sending: Sending;
  readonly code: string;
  readonly message: string;
}

/** What sending needs of the world. */
export interface DeliveryWorld {
  /** Sends up to 10 messages to their queue. @returns those that it refused */
  readonly send: (url: string, sendings: readonly Sending[]) => Promise<Refusal[]>;
  /** Milliseconds until the platform stops this call. */
  readonly remainingMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** URLs of queues that took nothing of a whole batch until its time was up; kept from one call to the next. */
  readonly broken: Set<string>;
}

/** Batches in flight to one standard queue. */
const PARALLEL_BATCHES = 4;

/** Wait before a queue is tried again. */
const BACKOFF = { baseMs: 100, capMs: 5_000 };

/** Refusals that no second try changes. All others, throttling and a missing right among them, may pass. */
const HOPELESS = new Set(['InvalidMessageContents', 'InvalidParameterValue', 'MissingParameter']);

/** Whether no second try changes it. */
export function isHopeless({ code }: Refusal): boolean {
  return HOPELESS.has(code);
}

/**
 * Sends to one queue, and again what it refused, until only `reserveMs` remain. A queue that took nothing in all of a batch's time gets one
 * try of the next batches, until it takes something: what is broken for hours mustn't cost the others half a minute a batch.
 * @returns what wasn't taken, in the order of `sendings`
 */
export async function deliver(
  url: string,
  sendings: readonly Sending[],
  reserveMs: number,
  world: DeliveryWorld,
): Promise<Refusal[]> {
  const refused = new Map<Sending, Refusal>();
  let waiting = sendings;
  for (let attempt = 1; waiting.length > 0; attempt++) {
    for (const sending of waiting) refused.delete(sending);
    for (const refusal of await sendOnce(url, waiting, reserveMs, world)) refused.set(refusal.sending, refusal);
    waiting = sendings.filter((sending) => refused.has(sending) && !isHopeless(refused.get(sending)!));
    if (waiting.length < sendings.length) world.broken.delete(url);
    if (waiting.length === 0 || world.broken.has(url)) break;
    const delay = backoffMs(attempt, BACKOFF, world.random);
    if (world.remainingMs() - delay <= reserveMs) {
      if (waiting.length === sendings.length) world.broken.add(url);
      break;
    }
    await world.sleep(delay);
  }
  return sendings.flatMap((sending) => refused.get(sending) ?? []);
}

/** Tries each message once, but none of a FIFO group behind one that was refused for now. */
async function sendOnce(
  url: string,
  sendings: readonly Sending[],
  reserveMs: number,
  world: DeliveryWorld,
): Promise<Refusal[]> {
  const queue = batches(sendings);
  const refusals: Refusal[] = [];
  const fifo = sendings[0]!.fifo;
  const stopped = new Map<string, Refusal>();
  async function lane(): Promise<void> {
    for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
      if (world.remainingMs() <= reserveMs) {
        refusals.push(...batch.map((sending) => ({ sending, code: 'OutOfTime', message: 'its turn never came' })));
        continue;
      }
      refusals.push(...batch.filter(isBehind).map((sending) => heldBack(sending, stopped.get(sending.group!)!)));
      const refused = await trySend(
        url,
        batch.filter((sending) => !isBehind(sending)),
        world,
      );
      refusals.push(...refused);
      if (!fifo) continue;
      // What is behind a hopeless message needn't wait for it; what is behind one that may still be sent must.
      for (const refusal of refused.filter((one) => !isHopeless(one))) stopped.set(refusal.sending.group!, refusal);
    }
  }
  const isBehind = (sending: Sending) => fifo && stopped.has(sending.group!);
  await Promise.all(Array.from({ length: fifo ? 1 : PARALLEL_BATCHES }, lane));
  return refusals;
}

async function trySend(url: string, batch: readonly Sending[], world: DeliveryWorld): Promise<Refusal[]> {
  if (batch.length === 0) return [];
  try {
    return await world.send(url, batch);
  } catch (error) {
    const { name, message } = error as Error;
    const refusals = batch.map((sending): Refusal => ({ sending, code: name, message }));
    if (batch.length === 1 || !refusals.every(isHopeless)) return refusals;
    // One message spoilt the call for all: alone, each is judged for itself.
    return (await Promise.all(batch.map((sending) => trySend(url, [sending], world)))).flat();
  }
}

function heldBack(sending: Sending, { code, message }: Refusal): Refusal {
  return { sending, code: 'HeldBack', message: `a message of its group before it was not taken: ${code} ${message}` };
}
