import { type Envelope, MAX_QUARANTINE_CONTENT_BYTES, type QuarantineReason, readTrace } from '../../../lib/protocol';
import { isDeclared, type Publishing } from './publishing-cache';
import type { FoundMessage } from './read-outboxes';
import type { Place, RefusedMessage } from './refused-message';
import { sqsId, sqsJson } from './sqs-text';

/** A message in the form in which its queue gets it. */
export interface Outgoing extends Place {
  readonly fifo: boolean;
  /** The message's id. A worker recognises a repeated message by it. */
  readonly id: string;
  /** Name of the target. */
  readonly to: string;
  /** Text of the SQS message: the JSON of an `Envelope`. */
  readonly body: string;
  readonly group?: string;
  readonly correlationId?: string;
  readonly about?: string;
  readonly deduplication?: string;
}

/** A message with its queue. */
export interface Sending extends Outgoing {
  readonly url: string;
}

/**
 * Finds the queue of a message. It accepts only targets that the message's own table declared,
 * because a writer of an item can put any target's name into the outbox.
 * @param entry targets of the message's shard
 * @returns the message with its queue. If the target is declared, but no deployment has written its
 * queue yet, the message has no queue. If the message can't be sent, it is returned with the
 * reason.
 */
export function addressed({ message, ...place }: FoundMessage, entry: Publishing): Sending | Outgoing | RefusedMessage {
  const { id, to, body, group, correlationId, about } = message;
  const trace = readTrace(message.trace);
  const envelope: Envelope = {
    id,
    to,
    body,
    ...(group === undefined ? {} : { group }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(trace === undefined ? {} : { trace }),
    ...(about === undefined ? {} : { about }),
    time: place.time,
  };
  const text = sqsJson(envelope);
  const known = {
    ...place,
    id,
    to,
    ...(group === undefined ? {} : { group: sqsId(group) }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(about === undefined ? {} : { about }),
  };
  const refuse = (reason: QuarantineReason, code: string, error: string): RefusedMessage => ({
    ...known,
    reason,
    code,
    error,
    content: text,
  });
  // Inherited properties don't count, so that a message to 'constructor' has no target.
  const target = Object.hasOwn(entry.targets, to) ? entry.targets[to] : undefined;
  const declared = target ?? (isDeclared(to, entry.declared) ? entry.declared?.[to] : undefined);
  if (declared === undefined) {
    const targets = Object.keys(entry.targets).sort().join(', ') || 'none';
    const error = `table '${entry.owner}' publishes to ${targets}, got a message for another target: declare it with publishTo`;
    return refuse('undeclared', 'NotDeclared', error);
  }
  if (declared.fifo && group === undefined) {
    return refuse('rejected', 'GroupMissing', 'a FIFO target takes messages with a group, got one without');
  }
  const bytes = Buffer.byteLength(text);
  // The limit is the quarantine's, not SQS's, because every message may have to wait in the
  // quarantine.
  if (bytes > MAX_QUARANTINE_CONTENT_BYTES) {
    return refuse('rejected', 'TooLong', `a message may have ${MAX_QUARANTINE_CONTENT_BYTES} bytes, got ${bytes}`);
  }
  return {
    ...known,
    ...(target === undefined ? {} : { url: target.url }),
    fifo: declared.fifo,
    body: text,
    ...(declared.fifo ? { deduplication: sqsId(id) } : {}),
  };
}
