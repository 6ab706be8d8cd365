/** Bounds of the waits between attempts. */
export interface Backoff {
  /** Upper bound of the first wait in milliseconds. It doubles with each further attempt. */
  readonly baseMs: number;
  /** Upper bound of every wait in milliseconds. */
  readonly capMs: number;
}

/**
 * Computes the wait after a failed attempt, by exponential backoff with full jitter. Full jitter
 * distributes the retries of clients that failed at the same time better than a fixed wait (AWS
 * Architecture Blog, "Exponential Backoff And Jitter").
 *
 * @param attempt number of the failed attempt, from 1
 * @param random returns a number in [0, 1)
 * @returns milliseconds in [0, `min(capMs, baseMs * 2 ** (attempt - 1))`)
 */
export function backoffMs(attempt: number, { baseMs, capMs }: Backoff, random: () => number): number {
  return random() * Math.min(capMs, baseMs * 2 ** (Math.max(1, attempt) - 1));
}
