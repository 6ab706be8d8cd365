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
 * The edge caches an answer for 5 minutes, and a browser for 1 minute. So a changed price is
 * visible after at most 6 minutes, and a traffic spike causes few reads.
 */
const CACHED = { cacheControl: 'public, max-age=60, s-maxage=300' };

const products = table<ProductItem, 'pk' | 'sk'>('Catalogue');
const index = table<IndexItem, 'pk' | 'sk'>('Catalogue');

/** Search and products, for anyone. They are most of the requests in a traffic spike. */
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
    // A stock code of another form is answered with 404 without a read, because no product has it,
    // and it may be too long for a key.
    const item = isSku(asked) ? await products.get(productKey(asked), { eventual: true }) : undefined;
    if (!item) throw new HttpError(404, 'unknown_product', 'there is no such product');
    const { sku, description, price } = item;
    return json(200, { sku, description, price }, CACHED);
  },
});

/**
 * Reads index entries of words that start with a text. It takes one Query, whatever the size of the
 * catalogue.
 */
async function entriesOf(word: string): Promise<IndexItem[]> {
  const page = await index.query(
    { pk: tokenPartition(word) },
    { sort: { beginsWith: word }, limit: MAX_CANDIDATES, eventual: true },
  );
  return page.items;
}
