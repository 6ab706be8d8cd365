/**
 * Attribute of a data item that carries its outbox: JSON of `OutboxMessage[]`, written together with the data,
 * and removed by the next write that has nothing to send.
 */
export const OUTBOX_ATTRIBUTE = '_outbox';

/** Attributes that belong to the library start so; handlers never see or set them. */
export const RESERVED_PREFIX = '_';

/** A message as it lies in an item's outbox. */
export interface OutboxMessage {
  /** Unique, made when the item was written: a redelivered message keeps it. */
  readonly id: string;
  /** Name of the target: by default the id of the worker given to `publishTo`. */
  readonly to: string;
  /** What happened; any JSON value. References rather than personal data. */
  readonly body: unknown;
  /** Message group: order is kept within it (FIFO), or fairness between groups (fair queues). */
  readonly group?: string;
}

/** A message on its way through a queue: the SQS message body is the JSON of this. */
export interface Envelope extends OutboxMessage {
  /** When its data was written, ISO 8601. */
  readonly time: string;
}

/** Most messages one write may publish. */
export const MAX_OUTBOX_MESSAGES = 10;

/** Largest outbox of one write in bytes of JSON; what is larger belongs into a document, and its address into the message. */
export const MAX_OUTBOX_BYTES = 64 * 1024;

/**
 * Reads an SQS message body.
 * @throws Error that names what is wrong
 */
export function parseEnvelope(text: string): Envelope {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`message body must be the JSON of an envelope, got ${JSON.stringify(text.slice(0, 80))}`);
  }
  const envelope = value as Partial<Envelope> | null;
  for (const field of ['id', 'to', 'time'] as const) {
    if (
      typeof envelope !== 'object' ||
      envelope === null ||
      typeof envelope[field] !== 'string' ||
      envelope[field] === ''
    ) {
      throw new Error(`message envelope needs a non-empty string '${field}', got ${JSON.stringify(envelope?.[field])}`);
    }
  }
  return envelope as Envelope;
}
