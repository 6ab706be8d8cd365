import { hash } from 'node:crypto';
import {
  type Envelope,
  heldKey,
  positionKey,
  type QuarantineEntry,
  type QuarantineReason,
  quarantineEnd,
} from '../../../lib/protocol';
import { firstReceivedAt, isFifo, type QueueRecord, receiveCount, sentAt } from './records';

/** Characters of a fingerprint, which is typed by hand. */
const FINGERPRINT_LENGTH = 12;

/** A message that is given up. */
export interface GivenUp {
  readonly record: QueueRecord;
  /** Undefined if the message has none. */
  readonly envelope: Envelope | undefined;
  /** Name of the worker. */
  readonly target: string;
  readonly reason: QuarantineReason;
  /** Error of its last run, if the run ended in one. */
  readonly failure?: Failure | undefined;
}

/** An error as log lines and entries show it. */
export interface Failure {
  /** Name of the error, and its message if that has no values. */
  readonly text: string;
  /**
   * Parts that are equal whenever the same fault occurs. The entry contains only their hash.
   */
  readonly traits: readonly string[];
}

/** The entry of a message. Each delivery of the message gives the same key. */
export function entryOf({ record, envelope, target, reason, failure }: GivenUp, now: number): QuarantineEntry {
  const [sent, first] = [sentAt(record), firstReceivedAt(record)].map((at) =>
    new Date(at > 0 ? at : now).toISOString(),
  );
  const group = isFifo(record) ? record.attributes.MessageGroupId : undefined;
  const sequence = record.attributes.SequenceNumber ?? '0';
  return {
    pk: heldKey(target),
    sk: positionKey({ lane: group ?? record.messageId, time: sent!, sequence, index: 0 }),
    id: envelope?.id ?? record.messageId,
    to: target,
    content: record.body,
    state: 'held',
    reason,
    fingerprint: fingerprintOf([target, reason === 'never-ended' ? reason : '', ...(failure?.traits ?? [])]),
    receives: receiveCount(record),
    first: first!,
    at: new Date(now).toISOString(),
    expires: quarantineEnd(now),
    ...(failure === undefined ? {} : { error: failure.text }),
    ...(record.attributes.MessageGroupId === undefined ? {} : { group: record.attributes.MessageGroupId }),
    ...(envelope?.correlationId === undefined ? {} : { correlationId: envelope.correlationId }),
    ...(envelope?.about === undefined ? {} : { about: envelope.about }),
  };
}

/**
 * The failure of an error: its name, the position in the code of the first frame, and its message
 * without quoted parts and digits, which are values in most messages.
 * @param text name and message as the log shows them
 */
export function failureOf(error: unknown, text: string): Failure {
  if (!(error instanceof Error)) return { text, traits: [typeof error] };
  const frame = error.stack?.split('\n').find((line) => /^\s+at (?!.*(?:node:|node_modules)).*:\d+:\d+\)?$/.test(line));
  return { text, traits: [error.name, placeOf(frame), withoutValues(error.message)] };
}

/** The function and the file of a frame. Lines and folders change with each deployment. */
function placeOf(frame: string | undefined): string {
  return frame?.trim().replace(/\(?(?:[^\s(]*[/\\])?([^/\\\s]+?):\d+:\d+\)?$/, '$1') ?? '';
}

/** A text without its quoted parts and its digits. */
export function withoutValues(text: string): string {
  return text.replace(/'[^']*'|"[^"]*"|`[^`]*`|\d+/g, '*');
}

function fingerprintOf(traits: readonly string[]): string {
  return hash('sha256', JSON.stringify(traits), 'hex').slice(0, FINGERPRINT_LENGTH);
}
