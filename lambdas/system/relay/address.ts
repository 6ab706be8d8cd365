import { SQS } from '../../../lib/limits';
import type { Envelope } from '../../../lib/protocol';
import { type DeadLetter, fitContent, type Place } from './dead-letter';
import { isDeclared, type Publishing } from './publishing-cache';
import type { FoundMessage } from './read-outboxes';
import { sqsId, sqsJson } from './sqs-text';

/** A message with its queue. */
export interface Sending extends Place {
  readonly url: string;
  readonly fifo: boolean;
  /** The message's id. A worker recognises a repeated message by it. */
  readonly id: string;
  /** Name of the target. */
  readonly to: string;
  /** Text of the SQS message: the JSON of an `Envelope`. */
  readonly body: string;
  readonly group?: string;
  readonly correlationId?: string;
  readonly deduplication?: string;
}

/**
 * Finds the queue of a message. It accepts only targets that the message's own table declared,
 * because a writer of an item can put any target's name into the outbox.
 * @param entry targets of the message's shard
 * @returns the message with its queue, or a dead letter with the reason
 */
export function addressed({ message, time, ...place }: FoundMessage, entry: Publishing): Sending | DeadLetter {
  const { id, to, body, group, correlationId } = message;
  const refuse = (code: string, reason: string): DeadLetter => ({
    ...place,
    code,
    reason,
    to,
    id,
    content: fitContent(JSON.stringify(message)),
  });
  // Inherited properties don't count, so that a message to 'constructor' has no target.
  const target = Object.hasOwn(entry.targets, to) ? entry.targets[to] : undefined;
  if (target === undefined && isDeclared(to, entry.declared)) {
    return refuse(
      'NotDeployed',
      `not deployed: table '${entry.owner}' declares '${to}', whose queue this relay doesn't know yet. Deploy the target's stack, then send the message again`,
    );
  }
  if (target === undefined) {
    const declared = Object.keys(entry.targets).sort().join(', ') || 'none';
    return refuse(
      'NotDeclared',
      `not declared: table '${entry.owner}' publishes to ${declared}, got a message for '${to}'. Declare it with publishTo`,
    );
  }
  if (target.fifo && group === undefined) {
    return refuse('GroupMissing', `the FIFO target '${to}' takes messages with a group, got one without`);
  }
  const envelope: Envelope = {
    id,
    to,
    body,
    ...(group === undefined ? {} : { group }),
    ...(correlationId === undefined ? {} : { correlationId }),
    time,
  };
  const text = sqsJson(envelope);
  const bytes = Buffer.byteLength(text);
  if (bytes > SQS.MAX_MESSAGE_BYTES) {
    return refuse('TooLong', `a message may have ${SQS.MAX_MESSAGE_BYTES} bytes, got ${bytes}`);
  }
  return {
    ...place,
    url: target.url,
    fifo: target.fifo,
    id,
    to,
    body: text,
    ...(group === undefined ? {} : { group: sqsId(group) }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(target.fifo ? { deduplication: sqsId(id) } : {}),
  };
}
