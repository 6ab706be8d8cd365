import { readFile } from 'node:fs/promises';
import type { RunningShop } from '../running-shop';
import { compare, type Row } from './compare';
import { expectedOf } from './expected';
import { readStores } from './stores';

export type { Found, FoundLine, FoundOrder, Row } from './compare';
export { compare } from './compare';
export { type Expected, type ExpectedLine, type ExpectedOrder, expectedOf } from './expected';
export { mapTableOf } from './stores';

/**
 * Compares the content of the stores exactly with the file.
 * @param refused lines that the shop refused in the replay. `record` is the number of their record
 * in the file, and the header is record 1.
 * @returns a row for each comparison. If all are `ok`, no data is missing, duplicate or different.
 */
export async function reconcile(context: RunningShop, refused: readonly { readonly record: number }[]): Promise<Row[]> {
  const expected = expectedOf(await readFile(context.ordersFile, 'utf8'));
  context.progress('reconciling: reading every store');
  const stores = await readStores(context);
  return compare(expected, { ...stores, refused: [...new Set(refused.map(({ record }) => record))] });
}
