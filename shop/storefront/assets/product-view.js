import { call } from './api.js';
import { seascape } from './art.js';
import { byId, failure, h } from './dom.js';
import { pounds } from './money.js';
import { addButton, tidy } from './product-card.js';

/** Number of the newest request. Answers of earlier requests are ignored. */
let asked = 0;

/** Shows one product. */
export async function showProduct(sku) {
  const turn = ++asked;
  const place = byId('product');
  place.setAttribute('aria-busy', 'true');
  place.replaceChildren(h('p', { className: 'muted' }, 'Looking for the product…'));
  const show = (...children) => {
    if (turn !== asked) return;
    place.removeAttribute('aria-busy');
    place.replaceChildren(...children);
  };
  try {
    const product = await call(`/products/${encodeURIComponent(sku)}`);
    const name = tidy(product.description);
    show(
      seascape(product.sku),
      h(
        'div',
        { className: 'product-text' },
        h('h1', {}, name),
        h('p', { className: 'code' }, `Stock code ${product.sku}`),
        h('p', { className: 'price large' }, pounds(product.price)),
        addButton(product, 'button', 'Add to basket'),
      ),
    );
    if (turn === asked) document.title = `${name} · Breakwater Shop`;
  } catch (error) {
    const isUnknown = error.status === 404;
    show(
      h('h1', {}, isUnknown ? 'No such product' : 'The product can’t be shown'),
      isUnknown
        ? h('p', {}, 'It may be sold out, or the link is wrong. ', h('a', { href: '/' }, 'Look round the shop.'))
        : failure(error.message, () => void showProduct(sku)),
    );
  }
}
