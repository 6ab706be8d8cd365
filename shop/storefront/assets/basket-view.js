import * as basket from './basket.js';
import { placeBasket } from './checkout.js';
import { byId, h } from './dom.js';
import { pence, pounds } from './money.js';
import { tidy } from './product-card.js';

export function startBasket() {
  const drawer = byId('basket');
  byId('open-basket').addEventListener('click', openBasket);
  byId('close-basket').addEventListener('click', () => drawer.close());
  // A click on the darkened page closes the basket.
  drawer.addEventListener('click', (event) => {
    if (event.target === drawer) drawer.close();
  });
  byId('checkout-form').addEventListener('submit', (event) => {
    event.preventDefault();
    void checkout();
  });
  basket.onChange(render);
}

export function openBasket() {
  say();
  if (!byId('basket').open) byId('basket').showModal();
}

function render() {
  const focused = document.activeElement?.dataset?.action;
  byId('basket-count').textContent = String(basket.pieces());
  byId('basket-total').textContent = pounds(basket.total());
  byId('checkout').disabled = basket.lines().length === 0;
  byId('basket-lines').replaceChildren(
    ...(basket.lines().length > 0
      ? basket.lines().map(row)
      : [h('p', { className: 'notice' }, 'Your basket is empty.')]),
  );
  if (focused !== undefined) keepFocus(focused);
}

/**
 * The lines are rendered again after an action. The focus is set to the same button, or to the next
 * one if its line was removed.
 */
function keepFocus(action) {
  const buttons = [...byId('basket-lines').querySelectorAll('button')];
  const same = buttons.find((button) => button.dataset.action === action);
  (same ?? buttons[0] ?? byId('close-basket')).focus();
}

function row({ sku, description, price, quantity }) {
  const name = tidy(description);
  const step = (by, label, sign) =>
    h(
      'button',
      {
        type: 'button',
        'aria-label': label,
        'data-action': `${by} ${sku}`,
        onclick: () => basket.setQuantity(sku, quantity + by),
      },
      sign,
    );
  return h(
    'div',
    { className: 'line' },
    h('span', {}, name),
    h('span', { className: 'amount' }, pounds(pence(price) * BigInt(quantity))),
    h(
      'span',
      { className: 'stepper' },
      step(-1, quantity === 1 ? `Remove ${name}` : `One ${name} less`, '−'),
      h('output', { 'aria-label': `Pieces of ${name}` }, String(quantity)),
      step(1, `One ${name} more`, '+'),
    ),
    h('span', { className: 'muted small' }, `${pounds(price)} each`),
  );
}

async function checkout() {
  say();
  const button = byId('checkout');
  button.disabled = true;
  button.textContent = 'One moment…';
  try {
    if (await placeBasket()) byId('basket').close();
  } catch (error) {
    say(error.message);
  } finally {
    button.textContent = 'Check out';
    button.disabled = basket.lines().length === 0;
  }
}

/** Shows an error, or clears it. The element is an alert, so screen readers announce it. */
function say(text) {
  const element = byId('checkout-error');
  element.hidden = text === undefined;
  element.textContent = text ?? '';
}
