/** Calls at the same time if the caller sets no other number. */
const CALLS = 8;

/**
 * Does some work for each item, in order, for a few items at a time.
 * @param calls maximum number of items at the same time
 */
export async function inParallel<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  calls: number = CALLS,
): Promise<void> {
  const queue = items.values();
  async function workOff(): Promise<void> {
    for (const item of queue) await work(item);
  }
  await Promise.all(Array.from({ length: Math.min(calls, items.length) }, workOff));
}
