import { SQS } from '../../../lib/limits';
import type { QuarantineReason } from '../../../lib/protocol';
import { firstReceivedAt, isFifo, type QueueRecord, receiveCount, sentAt } from './records';

/** Rules by which a worker gives messages up. */
export interface Patience {
  /** Milliseconds for which a message may fail. */
  readonly giveUpAfterMs: number;
}

/** A message is retried, or moved to the quarantine with a reason. */
export type Fate = 'retry' | QuarantineReason;

/** Number of receives from which a message is suspected of ending its process. */
const SUSPECT_RECEIVES = 3;

/**
 * Minimum number of receives of a FIFO message that is judged by the time since it was sent, so
 * that it fails several times before it is given up.
 */
const MIN_FIFO_RECEIVES = 5;

/** Number of receives from which each wait of a message is longer than the one before. */
const MANY_RECEIVES = 500;

/**
 * After many receives, a message waits at least this share of the time since its first receive. So
 * this time grows by a factor of 1.025 with each receive. Between the 500th and the 950th receive,
 * it grows by a factor of 66,000: from 20 seconds to more than the queue's retention.
 */
const WAIT_SHARE = 1 / 40;

/**
 * Number of receives from which each run of a message is its last. Some receives are left over,
 * because SQS also counts a receive when Lambda throttles the function.
 */
const LAST_RECEIVES = SQS.MAX_RECEIVE_COUNT - 50;

/**
 * Age of a message in milliseconds from which each of its runs is its last. SQS deletes the message
 * a day later. No wait is longer than 12 hours, so there is a run in this day.
 */
const LAST_AGE_MS = (SQS.MAX_RETENTION_DAYS - 1) * 24 * 60 * 60_000;

/** If no run of a message has ended, its last run comes after this multiple of the give-up time. */
const NEVER_ENDED = 2;

/** The verdict about a message whose run failed. */
export interface Verdict {
  /** Reason of a failure that no retry can help. */
  readonly reason?: QuarantineReason | undefined;
  /** Reason for which the message is given up after its give-up time. */
  readonly reasonInTime: QuarantineReason;
  /** `failingForMs` of the message. */
  readonly failingMs: number;
  /** `isExpiring` of the message. */
  readonly isExpiring: boolean;
}

/**
 * The fate of a message whose run failed. The fate depends on time, not on the number of receives.
 * SQS also counts a receive when Lambda throttles the function, or when another message ends the
 * process.
 */
export function fate({ reason, reasonInTime, failingMs, isExpiring }: Verdict, { giveUpAfterMs }: Patience): Fate {
  if (reason !== undefined) return reason;
  if (failingMs >= giveUpAfterMs) return reasonInTime;
  return isExpiring ? 'expiring' : 'retry';
}

/**
 * Whether SQS would soon delete a message or move it to the dead-letter queue, so that the worker
 * must decide about it now. SQS counts receives and age from the time when the message was sent,
 * not from its first run.
 */
export function isExpiring(record: QueueRecord, now: number): boolean {
  return receiveCount(record) >= LAST_RECEIVES || now - sentAt(record) >= LAST_AGE_MS;
}

/**
 * Minimum milliseconds until a message is redelivered. Even if its handler asks for short waits,
 * the message has less than 1,000 receives when the worker decides about it.
 */
export function leastWaitMs(record: QueueRecord, now: number): number {
  if (receiveCount(record) < MANY_RECEIVES) return 0;
  return Math.max(0, now - firstReceivedAt(record)) * WAIT_SHARE || 0;
}

/** Milliseconds from which the next run of a message is its last. */
export function lastRunAfterMs({ giveUpAfterMs }: Patience): number {
  return NEVER_ENDED * giveUpAfterMs;
}

/** Whether a message may end its process, so that it must run alone. */
export function isSuspect(record: QueueRecord): boolean {
  return receiveCount(record) >= SUSPECT_RECEIVES;
}

/**
 * Milliseconds for which a message has been failing: the time since it was first received. The time
 * in a backlog isn't a failure. NaN if the event doesn't state the time.
 *
 * If an earlier message of a FIFO group was given up, the later messages have already waited for
 * its whole give-up time. So from the fifth receive of such a later message on, its time counts
 * from when it was sent. Otherwise a group with many failing messages would outlive the queue's
 * retention.
 * @param isBehindHeld whether a message of the group was given up after this one was sent
 */
export function failingForMs(record: QueueRecord, now: number, isBehindHeld: boolean): number {
  const since = isBehindHeld && canWaitBehind(record) ? sentAt(record) : firstReceivedAt(record);
  return now - since;
}

/** Whether the time since a message was sent may count. */
export function canWaitBehind(record: QueueRecord): boolean {
  return isFifo(record) && receiveCount(record) >= MIN_FIFO_RECEIVES;
}

/** A list in random order (Fisher and Yates). */
export function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const items = [...list];
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
  return items;
}
