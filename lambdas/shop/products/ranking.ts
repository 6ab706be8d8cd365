import type { IndexItem, Product } from './product';

/** Number of results on one page. */
export const PAGE_SIZE = 24;
/** Maximum number of words in a query. Further words are ignored. */
export const MAX_QUERY_WORDS = 4;
/** Maximum number of index entries that are read for one word. */
export const MAX_CANDIDATES = 600;

/**
 * Finds the products with every word of a query. Products with more complete matches come first.
 * Products with equally many are in alphabetical order, so that pages are stable.
 * @param found index entries of each word
 */
export function rank(words: readonly string[], found: readonly (readonly IndexItem[])[]): Product[] {
  const scores = new Map<string, { product: Product; matched: number; whole: number }>();
  for (const [i, entries] of found.entries()) {
    const seen = new Map<string, boolean>();
    for (const entry of entries) {
      const whole = entry.sk === `${words[i]}#${entry.sku}`;
      seen.set(entry.sku, whole || seen.get(entry.sku) === true);
      if (!scores.has(entry.sku)) {
        const { sku, description, price } = entry;
        scores.set(sku, { product: { sku, description, price }, matched: 0, whole: 0 });
      }
    }
    for (const [sku, whole] of seen) {
      const score = scores.get(sku)!;
      score.matched++;
      if (whole) score.whole++;
    }
  }
  return [...scores.values()]
    .filter((score) => score.matched === found.length)
    .sort(
      (a, b) =>
        b.whole - a.whole ||
        compare(a.product.description, b.product.description) ||
        compare(a.product.sku, b.product.sku),
    )
    .map((score) => score.product);
}

/**
 * Compares UTF-16 code units, so that the order doesn't depend on the machine's language settings.
 */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
