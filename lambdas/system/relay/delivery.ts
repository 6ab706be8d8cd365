import { type Backoff, backoffMs } from '../../../lib/protocol';
import { errorCode } from '../aws-errors';
import type { Sending } from './address';
import { batches } from './batches';

/** A message that a queue rejected. */
export interface Refusal {
  readonly sending: Sending;
  /** Error code of SQS, or one of the relay: `OutOfTime`, `HeldBack`. */
  readonly code: string;
  /** Error message of SQS. It must not be logged, because it may quote the message. */
  readonly message: string;
}

/** Dependencies of `deliver`. */
export interface DeliveryDependencies {
  /** Sends up to 10 messages to their queue. @returns the rejected ones */
  readonly send: (url: string, sendings: readonly Sending[]) => Promise<Refusal[]>;
  /** Milliseconds until Lambda stops this invocation. */
  readonly remainingMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** A number in [0, 1). */
  readonly random: () => number;
  /**
   * URLs of queues that accepted no message of a batch within the time. They are kept between
   * invocations.
   */
  readonly broken: Set<string>;
}

/** Maximum batches in flight to one standard queue. */
const PARALLEL_BATCHES = 4;

const BACKOFF: Backoff = { baseMs: 100, capMs: 5_000 };

/** SQS's code if the total size of a batch exceeds the queue's limit of 256 KiB or 1 MiB. */
const BATCH_TOO_LONG = 'BatchRequestTooLong';

/**
 * Codes for which a retry can't succeed. A retry may succeed for all other codes, such as
 * throttling or a missing permission.
 */
const NON_RETRYABLE = new Set([BATCH_TOO_LONG, 'InvalidMessageContents', 'InvalidParameterValue', 'MissingParameter']);

/** Whether a retry may succeed. */
export function isRetryable({ code }: Refusal): boolean {
  return !NON_RETRYABLE.has(code);
}

/**
 * Sends messages to one queue, and retries rejected ones until only `reserveMs` remain. If a queue
 * accepts no message in this time, its next batches get one attempt each, until it accepts a
 * message again. So a queue that fails for hours doesn't delay the other queues of each batch of
 * records.
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
 * Sends each message of one queue once. After a retryable rejection, the later messages of the same
 * FIFO group are held back.
 * @returns the rejected messages
 */
export async function sendOnce(
  url: string,
  sendings: readonly Sending[],
  reserveMs: number,
  dependencies: DeliveryDependencies,
): Promise<Refusal[]> {
  const queue = batches(sendings);
  const fifo = sendings[0]?.fifo === true;
  const refusals: Refusal[] = [];
  /** The rejection that stopped each group. */
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
      // Later messages don't wait for a non-retryable message, because it will never be sent.
      for (const refusal of rejected.filter(isRetryable)) {
        if (fifo) stopped.set(refusal.sending.group ?? '', refusal);
      }
    }
  }
  await Promise.all(Array.from({ length: fifo ? 1 : PARALLEL_BATCHES }, sendBatches));
  return refusals;
}

/**
 * Sends a batch. If SQS rejects a whole batch for a reason that concerns a part of it, the batch is
 * split and its parts are sent.
 */
async function sendBatch(
  url: string,
  batch: readonly Sending[],
  dependencies: DeliveryDependencies,
): Promise<Refusal[]> {
  if (batch.length === 0) return [];
  try {
    return await dependencies.send(url, batch);
  } catch (error) {
    const code = errorCode(error);
    const message = error instanceof Error ? error.message : String(error);
    const refusals = batch.map((sending): Refusal => ({ sending, code, message }));
    if (batch.length === 1 || refusals.every(isRetryable)) return refusals;
    const size = code === BATCH_TOO_LONG ? Math.ceil(batch.length / 2) : 1;
    const rejected: Refusal[] = [];
    // The parts are sent one after the other, so that a FIFO queue receives them in order.
    for (let from = 0; from < batch.length; from += size) {
      rejected.push(...(await sendBatch(url, batch.slice(from, from + size), dependencies)));
    }
    return rejected;
  }
}

function heldBack(sending: Sending, { code, message }: Refusal): Refusal {
  return { sending, code: 'HeldBack', message: `an earlier message of its group was not taken: ${code} ${message}` };
}
