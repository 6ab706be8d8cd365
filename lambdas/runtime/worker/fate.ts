import type { QuarantineReason } from '../../../lib/protocol';
import { firstReceivedAt, isFifo, type QueueRecord, receiveCount, sentAt } from './records';

/** Rules by which a worker gives messages up. */
export interface Patience {
  /** Milliseconds for which a message may fail. */
  readonly giveUpAfterMs: number;
}

/** A message is retried, or moved to the quarantine with a reason. */
export type Fate = 'retry' | QuarantineReason;

/** Number of receives from which a message may be one that ends its process. */
const SUSPECT_RECEIVES = 3;

/**
 * Minimum number of receives of a FIFO message that is judged by the time since it was sent, so
 * that it fails several times before it is given up.
 */
const MIN_FIFO_RECEIVES = 5;

/** Give-up times after which a message has its last run, if no run of it has ended. */
const NEVER_ENDED = 2;

/**
 * The fate of a message whose run failed. It depends on time, not on the number of receives: a
 * throttled function, or a process that another message ended, also counts as a receive.
 * @param reason reason of a failure that no retry can help
 * @param failingMs `failingForMs` of the message
 */
export function fate(reason: QuarantineReason | undefined, failingMs: number, { giveUpAfterMs }: Patience): Fate {
  return reason ?? (failingMs >= giveUpAfterMs ? 'gave-up' : 'retry');
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
 * A FIFO message that waited behind one that was given up has waited for that one's whole time. So
 * the time since it was sent counts, from its fifth receive on. Otherwise a group with many failing
 * messages would outlive the queue's retention.
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
