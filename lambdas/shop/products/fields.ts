import { schema } from '../../runtime';

/** Maximum characters of a description. */
export const MAX_DESCRIPTION = 200;

/**
 * Printable ASCII, without a space at either end. `#` is excluded, because it separates parts of
 * keys.
 */
const SKU = /^[\x21\x22\x24-\x7e](?:[\x20-\x22\x24-\x7e]{0,30}[\x21\x22\x24-\x7e])?$/;

export const isSku = (value: string): boolean => SKU.test(value);

export const sku = schema.string({ pattern: SKU, name: "a stock code of 1 to 32 printable characters without '#'" });

export const description = schema.string({
  min: 1,
  max: MAX_DESCRIPTION,
  pattern: /^\S(?:[\s\S]*\S)?$/,
  name: 'a text without a space at either end',
});
