import { type Backoff, backoffMs } from '../../../lib/protocol';
import type { Sending } from './address';
import { batches } from './batches';

/** A message that a queue rejected. */
export interface Refusal {
  readonly sending: Sending;
  /** Error code of SQS, or one of ours: `OutOfTime`, `HeldBack`. */
  readonly code: string;
  /** Text of SQS. Not for logs. */
  readonly message: string;
}

/** Dependencies of sending. */
export interface DeliveryDependencies {
  /** Sends up to 10 messages to their queue. @returns those that it rejected */
  readonly send: (url: string, sendings: readonly Sending[]) => Promise<Refusal[]>;
  /** Milliseconds until Lambda stops this invocation. */
  readonly remainingMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** A number in [0, 1). */
  readonly random: () => number;
  /**
   * URLs of queues that took no message of a whole batch in its time. Kept from one invocation to
   * the next.
   */
  readonly broken: Set<string>;
}

/** Batches in flight to one standard queue. */
const PARALLEL_BATCHES = 4;

const BACKOFF: Backoff = { baseMs: 100, capMs: 5_000 };

/**
 * SQS rejects a batch whose messages together are larger than the queue's limit, 256 KiB or 1 MiB.
 */
const BATCH_TOO_LONG = 'BatchRequestTooLong';

/**
 * Codes that another attempt can't change. All others may pass: throttling, and a missing right
 * too.
 */
const NON_RETRYABLE = new Set([BATCH_TOO_LONG, 'InvalidMessageContents', 'InvalidParameterValue', 'MissingParameter']);

/** Whether another attempt may succeed. */
export function isRetryable({ code }: Refusal): boolean {
  return !NON_RETRYABLE.has(code);
}

/**
 * Sends messages to one queue and retries rejected ones until only `reserveMs` remain. A queue that
 * took nothing in all of that time gets one attempt a batch until it takes a message again. So a
 * queue that is broken for hours doesn't delay the others by 40 seconds a batch.
 * @returns the rejected messages, in the order of `sendings`
 */
export async function deliver(
  url: string,
  sendings: readonly Sending[],
  reserveMs: number,
  dependencies: DeliveryDependencies,
): Promise<Refusal[]> {
  const { broken, random, remainingMs, sleep } = dependencies;
  const refused = new Map<Sending, Refusal>();
  let waiting = sendings;
  for (let attempt = 1; waiting.length > 0; attempt++) {
    for (const sending of waiting) refused.delete(sending);
    for (const refusal of await sendOnce(url, waiting, reserveMs, dependencies)) refused.set(refusal.sending, refusal);
    waiting = [...refused.values()].filter(isRetryable).map(({ sending }) => sending);
    if (waiting.length < sendings.length) broken.delete(url);
    if (waiting.length === 0 || broken.has(url)) break;
    const delayMs = backoffMs(attempt, BACKOFF, random);
    if (remainingMs() - delayMs <= reserveMs) {
      if (waiting.length === sendings.length) broken.add(url);
      break;
    }
    await sleep(delayMs);
  }
  return sendings.flatMap((sending) => refused.get(sending) ?? []);
}

/**
 * Sends each message once. Behind a retryable rejection, the later messages of a FIFO group are
 * held back.
 */
async function sendOnce(
  url: string,
  sendings: readonly Sending[],
  reserveMs: number,
  dependencies: DeliveryDependencies,
): Promise<Refusal[]> {
  const queue = batches(sendings);
  const fifo = sendings[0]?.fifo === true;
  const refusals: Refusal[] = [];
  /** The rejection that each stopped group waits for. */
  const stopped = new Map<string, Refusal>();
  const stopOf = ({ group }: Sending) => (fifo && group !== undefined ? stopped.get(group) : undefined);

  async function sendBatches(): Promise<void> {
    for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
      if (dependencies.remainingMs() <= reserveMs) {
        refusals.push(...batch.map((sending) => ({ sending, code: 'OutOfTime', message: 'it was never sent' })));
        continue;
      }
      const free: Sending[] = [];
      for (const sending of batch) {
        const stop = stopOf(sending);
        if (stop === undefined) free.push(sending);
        else refusals.push(heldBack(sending, stop));
      }
      const rejected = await sendBatch(url, free, dependencies);
      refusals.push(...rejected);
      // Messages behind a non-retryable one need not wait: it will never be sent.
      for (const refusal of rejected.filter(isRetryable)) {
        if (fifo) stopped.set(refusal.sending.group ?? '', refusal);
      }
    }
  }
  await Promise.all(Array.from({ length: fifo ? 1 : PARALLEL_BATCHES }, sendBatches));
  return refusals;
}

/** Sends a batch. If SQS rejects it as a whole for what a part of it causes, sends its parts. */
async function sendBatch(
  url: string,
  batch: readonly Sending[],
  dependencies: DeliveryDependencies,
): Promise<Refusal[]> {
  if (batch.length === 0) return [];
  try {
    return await dependencies.send(url, batch);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'Unknown', message: String(error) };
    // The query protocol and some SQS look-alikes put a namespace in front:
    // 'AWS.SimpleQueueService.BatchRequestTooLong'.
    const code = name.slice(name.lastIndexOf('.') + 1);
    const refusals = batch.map((sending): Refusal => ({ sending, code, message }));
    if (batch.length === 1 || refusals.every(isRetryable)) return refusals;
    const size = code === BATCH_TOO_LONG ? Math.ceil(batch.length / 2) : 1;
    const rejected: Refusal[] = [];
    // One after the other, so that a FIFO queue receives them in order.
    for (let from = 0; from < batch.length; from += size) {
      rejected.push(...(await sendBatch(url, batch.slice(from, from + size), dependencies)));
    }
    return rejected;
  }
}

function heldBack(sending: Sending, { code, message }: Refusal): Refusal {
  return { sending, code: 'HeldBack', message: `an earlier message of its group was not taken: ${code} ${message}` };
}
