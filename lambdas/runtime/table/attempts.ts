import { type Backoff, backoffMs } from '../../../lib/protocol';
import { currentInvocation } from '../invocation';
import { TableOverloaded } from './errors';
import { passing } from './overload';
import { type RequestOptions, withRequestOptions } from './request-options';
import type { CallOptions } from './types';
import { MAX_STAMP_AGE_MS } from './write';

/**
 * Number of attempts of a call, and bounds of the waits between them. An attempt is one request.
 */
export interface RetryPolicy extends Partial<Backoff> {
  /** Total number of attempts of a throttled call. @default 10 */
  readonly attempts?: number;
  /**
   * Upper bound of the first wait, in milliseconds. The bound doubles with each attempt. @default
   * 25
   */
  readonly baseMs?: number;
  /** Upper bound of every wait in milliseconds. @default 1000 */
  readonly capMs?: number;
}

/** A call that sends requests to DynamoDB, one after the other, until one succeeds. */
export interface Call extends CallOptions {
  /** Names of the sharded tables, for errors. */
  readonly table: string;
  /** Whether the call writes. */
  readonly isWrite: boolean;
  /** Whether the call reads or writes many items, so that it needs a longer timeout. */
  readonly isLong?: boolean;
  /** Called if a request of a write got no answer, so that it may have taken effect. */
  readonly onUnanswered?: () => void;
}

/** Timeout of an attempt with up to 16 MB of items, in milliseconds. */
const LONG_ATTEMPT_MS = 3_000;
/** Maximum number of requests without an answer in one call. */
const UNANSWERED_ATTEMPTS = 3;

/**
 * Sends one request.
 * @param isLeased whether the shard maps still allow the request. It is called after the request
 * was signed.
 */
export type Send<R> = (request: () => Promise<R>, isLeased?: () => boolean) => Promise<R>;

/** Clock, timer and randomness of the attempts. */
export interface AttemptDependencies {
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
}

/** Repeats calls whose requests are throttled, or get no answer. */
export class Attempts {
  readonly policy: Required<RetryPolicy>;
  private readonly now: () => number;
  private readonly sleep: (ms: number) => Promise<void>;
  private readonly random: () => number;

  constructor(policy: RetryPolicy | undefined, { now, sleep, random }: AttemptDependencies) {
    this.policy = { attempts: 10, baseMs: 25, capMs: 1_000, ...policy };
    this.now = now;
    this.sleep = sleep;
    this.random = random;
  }

  /**
   * Repeats a call until a request succeeds. The call ends before the invocation's time is over, or
   * when its signal aborts.
   * @param attempt prepares one attempt. Only failures of `send` are retried.
   * @throws TableOverloaded if DynamoDB throttles all attempts, or doesn't answer in time
   */
  async run<R>(
    { table, isWrite, isLong, signal, onUnanswered }: Call,
    attempt: (send: Send<R>) => Promise<R>,
  ): Promise<R> {
    let [mayBeDone, unanswered] = [false, 0];
    for (let number = 1; ; number++) {
      signal?.throwIfAborted();
      let sent: { readonly error: unknown } | undefined;
      const loseAnswer = () => {
        mayBeDone = true;
        onUnanswered?.();
      };
      const options: RequestOptions = {
        ...(signal === undefined ? {} : { abortSignal: signal }),
        ...(isLong ? { attemptMs: LONG_ATTEMPT_MS } : {}),
        ...(isWrite ? { onUnanswered: loseAnswer } : {}),
      };
      try {
        return await attempt(async (request, isLeased = () => true) => {
          const beganAt = this.now();
          const mayBeSent = () => (!isWrite || this.isRecent(beganAt)) && isLeased();
          try {
            return await withRequestOptions({ ...options, mayBeSent }, request);
          } catch (error) {
            sent = { error };
            throw error;
          }
        });
      } catch (error) {
        signal?.throwIfAborted();
        const failure = sent?.error === error ? passing(error) : undefined;
        if (failure === undefined || error instanceof TableOverloaded) throw error;
        if (isWrite && failure.mayBeDone) loseAnswer();
        if (!failure.throttled) unanswered++;
        const isLast = failure.code === 'AbortError' || unanswered >= UNANSWERED_ATTEMPTS;
        if (!isLast && (await this.waitAfter(number))) continue;
        throw new TableOverloaded(table, failure.code, mayBeDone, { cause: error });
      }
    }
  }

  /** Whether a stamp of this time may still be sent: see `write.ts`. */
  private isRecent(beganAt: number): boolean {
    const age = this.now() - beganAt;
    return age >= 0 && age < MAX_STAMP_AGE_MS;
  }

  /**
   * Waits before the attempt that follows attempt number `attempt`.
   * @returns false immediately if it was the last attempt, or if no time is left for another
   * attempt
   */
  async waitAfter(attempt: number): Promise<boolean> {
    if (attempt >= this.policy.attempts) return false;
    const ms = backoffMs(attempt, this.policy, this.random);
    const left = currentInvocation()?.remainingMs();
    if (left !== undefined && left <= ms) return false;
    await this.sleep(ms);
    return true;
  }
}
