import { productAddress } from './address.js';
import { seascape } from './art.js';
import * as basket from './basket.js';
import { h, toast } from './dom.js';
import { pounds } from './money.js';

/** A product in a list. */
export function card(product) {
  return h(
    'li',
    { className: 'card' },
    seascape(product.sku),
    h(
      'div',
      { className: 'card-body' },
      h('h3', {}, h('a', { href: productAddress(product.sku) }, tidy(product.description))),
      h('span', { className: 'code' }, product.sku),
      h(
        'div',
        { className: 'card-foot' },
        h('span', { className: 'price' }, pounds(product.price)),
        addButton(product, 'button quiet', 'Add', `Add ${tidy(product.description)} to the basket`),
      ),
    ),
  );
}

/** Placeholder for a product that is still loading. */
export const ghost = () =>
  h(
    'li',
    { className: 'card ghost', 'aria-hidden': 'true' },
    h('div', { className: 'art' }),
    h('div', { className: 'card-body' }),
  );

/**
 * Makes a button that adds a product. `label` is the text for screen readers. It is needed if
 * `text` doesn't name the product.
 */
export function addButton(product, className, text, label) {
  const name = tidy(product.description);
  const add = () => {
    basket.add(product);
    toast(`${name} is in your basket`);
  };
  return h('button', { type: 'button', className, 'aria-label': label, onclick: add }, text);
}

/** Converts a description from capitals, which are hard to read, to normal case. */
export function tidy(description) {
  const text = description.trim().replace(/\s+/g, ' ');
  if (text !== text.toUpperCase()) return text;
  return text.toLowerCase().replace(/(^|[\s/(-])(\p{L})/gu, (_, before, letter) => before + letter.toUpperCase());
}
