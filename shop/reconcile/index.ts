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
 * Compares the stores with the file, exactly.
 * @param refused lines that the shop refused in the replay. `record` is their record in the file;
 * the header is record 1
 * @returns a row for each comparison. If all are `ok`, nothing is missing, doubled or changed
 */
export async function reconcile(context: RunningShop, refused: readonly { readonly record: number }[]): Promise<Row[]> {
  const expected = expectedOf(await readFile(context.ordersFile, 'utf8'));
  context.progress('reconciling: reading every store');
  const stores = await readStores(context);
  return compare(expected, { ...stores, refused: [...new Set(refused.map(({ record }) => record))] });
}
