import { schema } from '../../runtime';
import { MAX_PRICE_DIGITS } from '../money';
import { description, sku } from './fields';
import { indexWords, tokenPartition } from './words';

/** A product of the shop. */
export interface Product {
  readonly sku: string;
  readonly description: string;
  /** Decimal string in GBP. */
  readonly price: string;
}

/** A product as stored in the catalogue table. */
export interface ProductItem extends Product {
  /** `sku#<sku>` */
  readonly pk: string;
  /** `product` */
  readonly sk: string;
  /**
   * Words under which the product is in the search index. The next change deletes the entries of
   * words that no longer occur.
   */
  readonly words: readonly string[];
}

/**
 * An entry of the search index. It also contains the product's data, so that a search reads only
 * the index.
 */
export interface IndexItem extends Product {
  /** `token#<first letters of the word>` */
  readonly pk: string;
  /** `<word>#<sku>` */
  readonly sk: string;
}

/** Maximum number of products in one call. */
export const MAX_PRODUCTS = 100;

/** Body of `POST /catalogue`. */
export const productList = schema.object({
  products: schema.refine(
    schema.array(
      schema.object({ sku, description, price: schema.decimal({ scale: 2, digits: MAX_PRICE_DIGITS, zero: false }) }),
      { min: 1, max: MAX_PRODUCTS },
    ),
    (products) => new Set(products.map((product) => product.sku)).size === products.length,
    'must name each stock code once',
  ),
});

export const productKey = (sku: string): { pk: string; sk: string } => ({ pk: `sku#${sku}`, sk: 'product' });

/** Key of a product's index entry for a word. */
export const indexKey = (word: string, sku: string): { pk: string; sk: string } => ({
  pk: tokenPartition(word),
  sk: `${word}#${sku}`,
});

/**
 * Returns the items of a product in the table, and the keys of index entries to delete, because the
 * product no longer has their words.
 */
export function productWrites(
  product: Product,
  before: Pick<ProductItem, 'words'> | undefined,
): { item: ProductItem; puts: IndexItem[]; deletes: { pk: string; sk: string }[] } {
  const words = indexWords(product.sku, product.description);
  const { sku, description, price } = product;
  return {
    item: { ...productKey(sku), sku, description, price, words },
    puts: words.map((word) => ({ ...indexKey(word, sku), sku, description, price })),
    deletes: (before?.words ?? []).filter((word) => !words.includes(word)).map((word) => indexKey(word, sku)),
  };
}
