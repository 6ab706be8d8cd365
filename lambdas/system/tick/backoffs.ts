import { type Backoff, backoffMs } from '../../../lib/protocol';

/**
 * Bounds of the waits. They are short, so that messages are sent soon after their target is up
 * again.
 */
const BACKOFF: Backoff = { baseMs: 60_000, capMs: 5 * 60_000 };

/**
 * Remembers which targets are down, and when to try each again. The execution environment keeps
 * this data.
 */
export class Backoffs {
  private readonly targets = new Map<string, { readonly failures: number; readonly until: number }>();

  /** @param random a number in [0, 1) */
  constructor(private readonly random: () => number) {}

  /** Whether a target is to be tried at a time in milliseconds. */
  isDue(target: string, now: number): boolean {
    return now >= (this.targets.get(target)?.until ?? 0);
  }

  /** Notes that a target accepted nothing. */
  fail(target: string, now: number): void {
    const failures = (this.targets.get(target)?.failures ?? 0) + 1;
    this.targets.set(target, { failures, until: now + backoffMs(failures, BACKOFF, this.random) });
  }

  /** Notes that a target accepted a message, or that no message waits for the target. */
  succeed(target: string): void {
    this.targets.delete(target);
  }
}
