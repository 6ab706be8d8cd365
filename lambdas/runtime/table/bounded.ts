/**
 * Maps items with at most `limit` calls in flight. After a failure, no more calls start. The first
 * failure is thrown after the running calls have ended. So no call is running when this function
 * returns or throws.
 *
 * @param limit maximum number of calls in flight, from 1
 * @returns the results in the order of the items
 * @throws RangeError if `limit` isn't a whole number from 1
 *
 * @example
 * const receipts = await mapBounded(orders, 4, (order) => charge(order));
 */
export async function mapBounded<T, R>(
  items: readonly T[],
  limit: number,
  call: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  if (!(Number.isInteger(limit) && limit >= 1)) {
    throw new RangeError(`mapBounded: limit must be a whole number from 1, got ${limit}`);
  }
  const results: R[] = new Array(items.length);
  let next = 0;
  let failed: { readonly error: unknown } | undefined;
  const run = async () => {
    while (next < items.length && failed === undefined) {
      const i = next++;
      try {
        results[i] = await call(items[i]!, i);
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, run));
  if (failed !== undefined) throw failed.error;
  return results;
}

/** Splits a list into pieces of at most `size` items. */
export function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
