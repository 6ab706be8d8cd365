import type { Page } from './types';

/**
 * Iterates over all items of a query or a scatter. It reads each page only when the loop needs the
 * page's first item.
 *
 * @example
 * const pages = (cursor?: string) => orders.query({ customerId }, { cursor });
 * for await (const order of everyPage(pages)) { ... }
 */
export async function* everyPage<T extends object>(
  read: (cursor: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<T, void, undefined> {
  let cursor: string | undefined;
  do {
    const page: Page<T> = await read(cursor);
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
