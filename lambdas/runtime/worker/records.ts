import type { RetryDelay } from './types';
import { retrySeconds } from './visibility';

/** The used part of a queue's event. */
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

/** Result of handling a message. */
export type Outcome = 'done' | 'failed' | 'malformed' | 'refused' | 'unfinished' | 'not begun' | 'behind a failure';

/** Messages that are handled one after the other: those of a FIFO group, or a single message. */
export type OrderedGroup = readonly QueueRecord[];

/** Outcomes after which SQS redelivers a message immediately, because waiting doesn't help. */
const AT_ONCE: readonly Outcome[] = ['malformed', 'refused', 'not begun'];

/**
 * The records of an event.
 * @throws Error if it isn't the event of a queue, such as a test event of the console
 */
export function recordsOf(event: QueueEvent): readonly QueueRecord[] {
  const records: unknown = (event as Partial<QueueEvent> | null | undefined)?.Records;
  if (!Array.isArray(records)) {
    throw new Error(`a worker must be invoked with an SQS event, got ${typeof records} as Records`);
  }
  for (const [i, record] of records.entries()) checkRecord(record as Partial<QueueRecord> | null, i);
  return records as readonly QueueRecord[];
}

function checkRecord(record: Partial<QueueRecord> | null, position: number): void {
  for (const field of ['messageId', 'receiptHandle', 'body', 'eventSourceARN'] as const) {
    const value = record?.[field];
    if (typeof value !== 'string') {
      throw new Error(
        `a worker must be invoked with an SQS event: Records[${position}].${field} must be a string, got ${typeof value}`,
      );
    }
  }
  if (typeof record?.attributes !== 'object' || record.attributes === null) {
    throw new Error(`a worker must be invoked with an SQS event: Records[${position}] must have attributes`);
  }
}

/** Groups records by FIFO group. On other queues each record is its own group. */
export function toOrderedGroups(records: readonly QueueRecord[]): OrderedGroup[] {
  const groups = new Map<string, QueueRecord[]>();
  for (const record of records) {
    const key = groupOf(record) ?? `message ${record.messageId}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [record]);
    else group.push(record);
  }
  return [...groups.values()];
}

/**
 * Seconds until each unhandled message is redelivered. If a message isn't in the result, the
 * queue's visibility timeout applies to it.
 */
export function waitsFor(
  undone: readonly QueueRecord[],
  outcomes: ReadonlyMap<string, Outcome>,
  delay: RetryDelay,
  random: () => number,
): { readonly record: QueueRecord; readonly seconds: number }[] {
  // SQS continues a FIFO group with its first message. If a later message had a longer wait, the
  // group would be locked until then.
  const groupWait = new Map<string, number>();
  return undone.flatMap((record) => {
    const outcome = outcomes.get(record.messageId);
    // The message's handler still runs. If the message were redelivered early, two handlers would
    // run at the same time.
    if (outcome === undefined || outcome === 'unfinished') return [];
    const group = groupOf(record);
    const seconds = secondsFor(record, outcome, group === undefined ? undefined : groupWait.get(group));
    if (group !== undefined && !groupWait.has(group)) groupWait.set(group, seconds);
    return [{ record, seconds }];
  });

  function secondsFor(record: QueueRecord, outcome: Outcome, firstOfGroup: number | undefined): number {
    if (outcome === 'behind a failure') return firstOfGroup ?? 0;
    return AT_ONCE.includes(outcome) ? 0 : retrySeconds(receiveCount(record), delay, random);
  }
}

/**
 * The FIFO group of a record. Undefined on a standard queue, because its groups are only for
 * fairness and have no order.
 */
function groupOf(record: QueueRecord): string | undefined {
  return record.eventSourceARN.endsWith('.fifo') ? `group ${record.attributes.MessageGroupId}` : undefined;
}

/** Number of deliveries, 1 for the first. */
export function receiveCount(record: QueueRecord): number {
  return Number(record.attributes.ApproximateReceiveCount);
}
