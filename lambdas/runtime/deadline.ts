import { AsyncLocalStorage } from 'node:async_hooks';

/** Kept of an invocation's time, so that the handler can still answer after a call was given up. */
const MAX_RESERVE_MS = 500;
/** Largest part of the time that is kept, for functions with a short timeout. */
const MAX_RESERVE_PART = 0.1;

/** The time that an invocation has left for calls. */
export class Deadline {
  private readonly reserveMs: number;

  constructor(private readonly left: () => number) {
    this.reserveMs = Math.min(MAX_RESERVE_MS, left() * MAX_RESERVE_PART);
  }

  /** Milliseconds left for calls; 0 or less: none. */
  remainingMs(): number {
    return this.left() - this.reserveMs;
  }
}

const current = new AsyncLocalStorage<Deadline>();

/** Runs a handler so that table calls inside of it end before the invocation does. */
export function withDeadline<R>(remainingMs: () => number, run: () => R | Promise<R>): R | Promise<R> {
  return current.run(new Deadline(remainingMs), run);
}

/** The deadline of the current invocation; undefined outside of `routes()` and `worker()`. */
export function currentDeadline(): Deadline | undefined {
  return current.getStore();
}
