import type { DynamoDBRecord } from 'aws-lambda';
import { SQS } from '../../../lib/limits';
import { type Envelope, OUTBOX_ATTRIBUTE, type OutboxMessage } from '../../../lib/protocol';
import { sqsId, sqsJson } from './sqs-text';
import type { Topics } from './topics';

/** Where in a stream a message was found. */
export interface Source {
  /** Name of the shard. */
  readonly table: string;
  readonly sequenceNumber: string;
  /** Place in its outbox, from 0. With the sequence number it tells the order in which messages were written. */
  readonly index: number;
}

/** A message ready for its queue. */
export interface Sending extends Source {
  readonly url: string;
  readonly fifo: boolean;
  /** Id within the outbox: a worker knows a message that comes twice by it. */
  readonly id: string;
  readonly to: string;
  readonly body: string;
  readonly group?: string;
  readonly deduplication?: string;
}

/** What can't be sent: not now, or not however often it is tried. */
export interface Poison extends Source {
  readonly reason: string;
  readonly to?: string;
  readonly id?: string;
  /** The message as its queue would have had it, else as it was written, or the whole outbox if that couldn't be read. */
  readonly content: string;
}

/** What a batch of stream records asks for. */
export interface Outboxes {
  readonly sendings: Sending[];
  readonly poison: Poison[];
}

/** What a dead letter's content may take as JSON within JSON; the rest is for the reason and where it was. */
const MAX_CONTENT_BYTES = SQS.MAX_MESSAGE_BYTES - 8_192;
/** Characters that are left of a longer one: each takes 6 bytes at most, as an escape. */
const CUT_LENGTH = MAX_CONTENT_BYTES / 8;

/** Reads the outboxes of a batch in order. A message that is poison doesn't keep the others of its item from their queues. */
export function readOutboxes(records: readonly DynamoDBRecord[], topics: Topics): Outboxes {
  const sendings: Sending[] = [];
  const poison: Poison[] = [];
  for (const record of records) {
    const text = record.dynamodb?.NewImage?.[OUTBOX_ATTRIBUTE]?.S;
    if (text === undefined) continue;
    const place = { table: tableOf(record), sequenceNumber: record.dynamodb?.SequenceNumber ?? '' };
    const messages = parseOutbox(text);
    if (typeof messages === 'string') {
      poison.push({ ...place, index: 0, reason: messages, content: cut(text) });
      continue;
    }
    for (const [index, message] of messages.entries()) {
      const source: Source = { ...place, index };
      const sending = toSending(message, topics, timeOf(record), source);
      if (typeof sending !== 'string') sendings.push(sending);
      else {
        const { id, to } = (message ?? {}) as Partial<OutboxMessage>;
        poison.push({
          ...source,
          reason: sending,
          ...(typeof to === 'string' ? { to } : {}),
          ...(typeof id === 'string' ? { id } : {}),
          content: cut(JSON.stringify(message)),
        });
      }
    }
  }
  return { sendings, poison };
}

/** The messages of an outbox, or why there are none to be had. */
function parseOutbox(text: string): unknown[] | string {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : 'the outbox is not a list of messages';
  } catch {
    return 'the outbox is not JSON';
  }
}

/** A message on its way, or why it can't be sent. */
function toSending(message: unknown, topics: Topics, time: string, source: Source): Sending | string {
  const { id, to, body, group } = (message ?? {}) as Partial<OutboxMessage>;
  if (typeof id !== 'string' || id === '') return 'the message has no id';
  if (typeof to !== 'string' || to === '') return "the message has no 'to'";
  if (body === undefined) return 'the message has no body';
  if (group !== undefined && (typeof group !== 'string' || group === '')) return 'the group is not a non-empty string';
  const target = topics[to];
  if (target === undefined) {
    return `no target is called '${to}'; known: ${Object.keys(topics).join(', ') || 'none'}`;
  }
  const envelope: Envelope = { id, to, body, ...(group === undefined ? {} : { group }), time };
  const text = sqsJson(envelope);
  const bytes = Buffer.byteLength(text);
  if (bytes > SQS.MAX_MESSAGE_BYTES) return `the message has ${bytes} bytes, a queue takes ${SQS.MAX_MESSAGE_BYTES}`;
  return {
    ...source,
    url: target.url,
    fifo: target.fifo,
    id,
    to,
    body: text,
    // A FIFO queue wants a group for each message; one that asks for no order gets its own and waits for nobody.
    ...(group === undefined && !target.fifo ? {} : { group: sqsId(group ?? id) }),
    ...(target.fifo ? { deduplication: sqsId(id) } : {}),
  };
}

/**
 * The text, unless a dead letter can't hold it. No message that is whole is cut: an item has 400 KB at most, and quoting JSON once more
 * at most doubles it.
 */
export function cut(text: string): string {
  return Buffer.byteLength(sqsJson(text)) <= MAX_CONTENT_BYTES ? text : `${text.slice(0, CUT_LENGTH)}...`;
}

/** When the item was written, to the precision of the stream; a record that comes again tells the same time. */
function timeOf(record: DynamoDBRecord): string {
  return new Date((record.dynamodb?.ApproximateCreationDateTime ?? 0) * 1000).toISOString();
}

/** `arn:aws:dynamodb:eu-west-1:123456789012:table/NAME/stream/TIME` */
function tableOf(record: DynamoDBRecord): string {
  return record.eventSourceARN?.split('/')[1] ?? '';
}
