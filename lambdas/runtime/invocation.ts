import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Time at the end of an invocation that table calls can't use, so that the handler can still answer
 * after a call has failed.
 */
const MAX_RESERVE_MS = 500;
/**
 * Maximum share of an invocation's time for the reserve. It applies to functions with a short
 * timeout.
 */
const MAX_RESERVE_PART = 0.1;

/** Time limit and correlation ID of a request or message, for the table calls of its handler. */
export class Invocation {
  private readonly reserveMs: number;

  constructor(
    private readonly left: () => number,
    /**
     * Id of the request that began this chain of requests and messages. New messages get the same
     * id. Undefined if the beginning of the chain is unknown.
     */
    readonly correlationId?: string,
    /** Body of the message as it was sent, before its schema changed it. */
    readonly sentBody?: unknown,
  ) {
    this.reserveMs = Math.min(MAX_RESERVE_MS, left() * MAX_RESERVE_PART);
  }

  /** Milliseconds that are left for calls. At most 0 if no time is left. */
  remainingMs(): number {
    return this.left() - this.reserveMs;
  }
}

const current = new AsyncLocalStorage<Invocation>();

/** Runs a handler so that table calls inside of it end before the invocation does. */
export function withInvocation<R>(invocation: Invocation, run: () => R | Promise<R>): R | Promise<R> {
  return current.run(invocation, run);
}

/** The current invocation; undefined outside of `routes()` and `worker()`. */
export function currentInvocation(): Invocation | undefined {
  return current.getStore();
}
