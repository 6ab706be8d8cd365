/** Maximum number of concurrent writes. A table has up to 128 entries. */
const PARALLEL_WRITES = 8;

/** Calls `work` for each item, for at most 8 items at a time. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += PARALLEL_WRITES) {
    await Promise.all(items.slice(from, from + PARALLEL_WRITES).map(work));
  }
}
