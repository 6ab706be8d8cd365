import { AsyncLocalStorage } from 'node:async_hooks';

/** Kept of an invocation's time, so that the handler can still answer after a call was given up. */
const MAX_RESERVE_MS = 500;
/** Largest part of the time that is kept, for functions with a short timeout. */
const MAX_RESERVE_PART = 0.1;

/** The request or message that is handled, as table calls inside of its handler see it. */
export class Invocation {
  private readonly reserveMs: number;

  constructor(
    private readonly left: () => number,
    /**
     * Id of the request that began this chain of requests and messages. Messages that are written
     * now carry it on. Undefined if the chain's begin is unknown.
     */
    readonly correlationId?: string,
  ) {
    this.reserveMs = Math.min(MAX_RESERVE_MS, left() * MAX_RESERVE_PART);
  }

  /** Milliseconds left for calls; 0 or less: none. */
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
