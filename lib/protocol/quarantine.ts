import type { TrialDecision } from './redrive';

/** Attributes of the quarantine table's keys. */
export const QUARANTINE_KEY = { partition: 'pk', sort: 'sk' } as const;

/** Attribute with the end of an entry, in epoch seconds. */
export const QUARANTINE_TIME_TO_LIVE = 'expires';

/** Indexes of the quarantine table. An entry without the partition key isn't in the index. */
export const QUARANTINE_INDEXES = {
  /** Held entries by their fault. */
  byFingerprint: { name: 'byFingerprint', partition: 'fingerprint', sort: 'first' },
  /** Entries about one person, so that they can be erased. */
  byPerson: { name: 'byPerson', partition: 'about', sort: 'first' },
} as const;

/** Days for which a held or settled entry is kept. */
export const QUARANTINE_DAYS = 90;

/**
 * Maximum size of an entry's content in bytes. DynamoDB's limit is 400 KB for the whole item. A
 * larger message stays in its queue.
 */
export const MAX_QUARANTINE_CONTENT_BYTES = 350 * 1024;

/** Reasons why a message is in quarantine, each with its meaning. */
export const QUARANTINE_REASONS = {
  'gave-up': 'it failed for longer than giveUpAfter',
  'never-ended': 'none of its runs ended within twice giveUpAfter',
  expiring: 'its queue would soon have deleted it, or moved it to the dead-letter queue',
  permanent: 'its handler threw a PermanentFailure',
  malformed: 'its body is no message envelope',
  'unknown-version': 'a newer version of the library wrote it, and its worker was not updated in time',
  refused: 'its body does not fit the schema of the worker',
  'too-old': 'it is older than the maximum age that its worker accepts',
  'future-dated': 'its time is more than 15 minutes in the future',
  'half-way': 'its effect may have happened already',
  'key-reused': 'another message with another body had the same key',
  undeclared: 'its table did not declare the target',
  rejected: 'the queue refuses it, whenever it is sent',
  'dead-letter': 'SQS moved it to a dead-letter queue',
} as const satisfies Readonly<Record<string, string>>;

/** Reason why a message is in quarantine. */
export type QuarantineReason = keyof typeof QUARANTINE_REASONS;

/**
 * State of an entry. `waiting`: the relay couldn't send it yet. `held`: it was given up. `sent`: it
 * was held and is on trial, and its worker deletes it, or holds it again.
 */
export type QuarantineState = 'waiting' | 'held' | 'sent';

/** Position of a message among those for its target. Entries of an ordered group keep it. */
export interface QuarantinePosition {
  /** Ordered group: the FIFO group, or the message's id on a standard queue. */
  readonly lane: string;
  /** ISO 8601. */
  readonly time: string;
  /** Digits: the sequence number of the stream's record or of the FIFO queue's message, or `0`. */
  readonly sequence: string;
  /** Position of the message in its write, from 0. */
  readonly index: number;
}

/** Key of an entry. */
export interface QuarantineKey {
  /** Partition key: `waitingKey(to)` or `heldKey(to)`. */
  readonly pk: string;
  /** Sort key: `positionKey`. */
  readonly sk: string;
}

/** A message in the quarantine table. */
export interface QuarantineEntry extends QuarantineKey {
  /**
   * The message's own id, or its id in SQS if it has no envelope. An id of more than 500 characters
   * is replaced by its hash.
   */
  readonly id: string;
  /** Name of its target. */
  readonly to: string;
  /** SQS message body, unchanged. */
  readonly content: string;
  readonly group?: string;
  readonly state: QuarantineState;
  /** Absent while the entry waits for a target that is down. */
  readonly reason?: QuarantineReason;
  /** Name of the error, and its message if it is one that has no values of persons. */
  readonly error?: string;
  /** Names the fault: equal for messages that failed in the same way. Held entries only. */
  readonly fingerprint?: string;
  /** Number of times that the message was received. */
  readonly receives: number;
  /** Time at which it was first received, or written; ISO 8601. */
  readonly first: string;
  /** Time at which it was put here; ISO 8601. */
  readonly at: string;
  readonly correlationId?: string;
  /** Id of the person that the message is about. */
  readonly about?: string;
  /** DynamoDB table with the write that published the message. Absent if no table published it. */
  readonly shard?: string;
  /** Id of its last trial. */
  readonly trial?: string;
  /** Time of its last trial, ISO 8601. */
  readonly triedAt?: string;
  /** Decision of a person that applies to the trial. */
  readonly decision?: TrialDecision;
  /** End of the entry, in epoch seconds. An entry that waits has no end. */
  readonly expires?: number;
}

/** Maximum characters of a printed ID. */
const MAX_PRINTED_ID = 100;

/**
 * An ID for a log line or a list. Senders other than this library choose their own IDs, which may
 * have any length and any characters. Characters other than visible ASCII are replaced.
 */
export function printableId(id: string): string {
  return id.slice(0, MAX_PRINTED_ID).replace(/[^!-~]/g, '?');
}

/** A value of an entry as DynamoDB stores it. */
export type QuarantineValue = { readonly S: string } | { readonly N: string };

/** An entry as DynamoDB stores it. */
export type QuarantineItem = Record<string, QuarantineValue>;

/** Digits of a stream's longest sequence number, so that numbers sort as text. */
const SEQUENCE_DIGITS = 40;
const INDEX_DIGITS = 3;

/** Partition key of messages that wait for a target. */
export function waitingKey(target: string): string {
  return `waiting#${target}`;
}

/** Partition key of messages for a target that were given up. */
export function heldKey(target: string): string {
  return `held#${target}`;
}

/** Target of a partition key, and whether its messages wait. Undefined if it is no such key. */
export function parsePartitionKey(key: string): { readonly waits: boolean; readonly target: string } | undefined {
  const [, kind, target] = /^(waiting|held)#(.+)$/s.exec(key) ?? [];
  return target === undefined ? undefined : { waits: kind === 'waiting', target };
}

/** Start of the sort keys of an ordered group. No key of another group has it. */
export function laneKey(lane: string): string {
  return `${lane.replaceAll('%', '%25').replaceAll('#', '%23')}#`;
}

/** Sort key of a position. Within an ordered group, keys sort as the positions do. */
export function positionKey({ lane, time, sequence, index }: QuarantinePosition): string {
  const order = [sequence.padStart(SEQUENCE_DIGITS, '0'), String(index).padStart(INDEX_DIGITS, '0')];
  return `${laneKey(lane)}${time}#${order.join('#')}`;
}

/** Position of a sort key. Undefined if it is no such key. */
export function parsePositionKey(key: string): QuarantinePosition | undefined {
  const [, lane, time, sequence, index] = /^([^#]*)#([^#]+)#0*(\d+)#(\d+)$/.exec(key) ?? [];
  if (lane === undefined || time === undefined || sequence === undefined) return undefined;
  return { lane: lane.replaceAll('%23', '#').replaceAll('%25', '%'), time, sequence, index: Number(index) };
}

/** Epoch seconds at which an entry ends that is held or settled at a time in milliseconds. */
export function quarantineEnd(now: number): number {
  return Math.floor(now / 1_000) + QUARANTINE_DAYS * 24 * 60 * 60;
}

/** The key of an entry as DynamoDB stores it. */
export function entryKey({ pk, sk }: QuarantineKey): QuarantineItem {
  return { [QUARANTINE_KEY.partition]: { S: pk }, [QUARANTINE_KEY.sort]: { S: sk } };
}

/** An entry as DynamoDB stores it. */
export function entryToItem(entry: QuarantineEntry): QuarantineItem {
  const item: QuarantineItem = {};
  for (const [name, value] of Object.entries(entry) as [string, string | number | undefined][]) {
    if (value !== undefined) item[name] = typeof value === 'number' ? { N: String(value) } : { S: value };
  }
  return item;
}

/** The entry of an item as DynamoDB stores it. */
export function itemToEntry(item: Readonly<Record<string, unknown>>): QuarantineEntry {
  const values = Object.entries(item as QuarantineItem).map(([name, value]) => [
    name,
    'N' in value ? Number(value.N) : value.S,
  ]);
  return Object.fromEntries(values) as QuarantineEntry;
}
