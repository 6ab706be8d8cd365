import type { RetryDelay } from './types';
import { retrySeconds } from './visibility';

/** What Lambda hands over for a queue; the part that is read. */
export interface QueueEvent {
  readonly Records: readonly QueueRecord[];
}

export interface QueueRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly eventSourceARN: string;
  readonly attributes: {
    readonly ApproximateReceiveCount: string;
    readonly SenderId: string;
    readonly MessageGroupId?: string | undefined;
  };
}

/** How a message ended. */
export type Outcome = 'done' | 'failed' | 'malformed' | 'refused' | 'unfinished' | 'not begun' | 'behind a failure';

/** Runs of records that must go one after the other; on a FIFO queue the messages of a group, else each message alone. */
export type Lane = readonly QueueRecord[];

/** Outcomes for which a longer wait is of no use. */
const AT_ONCE: readonly Outcome[] = ['malformed', 'refused', 'not begun'];

export function toLanes(records: readonly QueueRecord[]): Lane[] {
  const groups = new Map<string, QueueRecord[]>();
  for (const record of records) {
    const key = groupOf(record) ?? `message ${record.messageId}`;
    const lane = groups.get(key);
    if (lane === undefined) groups.set(key, [record]);
    else lane.push(record);
  }
  return [...groups.values()];
}

/** Seconds until each undone message should come back; those that are left to the queue aren't among them. */
export function waitsFor(
  undone: readonly QueueRecord[],
  outcomes: ReadonlyMap<string, Outcome>,
  delay: RetryDelay,
  random: () => number,
): { readonly record: QueueRecord; readonly seconds: number }[] {
  // A group moves on when its first message does; those behind it may not keep it locked for longer.
  const groupWait = new Map<string, number>();
  return undone.flatMap((record) => {
    const outcome = outcomes.get(record.messageId)!;
    // Still running somewhere: coming back early would only put a second one beside it.
    if (outcome === 'unfinished') return [];
    const group = groupOf(record);
    const seconds =
      outcome === 'behind a failure' && group !== undefined
        ? (groupWait.get(group) ?? 0)
        : AT_ONCE.includes(outcome)
          ? 0
          : retrySeconds(receiveCount(record), delay, random);
    if (group !== undefined && !groupWait.has(group)) groupWait.set(group, seconds);
    return [{ record, seconds }];
  });
}

/** The group whose order counts: a standard queue has groups too, for fairness, but no order in them. */
function groupOf(record: QueueRecord): string | undefined {
  return record.eventSourceARN.endsWith('.fifo') ? `group ${record.attributes.MessageGroupId}` : undefined;
}

/** How often a message was received, 1 the first time. */
export function receiveCount(record: QueueRecord): number {
  return Number(record.attributes.ApproximateReceiveCount);
}
