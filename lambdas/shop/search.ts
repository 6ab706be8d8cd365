import { HttpError, json, routes, table } from '../runtime';
import {
  type IndexItem,
  isSku,
  MAX_CANDIDATES,
  MAX_QUERY_WORDS,
  PAGE_SIZE,
  productKey,
  rank,
  stem,
  tokenPartition,
  wordsOf,
} from './products';

/**
 * The edge keeps an answer for 5 minutes and a browser for 1, so a changed price shows soon and a
 * traffic spike reads nothing.
 */
const CACHED = { cacheControl: 'public, max-age=60, s-maxage=300' };
const MAX_PAGE = 25;
const MAX_QUERY = 100;

const catalogue = table('Catalogue');

/** Search and products, for anyone. Most requests of a traffic spike are these. */
export const handler = routes({
  'GET /search': {
    query: ['q', 'page'],
    handle: async ({ query: { q: text = '', page: asked = '1' } }) => {
      const page = Number(asked);
      if (text.length > MAX_QUERY) {
        throw new HttpError(422, 'invalid_query', `'q' must have at most ${MAX_QUERY} characters, got ${text.length}`);
      }
      if (!Number.isInteger(page) || page < 1 || page > MAX_PAGE) {
        throw new HttpError(422, 'invalid_query', `'page' must be a whole number from 1 to ${MAX_PAGE}`);
      }
      const words = [...new Set(wordsOf(text).map(stem))].slice(0, MAX_QUERY_WORDS);
      const found = words.length === 0 ? [] : rank(words, await Promise.all(words.map(entriesOf)));
      const products = found.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE);
      return json(200, { products, page, pages: Math.ceil(found.length / PAGE_SIZE), total: found.length }, CACHED);
    },
  },

  'GET /products/{sku}': async ({ params }) => {
    const asked = params.sku;
    // No product has a code of another form, and a long one would be no valid key.
    const item = isSku(asked) ? await catalogue.get(productKey(asked), { eventual: true }) : undefined;
    if (!item) throw new HttpError(404, 'unknown_product', 'there is no such product');
    const { sku, description, price } = item;
    return json(200, { sku, description, price }, CACHED);
  },
});

/**
 * Index entries of the words with this beginning: one Query, whatever the size of the catalogue.
 */
async function entriesOf(word: string): Promise<IndexItem[]> {
  const page = await catalogue.query(
    { pk: tokenPartition(word) },
    { sort: { beginsWith: word }, limit: MAX_CANDIDATES, eventual: true },
  );
  return page.items as unknown as IndexItem[];
}
