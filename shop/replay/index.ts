import { readFile } from 'node:fs/promises';
import { mapBounded } from '../../lambdas/runtime';
import type { ReplayedShop } from '../running-shop';
import { type FailedSale, placeSale, type RefusedLine } from './place-sale';
import { type Post, poster } from './post';
import { type CatalogueEntry, catalogueOf, readSales } from './read-sales';
import { waitForWorkers } from './wait';

export type { FailedSale, RefusedLine } from './place-sale';

/** Result of a replay. */
export interface ReplayResult {
  readonly products: number;
  readonly sales: number;
  readonly refunds: number;
  readonly lines: number;
  /** Lines that the shop refused, in the order of the file. */
  readonly refused: readonly RefusedLine[];
  /**
   * Invoices that were not stored for another reason than invalid lines. A successful run has none.
   */
  readonly failed: readonly FailedSale[];
}

/** Number of concurrent requests. More requests would only start more processes of functions. */
const IN_FLIGHT = 8;
/** Number of products in one request to the catalogue. */
const PRODUCTS_A_CALL = 100;

/**
 * Replays a day of sales through the edge, as the point of sale does. The catalogue is sent first,
 * then every invoice in order of time. Then the replay waits until the workers are done.
 * @param took called at the end of each phase, with its duration in milliseconds
 */
export async function replay(
  context: ReplayedShop,
  took: (phase: string, ms: number) => void = () => undefined,
): Promise<ReplayResult> {
  const sales = readSales(await readFile(context.ordersFile, 'utf8'));
  const post = poster(context.edgeUrl, () => context.tokenFor('point-of-sale'));
  const started = Date.now();
  const products = catalogueOf(sales);
  await loadCatalogue(context, post, products);

  const catalogueDone = Date.now();
  took('catalogue', catalogueDone - started);
  const refused: RefusedLine[] = [];
  const failed: FailedSale[] = [];
  const stored = { sales: 0, refunds: 0, lines: 0 };
  let done = 0;
  await mapBounded(sales, IN_FLIGHT, async (sale) => {
    const placed = await placeSale(post, sale);
    refused.push(...placed.refused);
    if (placed.failed) failed.push(placed.failed);
    if (placed.lines > 0) {
      stored[sale.cancellation ? 'refunds' : 'sales']++;
      stored.lines += placed.lines;
    }
    context.progress(`orders: ${++done} of ${sales.length} invoices`);
  });

  const ordersDone = Date.now();
  took('replay', ordersDone - catalogueDone);
  await waitForWorkers(context);
  took('workers', Date.now() - ordersDone);
  return {
    products: products.length,
    ...stored,
    refused: refused.sort((a, b) => a.record - b.record),
    failed,
  };
}

/** @throws Error if the shop refuses a product */
async function loadCatalogue(context: ReplayedShop, post: Post, products: readonly CatalogueEntry[]): Promise<void> {
  const calls: CatalogueEntry[][] = [];
  for (let i = 0; i < products.length; i += PRODUCTS_A_CALL) calls.push(products.slice(i, i + PRODUCTS_A_CALL));
  let done = 0;
  await mapBounded(calls, 4, async (call) => {
    const answer = await post('/catalogue', { products: call });
    if (answer.status !== 200)
      throw new Error(`the shop must accept the catalogue, but answered ${answer.status} ${answer.text}`);
    done += call.length;
    context.progress(`catalogue: ${done} of ${products.length} products`);
  });
}
