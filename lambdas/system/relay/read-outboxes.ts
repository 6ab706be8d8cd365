import type { DynamoDBRecord } from 'aws-lambda';
import { isPersonId, OUTBOX_ATTRIBUTE, type OutboxMessage, VERSION_ATTRIBUTE } from '../../../lib/protocol';
import type { Place, RefusedMessage } from './refused-message';

/** A message that was found in an outbox. */
export interface FoundMessage extends Place {
  readonly message: OutboxMessage;
}

/**
 * The messages of a batch of stream records, and its invalid outboxes and messages.
 */
export interface Outboxes {
  readonly found: FoundMessage[];
  readonly unreadable: RefusedMessage[];
}

const MALFORMED = { reason: 'malformed', code: 'Malformed' } as const;

/**
 * Reads the outboxes of a batch in order. An invalid message doesn't block the other messages of
 * its item.
 */
export function readOutboxes(records: readonly DynamoDBRecord[]): Outboxes {
  const found: FoundMessage[] = [];
  const unreadable: RefusedMessage[] = [];
  for (const record of records) {
    const text = record.dynamodb?.NewImage?.[OUTBOX_ATTRIBUTE]?.S;
    if (text === undefined || isCarriedOver(record)) continue;
    const item = {
      shard: shardOf(record),
      sequenceNumber: record.dynamodb?.SequenceNumber ?? '',
      time: timeOf(record),
    };
    const messages = parseOutbox(text);
    if (typeof messages === 'string') {
      unreadable.push({ ...item, ...MALFORMED, index: 0, error: messages, content: text });
      continue;
    }
    for (const [index, message] of messages.entries()) {
      const error = problemOf(message);
      if (error === undefined) {
        found.push({ ...item, index, message: message as OutboxMessage });
        continue;
      }
      const { id, to, about } = (message ?? {}) as Partial<OutboxMessage>;
      unreadable.push({
        ...item,
        ...MALFORMED,
        index,
        error,
        ...(typeof to === 'string' ? { to } : {}),
        ...(typeof id === 'string' ? { id } : {}),
        ...(isPersonId(about) ? { about } : {}),
        content: JSON.stringify(message),
      });
    }
  }
  return { found, unreadable };
}

/**
 * Whether the outbox belongs to an earlier write, so that its messages were already sent. The
 * library's writes replace version and outbox. Other programs (console, CLI, import) keep both when
 * they change an item.
 */
function isCarriedOver({ dynamodb }: DynamoDBRecord): boolean {
  const { NewImage, OldImage } = dynamodb ?? {};
  return (
    OldImage?.[OUTBOX_ATTRIBUTE]?.S !== undefined &&
    OldImage[OUTBOX_ATTRIBUTE].S === NewImage?.[OUTBOX_ATTRIBUTE]?.S &&
    OldImage[VERSION_ATTRIBUTE]?.S === NewImage?.[VERSION_ATTRIBUTE]?.S
  );
}

/** @returns the messages of an outbox, or the reason why it can't be parsed */
function parseOutbox(text: string): unknown[] | string {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : 'the outbox is not a list of messages';
  } catch {
    return 'the outbox is not JSON';
  }
}

function problemOf(message: unknown): string | undefined {
  const { id, to, body, group, correlationId, about } = (message ?? {}) as Partial<
    Record<keyof OutboxMessage, unknown>
  >;
  if (typeof id !== 'string' || id === '') return 'the message has no id';
  if (typeof to !== 'string' || to === '') return "the message names no target in 'to'";
  if (body === undefined) return 'the message has no body';
  if (group !== undefined && (typeof group !== 'string' || group === '')) return 'the group is not a non-empty string';
  if (correlationId !== undefined && typeof correlationId !== 'string') return 'the correlation id is not a string';
  if (about !== undefined && !isPersonId(about)) return 'the id of the person is not a text of 1 to 500 characters';
  return undefined;
}

/** Time of a record, in whole seconds. A record that Lambda retries keeps its time. */
function timeOf(record: DynamoDBRecord): string {
  return new Date((record.dynamodb?.ApproximateCreationDateTime ?? 0) * 1000).toISOString();
}

/**
 * Name of the DynamoDB table in `arn:aws:dynamodb:eu-west-1:123456789012:table/NAME/stream/TIME`.
 */
function shardOf(record: DynamoDBRecord): string {
  return record.eventSourceARN?.split('/')[1] ?? '';
}
