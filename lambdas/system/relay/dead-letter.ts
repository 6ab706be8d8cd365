import { SQS } from '../../../lib/limits';
import { sqsJson } from './sqs-text';

/**
 * Position at which a message was written. Sequence number and index together give the order of
 * messages in a shard.
 */
export interface Place {
  /** Name of the shard's DynamoDB table. */
  readonly shard: string;
  readonly sequenceNumber: string;
  /** Position in the item's outbox, from 0. */
  readonly index: number;
}

/** A message that the relay couldn't send, as it is stored in the relay's dead-letter queue. */
export interface DeadLetter extends Place {
  /** Short name of the cause: one of the relay's own, or the error code of SQS. */
  readonly code: string;
  /** Description of the cause. It may quote the message, so it isn't logged. */
  readonly reason: string;
  readonly to?: string;
  readonly id?: string;
  /**
   * The message as its queue would have received it. If the message is invalid, it is as written.
   * If the outbox can't be parsed, it is the whole outbox.
   */
  readonly content: string;
}

/**
 * Maximum characters of a reason, a target's name or an ID. They are limited, so that the content
 * has enough space.
 */
const MAX_FACT = 500;
/** Maximum bytes of the content as JSON within JSON. The rest is for the other fields. */
const MAX_CONTENT_BYTES = SQS.MAX_MESSAGE_BYTES - 8_192;
/** Length to which longer content is cut. An escaped character takes at most 6 bytes. */
const CUT_LENGTH = MAX_CONTENT_BYTES / 8;

/**
 * Cuts a text that is too long for a dead letter. Valid messages are never cut: an item has at most
 * 400 KB, and escaping JSON within JSON at most doubles it.
 */
export function fitContent(text: string): string {
  return Buffer.byteLength(sqsJson(text)) <= MAX_CONTENT_BYTES ? text : `${text.slice(0, CUT_LENGTH)}...`;
}

/** A dead letter as the text of an SQS message. */
export function deadLetterText({ reason, to, id, ...rest }: DeadLetter): string {
  return sqsJson({
    ...rest,
    reason: reason.slice(0, MAX_FACT),
    ...(to === undefined ? {} : { to: to.slice(0, MAX_FACT) }),
    ...(id === undefined ? {} : { id: id.slice(0, MAX_FACT) }),
  });
}

/**
 * The fields of a dead letter for the log: names, codes and positions, but no part of the message's
 * text.
 */
export function deadLetterFacts({ shard, sequenceNumber, index, code, id }: DeadLetter): Record<string, unknown> {
  return { code, shard, sequenceNumber, index, ...(id === undefined ? {} : { id: id.slice(0, MAX_FACT) }) };
}
