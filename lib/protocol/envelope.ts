import { readTrace, type TraceContext } from './trace';

/**
 * Attribute of a data item that holds its outbox: JSON of `OutboxMessage[]`. It is written together
 * with the data. The next write without messages removes it.
 */
export const OUTBOX_ATTRIBUTE = '_outbox';

/**
 * Attribute with the idempotency token of the item's last write. Each write has a new token, and a
 * retry of the write has the same token.
 */
export const VERSION_ATTRIBUTE = '_v';

/** Prefix of the library's own attributes. Handlers can neither read nor write them. */
export const RESERVED_PREFIX = '_';

/** A message in an item's outbox. */
export interface OutboxMessage {
  /** Unique ID, made when the item was written. A redelivered message has the same ID. */
  readonly id: string;
  /**
   * Name of the target: by default the construct ID of the worker that was passed to `publishTo`.
   */
  readonly to: string;
  /** Any JSON value. Put references into it instead of personal data. */
  readonly body: unknown;
  /**
   * Message group. A FIFO queue keeps the order within a group. A fair queue distributes consumers
   * fairly between groups.
   */
  readonly group?: string;
  /**
   * Id of the request that began the chain of messages. A worker's own messages carry it on, so one
   * id finds every log line of an order.
   */
  readonly correlationId?: string;
  /** Trace of the request that began the chain. Absent if the request had none. */
  readonly trace?: TraceContext;
  /**
   * ID of the person that the message is about. If the message waits or is given up, the person's
   * entries in the quarantine can be found by it.
   */
  readonly about?: string;
}

/** A message in a queue: the SQS message body is the JSON of this. */
export interface Envelope extends OutboxMessage {
  /** Version of the envelope's format. Absent for `ENVELOPE_VERSION`. */
  readonly version?: typeof ENVELOPE_VERSION;
  /** Time at which the data was written, ISO 8601. */
  readonly time: string;
}

/**
 * Version of the envelope's format. A change that older workers would misread gets another version.
 */
export const ENVELOPE_VERSION = 1;

/** An envelope with a version that this program doesn't know: a newer program wrote it. */
export class UnknownVersion extends Error {
  override readonly name = 'UnknownVersion';
}

/** Maximum number of messages of one write. */
export const MAX_OUTBOX_MESSAGES = 10;

/**
 * Maximum size of one write's outbox, in bytes of JSON. Put larger content into a document store,
 * and the document's key into the message.
 */
export const MAX_OUTBOX_BYTES = 64 * 1024;

/** Maximum characters of a person's ID. */
export const MAX_PERSON_ID = 500;

/**
 * Reads an SQS message body. A trace that isn't valid is left out.
 * @throws UnknownVersion if a newer program wrote the body
 * @throws Error that names the fault. It doesn't quote the body, which may contain personal data.
 */
export function parseEnvelope(text: string): Envelope {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`message body must be the JSON of an envelope, got ${text.length} characters of other text`);
  }
  const envelope = value as Partial<Envelope> | null;
  // Another version may have other fields, so the version is read first.
  const version: unknown = envelope?.version;
  if (version !== undefined && version !== ENVELOPE_VERSION) {
    const given = typeof version === 'number' ? version : typeof version;
    throw new UnknownVersion(`message envelope must have the version ${ENVELOPE_VERSION} or none, got ${given}`);
  }
  for (const field of ['id', 'to', 'time'] as const) {
    const given = typeof envelope === 'object' && envelope !== null ? envelope[field] : undefined;
    if (typeof given !== 'string' || given === '') {
      throw new Error(
        `message envelope needs a non-empty string '${field}', got ${given === '' ? 'an empty one' : typeof given}`,
      );
    }
  }
  const { correlationId, trace: given, ...rest } = envelope as Envelope;
  if (correlationId !== undefined && typeof correlationId !== 'string') {
    throw new Error(`message envelope must have a string 'correlationId' or none, got ${typeof correlationId}`);
  }
  const { about } = rest;
  if (about !== undefined && !isPersonId(about)) {
    throw new Error(
      `message envelope must have an 'about' of 1 to ${MAX_PERSON_ID} characters or none, got ${typeof about}`,
    );
  }
  const trace = readTrace(given);
  return {
    ...rest,
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(trace === undefined ? {} : { trace }),
  };
}

/**
 * Whether a value can be the ID of a person. The ID is a key of an index, whose limit is 2,048
 * bytes.
 */
export function isPersonId(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= MAX_PERSON_ID;
}
