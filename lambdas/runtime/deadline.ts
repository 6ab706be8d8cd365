import { AsyncLocalStorage } from 'node:async_hooks';

/** Kept of an invocation's time, so that the handler can still answer after a call was given up. */
const MAX_RESERVE_MS = 500;
/** Largest part of the time that is kept, for functions with a short timeout. */
const MAX_RESERVE_PART = 0.1;

/** The time that an invocation has left for calls. */
export class Deadline {
  private controller: AbortController | undefined;
  private timer: NodeJS.Timeout | undefined;

  private readonly reserveMs: number;

  constructor(private readonly left: () => number) {
    this.reserveMs = Math.min(MAX_RESERVE_MS, left() * MAX_RESERVE_PART);
  }

  /** Milliseconds left for calls; 0 or less: none. */
  remainingMs(): number {
    return this.left() - this.reserveMs;
  }

  /** Aborts when no time is left. The timer starts with the first use. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      const controller = new AbortController();
      this.controller = controller;
      this.timer = setTimeout(() => controller.abort(), Math.max(0, this.remainingMs()));
      this.timer.unref();
    }
    return this.controller.signal;
  }

  /** Stops the timer. */
  end(): void {
    clearTimeout(this.timer);
  }
}

const current = new AsyncLocalStorage<Deadline>();

/** Runs a handler so that table calls inside of it end before the invocation does. */
export async function withDeadline<R>(remainingMs: () => number, run: () => R | Promise<R>): Promise<R> {
  const deadline = new Deadline(remainingMs);
  try {
    return await current.run(deadline, run);
  } finally {
    deadline.end();
  }
}

/** The deadline of the current invocation; undefined outside of `routes()` and `worker()`. */
export function currentDeadline(): Deadline | undefined {
  return current.getStore();
}
