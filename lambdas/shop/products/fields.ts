import { schema } from '../../runtime';

/** Characters of a description. */
export const MAX_DESCRIPTION = 200;

/** Printable ASCII without `#`, which separates parts of keys; no space at either end. */
const SKU = /^[\x21\x22\x24-\x7e](?:[\x20-\x22\x24-\x7e]{0,30}[\x21\x22\x24-\x7e])?$/;

export const isSku = (value: string): boolean => SKU.test(value);

export const sku = schema.string({ pattern: SKU, name: "a stock code of 1 to 32 printable characters without '#'" });

export const description = schema.string({
  min: 1,
  max: MAX_DESCRIPTION,
  pattern: /^\S(?:[\s\S]*\S)?$/,
  name: 'a text without space at either end',
});
