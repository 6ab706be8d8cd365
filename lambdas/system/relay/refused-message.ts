import { printableId, type QuarantineReason } from '../../../lib/protocol';

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
  /** Time at which the item was written, ISO 8601, in whole seconds. */
  readonly time: string;
}

/** A message that can't be sent, whenever it is tried. */
export interface RefusedMessage extends Place {
  readonly reason: QuarantineReason;
  /** Short name of the fault: one of the relay's own, or the error code of SQS. */
  readonly code: string;
  /** Description of the fault, without any text of the message. */
  readonly error: string;
  readonly to?: string;
  readonly id?: string;
  readonly group?: string;
  readonly correlationId?: string;
  readonly about?: string;
  /**
   * The message as its queue would have received it. If the message is invalid, this is the
   * message's text as it was written. If the outbox can't be parsed, this is the text of the whole
   * outbox.
   */
  readonly content: string;
}

/**
 * The fields of a refused message for the log: names, codes and positions, but no part of the
 * message's text.
 */
export function refusedFacts({ shard, sequenceNumber, index, code, reason, id }: RefusedMessage): object {
  return { reason, code, shard, sequenceNumber, index, ...(id === undefined ? {} : { id: printableId(id) }) };
}
