import type { Issue } from '../../runtime';
import { parseMoney } from '../money';
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

/** What is wrong with a part of a request, and where: as the runtime says it. */
export type { Issue };

/** What was got, short enough to be sent back. */
export function render(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

/** Products one call may write. */
export const MAX_PRODUCTS = 100;
/** Characters of a description. */
export const MAX_DESCRIPTION = 200;

const SKU = /^[\x21-\x7e](?:[\x20-\x7e]{0,30}[\x21-\x7e])?$/;

/** Whether a text can be a stock code: 1 to 32 printable characters, no space at either end, no `#`. */
export function isSku(value: unknown): value is string {
  return typeof value === 'string' && SKU.test(value) && !value.includes('#');
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether a value is a text of whole characters: half of one can't be stored as UTF-8, and would come back as another. */
export const isText = (value: unknown): value is string => typeof value === 'string' && !LONE_SURROGATE.test(value);

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
    const { sku, description, price } = (entry ?? {}) as Record<string, unknown>;
    const fault = (field: string, message: string, got: unknown) =>
      issues.push({ path: `products[${i}].${field}`, message, got: render(got) });
    const units = parseMoney(price);
    if (!isSku(sku)) fault('sku', 'must be a stock code of 1 to 32 printable characters', sku);
    else if (products.has(sku)) fault('sku', 'must occur once in a call', sku);
    if (!isDescription(description))
      fault('description', `must be a text of 1 to ${MAX_DESCRIPTION} characters`, description);
    if (units === undefined || units <= 0n)
      fault('price', 'must be a decimal string above 0 with at most 4 decimals', price);
    if (isSku(sku)) products.set(sku, { sku, description: String(description).trim(), price: String(price) });
  }
  return { products: [...products.values()], issues };
}
