import type { StandardSchemaV1 } from '../standard-schema';

/** A message as a worker's handler sees it. */
export interface Message<Body = unknown> {
  /** Unique, and the same whenever the message comes again: what to deduplicate by. */
  readonly id: string;
  readonly to: string;
  readonly body: Body;
  readonly group?: string;
  /** When the data was written that it follows from, ISO 8601. */
  readonly time: string;
  /** 1 the first time. */
  readonly receiveCount: number;
  /** Principal that put it into the queue, stamped by SQS. */
  readonly senderId: string;
  /** Aborted when the time for this batch is over: what isn't finished by then comes again. */
  readonly signal: AbortSignal;
  /** Milliseconds until the platform stops this call. */
  remainingMs(): number;
}

/** Handles one message; whatever it throws brings the message back later. */
export type MessageHandler<Body = unknown> = (message: Message<Body>) => Promise<void> | void;

/** Wait before a failed message comes again: `base * 2^(receives - 1)`, capped, of which a random half is taken off. */
export interface RetryDelay {
  /** Seconds after the first failure. @default 5 */
  readonly baseSeconds?: number;
  /** Most seconds, up to 43,200 (SQS). @default 900 */
  readonly capSeconds?: number;
}

export interface WorkerOptions<Body> {
  /** Messages in work at the same time; those of one FIFO group are always one after the other. @default 10 */
  readonly concurrency?: number;
  /** Checks each body; one that doesn't fit fails at once. @default not checked */
  readonly schema?: StandardSchemaV1<unknown, Body>;
  /** Milliseconds kept for ending the batch: nothing is begun later, and what is unfinished then is reported as failed. @default 1000 */
  readonly reserveMs?: number;
  /** `false` leaves failed messages to the queue's visibility timeout. @default 5 s doubling up to 900 s */
  readonly retryDelay?: RetryDelay | false;
}
