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
    /** Milliseconds since 1970. */
    readonly SentTimestamp?: string | undefined;
    /** Milliseconds since 1970. */
    readonly ApproximateFirstReceiveTimestamp?: string | undefined;
    /** Order of a FIFO queue's messages. */
    readonly SequenceNumber?: string | undefined;
    readonly MessageGroupId?: string | undefined;
    /** Trace of the sender, in the form of X-Ray. */
    readonly AWSTraceHeader?: string | undefined;
  };
  readonly messageAttributes?: Readonly<Record<string, { readonly stringValue?: string | undefined } | undefined>>;
}

/** Result of handling a message. */
export type Outcome =
  | 'done'
  | 'failed'
  | 'deferred'
  | 'malformed'
  | 'refused'
  | 'unfinished'
  | 'not begun'
  | 'handed back'
  | 'behind a failure'
  | 'quarantined';

/** Outcomes after which SQS deletes the message. */
export const SETTLED: readonly (Outcome | undefined)[] = ['done', 'quarantined'];

/** Messages that are handled one after the other: those of a FIFO group, or a single message. */
export type OrderedGroup = readonly QueueRecord[];

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
    const key = fifoGroup(record) ?? `message ${record.messageId}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [record]);
    else group.push(record);
  }
  return [...groups.values()];
}

/** Whether a record is of a FIFO queue. */
export function isFifo(record: QueueRecord): boolean {
  return record.eventSourceARN.endsWith('.fifo');
}

/**
 * The FIFO group of a record. Undefined on a standard queue, because its groups are only for
 * fairness and have no order.
 */
export function fifoGroup(record: QueueRecord): string | undefined {
  return isFifo(record) ? `group ${record.attributes.MessageGroupId}` : undefined;
}

/** Number of deliveries, 1 for the first. */
export function receiveCount(record: QueueRecord): number {
  return Number(record.attributes.ApproximateReceiveCount);
}

/** Time at which a message was sent, in milliseconds since 1970. NaN if unknown. */
export function sentAt(record: QueueRecord): number {
  return Number(record.attributes.SentTimestamp ?? Number.NaN);
}

/** Time at which a message was first received, in milliseconds since 1970. NaN if unknown. */
export function firstReceivedAt(record: QueueRecord): number {
  return Number(record.attributes.ApproximateFirstReceiveTimestamp ?? Number.NaN);
}
