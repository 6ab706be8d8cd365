import { isPrice, PRICE_RULE } from '../money';
import { asRecord, type Issue, isText, noObject, Reader, render } from '../reading';
import { indexWords, tokenPartition } from './words';

/** What the shop sells. */
export interface Product {
  readonly sku: string;
  readonly description: string;
  /** Decimal string in GBP. */
  readonly price: string;
}

/** A product as it lies in the catalogue table. */
export interface ProductItem extends Product {
  /** `sku#<sku>` */
  readonly pk: string;
  /** `product` */
  readonly sk: string;
  /** The words under which the index holds it: what the next change must take out. */
  readonly words: readonly string[];
}

/** An entry of the search index: enough to show a result without another read. */
export interface IndexItem extends Product {
  /** `token#<first letters of the word>` */
  readonly pk: string;
  /** `<word>#<sku>` */
  readonly sk: string;
}

/** Products one call may write. */
export const MAX_PRODUCTS = 100;
/** Characters of a description. */
export const MAX_DESCRIPTION = 200;

/** What a stock code and a description must be, in the words of a fault. */
export const SKU_RULE = 'must be a stock code of 1 to 32 printable characters';
export const DESCRIPTION_RULE = `must be a text of 1 to ${MAX_DESCRIPTION} characters`;

const SKU = /^[\x21-\x7e](?:[\x20-\x7e]{0,30}[\x21-\x7e])?$/;

/** Whether a text can be a stock code: 1 to 32 printable characters, no space at either end, no `#`. */
export function isSku(value: unknown): value is string {
  return typeof value === 'string' && SKU.test(value) && !value.includes('#');
}

/** Whether a text says anything, and isn't too long. */
export function isDescription(value: unknown): value is string {
  return isText(value) && value.trim() !== '' && value.length <= MAX_DESCRIPTION;
}

export const productKey = (sku: string): { pk: string; sk: string } => ({ pk: `sku#${sku}`, sk: 'product' });

/** Key of a product's entry for a word. */
export const indexKey = (word: string, sku: string): { pk: string; sk: string } => ({
  pk: tokenPartition(word),
  sk: `${word}#${sku}`,
});

/** Everything the table must hold for a product, and the entries of its former words that must go. */
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

/** Reads the body of a catalogue call; every fault of every product is in `issues`. */
export function readProducts(body: unknown): { products: Product[]; issues: Issue[] } {
  const list = (body as { products?: unknown } | null)?.products;
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_PRODUCTS) {
    const got = Array.isArray(list) ? `${list.length} products` : render(list);
    return {
      products: [],
      issues: [{ path: 'products', message: `must be a list of 1 to ${MAX_PRODUCTS} products`, got }],
    };
  }
  const issues: Issue[] = [];
  const products = new Map<string, Product>();
  for (const [i, entry] of list.entries()) {
    const record = asRecord(entry);
    if (!record) {
      issues.push(noObject(`products[${i}]`, entry));
      continue;
    }
    const reader = new Reader(record, `products[${i}].`);
    reader.check('sku', SKU_RULE, isSku);
    reader.check('sku', 'must occur once in a call', (sku) => !products.has(String(sku)));
    reader.check('description', DESCRIPTION_RULE, isDescription);
    reader.check('price', PRICE_RULE, isPrice);
    issues.push(...reader.issues);
    const { sku, description, price } = record;
    if (isSku(sku)) products.set(sku, { sku, description: String(description).trim(), price: String(price) });
  }
  return { products: [...products.values()], issues };
}
