import { SQS } from '../../../lib/limits';
import { sqsJson } from './sqs-text';

/** Where a message was written. Sequence number and index together give the order of writing. */
export interface Place {
  /** Name of the physical table. */
  readonly shard: string;
  readonly sequenceNumber: string;
  /** Position in the item's outbox, from 0. */
  readonly index: number;
}

/** A message that the relay couldn't send, as it lies in the relay's dead-letter queue. */
export interface DeadLetter extends Place {
  /** Short name of the cause: one of the relay's own, or the error code of SQS. */
  readonly code: string;
  /** The cause in words. May quote the message, so it isn't logged. */
  readonly reason: string;
  readonly to?: string;
  readonly id?: string;
  /**
   * The message as its queue would have received it. If it can't be sent at all: as it was written.
   * If the outbox can't be read: the whole outbox.
   */
  readonly content: string;
}

/**
 * Characters of a reason, a target's name or an id. Each may be long, and the content must fit as
 * well.
 */
const MAX_FACT = 500;
/** Bytes of the content as JSON within JSON. The rest of the message holds the other fields. */
const MAX_CONTENT_BYTES = SQS.MAX_MESSAGE_BYTES - 8_192;
/** Characters that a longer content is cut to. Escaped, each takes 6 bytes at most. */
const CUT_LENGTH = MAX_CONTENT_BYTES / 8;

/**
 * Cuts a text that a dead letter can't hold. A whole message always fits: an item has 400 KB at
 * most, and quoting JSON within JSON at most doubles it.
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
 * The fields of a dead letter that a log may hold: names, codes and places, nothing of the
 * message's text.
 */
export function deadLetterFacts({ shard, sequenceNumber, index, code, id }: DeadLetter): Record<string, unknown> {
  return { code, shard, sequenceNumber, index, ...(id === undefined ? {} : { id: id.slice(0, MAX_FACT) }) };
}
