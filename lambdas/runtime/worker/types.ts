import type { StandardSchemaV1 } from '../standard-schema';

/** A message as a worker's handler receives it. */
export interface Message<Body = unknown> {
  /** Unique, and the same with each delivery: deduplicate by it, or by a business key. */
  readonly id: string;
  /** Name of the target that the message was sent to: this worker. */
  readonly to: string;
  readonly body: Body;
  /** Message group; undefined without one. */
  readonly group?: string;
  /**
   * Id of the request that began the chain of messages which led to this one: `requestId` of that
   * request. Undefined if another program wrote the message.
   */
  readonly correlationId?: string;
  /** When the message's data was written, ISO 8601. */
  readonly time: string;
  /** Number of deliveries, 1 for the first. */
  readonly receiveCount: number;
  /** Id of the principal that sent the message, set by SQS. */
  readonly senderId: string;
  /**
   * Aborted when the time for this batch is over. Messages that aren't finished by then are
   * redelivered.
   */
  readonly signal: AbortSignal;
  /** Milliseconds until Lambda stops this invocation. */
  remainingMs(): number;
}

/** Handles one message. If it throws, SQS redelivers the message later. */
export type MessageHandler<Body = unknown> = (message: Message<Body>) => Promise<void> | void;

/**
 * Wait before a failed message is redelivered: a random time below `base * 2 ** (receives - 1)`,
 * capped.
 */
export interface RetryDelay {
  /** Bound after the first failure, in seconds. @default 5 */
  readonly baseSeconds?: number;
  /** Largest bound in seconds, up to 43,200. @default 900 */
  readonly capSeconds?: number;
}

export interface WorkerOptions<Body> {
  /**
   * Messages handled at the same time. Messages of one FIFO group are handled one after the other.
   * @default 10
   */
  readonly concurrency?: number;
  /** Validates each body. A body that doesn't fit is never handled. @default not validated */
  readonly schema?: StandardSchemaV1<unknown, Body>;
  /**
   * Milliseconds kept for ending the batch. No message is started in them, and messages that aren't
   * finished when they begin are reported as failed. @default 1000
   */
  readonly reserveMs?: number;
  /**
   * `false` leaves failed messages to the queue's visibility timeout.
   * @default 5 s, doubling up to 900 s
   */
  readonly retryDelay?: RetryDelay | false;
}
