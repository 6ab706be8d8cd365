import { hash } from 'node:crypto';
import {
  type Envelope,
  heldKey,
  positionKey,
  type QuarantineEntry,
  type QuarantineReason,
  quarantineEnd,
} from '../../../lib/protocol';
import { boundedId, MAX_FACT } from './entry-facts';
import type { HeldKey } from './held-messages';
import { firstReceivedAt, isFifo, type QueueRecord, receiveCount, sentAt } from './records';

/** Characters of a fingerprint. It is short, because people type it. */
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
  /** Name of the error, with its message if the message contains no values. */
  readonly text: string;
  /**
   * Properties that are the same each time the fault occurs. The entry contains only their hash.
   */
  readonly traits: readonly string[];
}

/** The entry of a message. */
export function entryOf({ record, envelope, target, reason, failure }: GivenUp, now: number): QuarantineEntry {
  return {
    ...heldKeyOf({ record, envelope, target }, now),
    to: target,
    content: record.body,
    state: 'held',
    reason,
    fingerprint: fingerprintOf([target, ...(failure?.traits ?? [reason])]),
    receives: receiveCount(record),
    first: timeOf(firstReceivedAt(record), now),
    at: new Date(now).toISOString(),
    expires: quarantineEnd(now),
    ...(failure === undefined ? {} : { error: failure.text.slice(0, MAX_FACT) }),
    ...(record.attributes.MessageGroupId === undefined ? {} : { group: record.attributes.MessageGroupId }),
    ...(envelope?.correlationId === undefined ? {} : { correlationId: boundedId(envelope.correlationId) }),
    ...(envelope?.about === undefined ? {} : { about: envelope.about }),
  };
}

/** The key and the id of a message's entry. They are the same for each delivery of the message. */
export function heldKeyOf(message: Pick<GivenUp, 'record' | 'envelope' | 'target'>, now: number): HeldKey {
  const { record, envelope, target } = message;
  const lane = isFifo(record) ? record.attributes.MessageGroupId : undefined;
  const sequence = record.attributes.SequenceNumber ?? '0';
  const time = timeOf(sentAt(record), now);
  return {
    pk: heldKey(target),
    sk: positionKey({ lane: lane ?? record.messageId, time, sequence, index: 0 }),
    id: boundedId(envelope?.id ?? record.messageId),
  };
}

/** ISO 8601. @param at milliseconds since 1970, or NaN if the event doesn't state the time */
function timeOf(at: number, now: number): string {
  return new Date(at > 0 ? at : now).toISOString();
}

/**
 * The failure of an error: its name, the position in the code of the first frame, and its message
 * without values.
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

/** Characters of an error's message that its fingerprint is computed from. */
const MAX_MESSAGE = 2_000;

/** Quoted parts, addresses and UUIDs. */
const VALUES = /'[^']*'|"[^"]*"|`[^`]*`|\S+@\S+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
/** A text with the length of an ID. */
const LONG = /[\w-]{20,}/g;
const WORD = /[\p{L}\p{N}_]+/gu;
const DIGIT = /\p{N}/u;
const HEXADECIMAL = /^[0-9a-f]{8,}$/i;

/**
 * A text without its values: quoted parts, words with digits, hexadecimal numbers and other IDs.
 * Words without digits remain, so that other faults have another text.
 */
export function withoutValues(text: string): string {
  return text
    .slice(0, MAX_MESSAGE)
    .replace(VALUES, '*')
    .replace(LONG, (part) => (DIGIT.test(part) ? '*' : part))
    .replace(WORD, (word) => (DIGIT.test(word) || HEXADECIMAL.test(word) ? '*' : word));
}

function fingerprintOf(traits: readonly string[]): string {
  return hash('sha256', JSON.stringify(traits), 'hex').slice(0, FINGERPRINT_LENGTH);
}
