/** Works through items in their order, so many at a time; the first error ends it once what is under way is over. */
export async function inFlight<T>(
  items: readonly T[],
  parallel: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const runner = async (): Promise<void> => {
    while (next < items.length && !failed) {
      try {
        await work(items[next++]!);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(parallel, items.length) }, runner));
  const broken = results.find((result) => result.status === 'rejected');
  if (broken) throw broken.reason;
}
