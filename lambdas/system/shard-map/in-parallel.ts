/** Entries written at the same time. A table has up to 128. */
const PARALLEL_WRITES = 8;

/** Does some work for each item, a few at a time. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += PARALLEL_WRITES) {
    await Promise.all(items.slice(from, from + PARALLEL_WRITES).map(work));
  }
}
