import { LAMBDA, SQS } from '../../../lib/limits';
import { backoffMs } from '../../../lib/protocol';
import { fifoGroup, type Outcome, type QueueRecord, receiveCount } from './records';
import type { RetryDelay } from './types';

/** Maximum seconds until SQS redelivers a message that wasn't begun. */
const HAND_BACK_SECONDS = 5;

/**
 * Maximum seconds until a message is redelivered. SQS counts its maximum of 12 hours from the
 * receive, so the time of the invocation is subtracted. SQS refuses a longer wait.
 */
const MAX_WAIT_SECONDS = SQS.MAX_VISIBILITY_SECONDS - LAMBDA.MAX_TIMEOUT_SECONDS;

/**
 * Upper bound of the first wait of a message that was handed back because of overload, in seconds.
 * It doubles with each receive, like the bound of a failed message. So an outage of days has far
 * fewer receives than SQS's 1,000.
 */
const OVERLOAD_SECONDS = 60;

/** Upper bound of all waits, in seconds, if the worker sets none. */
const CAP_SECONDS = 900;

/** Seconds until a message is redelivered. */
export interface Wait {
  readonly record: QueueRecord;
  readonly seconds: number;
}

/**
 * Seconds until each unhandled message is redelivered. If a message isn't in the result, the
 * queue's visibility timeout applies to it.
 * @param deferred seconds that handlers asked for, by message id
 * @param leastSeconds minimum seconds until a message is redelivered, if the worker gives messages
 * up. If only SQS gives messages up, there is no minimum. Then a message that no retry can help is
 * redelivered at once, so that it soon reaches the dead-letter queue.
 */
export function waitsFor(
  undone: readonly QueueRecord[],
  outcomes: ReadonlyMap<string, Outcome>,
  deferred: ReadonlyMap<string, number>,
  delay: RetryDelay,
  leastSeconds: ((record: QueueRecord) => number) | undefined,
  random: () => number,
): Wait[] {
  const { capSeconds = CAP_SECONDS } = delay;
  // SQS continues a FIFO group with its first message. If a later message had a longer wait, the
  // group would be locked until then.
  const groupWait = new Map<string, number>();
  return undone.flatMap((record) => {
    const outcome = outcomes.get(record.messageId);
    // The message's handler still runs. If the message were redelivered early, two handlers would
    // run at the same time.
    if (outcome === undefined || outcome === 'unfinished') return [];
    const group = fifoGroup(record);
    const first = group === undefined ? undefined : groupWait.get(group);
    const seconds = first ?? waitOf(record, outcome);
    if (group !== undefined && first === undefined) groupWait.set(group, seconds);
    return [{ record, seconds }];
  });

  function waitOf(record: QueueRecord, outcome: Outcome): number {
    return Math.min(MAX_WAIT_SECONDS, Math.max(secondsFor(record, outcome), leastSeconds?.(record) ?? 0));
  }

  function secondsFor(record: QueueRecord, outcome: Outcome): number {
    // A waiting message is in flight. A queue with 120,000 messages in flight delivers no others.
    if (outcome === 'deferred') return Math.min(deferred.get(record.messageId) ?? 0, capSeconds);
    if (outcome === 'handed back') {
      return retrySeconds(receiveCount(record), { ...delay, baseSeconds: OVERLOAD_SECONDS }, random);
    }
    if (outcome === 'not begun') return Math.round(random() * HAND_BACK_SECONDS);
    if (outcome === 'behind a failure') return 0;
    if (leastSeconds === undefined && (outcome === 'malformed' || outcome === 'refused')) return 0;
    return retrySeconds(receiveCount(record), delay, random);
  }
}

/**
 * Seconds until redelivery of a message that was received `receiveCount` times. It is full jitter
 * below a bound that doubles with each receive.
 */
export function retrySeconds(receiveCount: number, delay: RetryDelay, random: () => number): number {
  const { baseSeconds = 5, capSeconds = CAP_SECONDS } = delay;
  const bounds = { baseMs: baseSeconds * 1_000, capMs: Math.min(capSeconds, MAX_WAIT_SECONDS) * 1_000 };
  return Math.round(backoffMs(receiveCount, bounds, random) / 1_000);
}
