import { HttpError, json, routes, table } from '../runtime';
import {
  type IndexItem,
  isSku,
  MAX_CANDIDATES,
  MAX_QUERY_WORDS,
  PAGE_SIZE,
  type ProductItem,
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

const products = table<ProductItem, 'pk' | 'sk'>('Catalogue');
const index = table<IndexItem, 'pk' | 'sk'>('Catalogue');

/** Search and products, for anyone. Most requests of a traffic spike are these. */
export const handler = routes({
  'GET /search': {
    query: ['q', 'page'],
    handle: async ({ query: { q: text = '', page: asked = '1' } }) => {
      const page = Number(asked);
      const words = [...new Set(wordsOf(text).map(stem))].slice(0, MAX_QUERY_WORDS);
      const found = words.length === 0 ? [] : rank(words, await Promise.all(words.map(entriesOf)));
      const shown = found.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE);
      return json(
        200,
        { products: shown, page, pages: Math.ceil(found.length / PAGE_SIZE), total: found.length },
        CACHED,
      );
    },
  },

  'GET /products/{sku}': async ({ params }) => {
    const asked = params.sku;
    // No product has a code of another form, and a long one would be no valid key.
    const item = isSku(asked) ? await products.get(productKey(asked), { eventual: true }) : undefined;
    if (!item) throw new HttpError(404, 'unknown_product', 'there is no such product');
    const { sku, description, price } = item;
    return json(200, { sku, description, price }, CACHED);
  },
});

/**
 * Index entries of the words with this beginning: one Query, whatever the size of the catalogue.
 */
async function entriesOf(word: string): Promise<IndexItem[]> {
  const page = await index.query(
    { pk: tokenPartition(word) },
    { sort: { beginsWith: word }, limit: MAX_CANDIDATES, eventual: true },
  );
  return page.items;
}
