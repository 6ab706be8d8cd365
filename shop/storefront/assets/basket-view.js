import { call } from './api.js';
import * as basket from './basket.js';
import { byId, h } from './dom.js';
import { decimal, pence, pounds } from './money.js';
import { accessToken, canSignIn, signIn } from './session.js';
import { tidy } from './shop-view.js';

/** Set while a person is away to sign in for the checkout. */
const CHECKING_OUT = 'breakwater.checking-out';
const EMAIL = 'breakwater.email';

export function startBasket() {
  const drawer = byId('basket');
  byId('open-basket').addEventListener('click', openBasket);
  byId('close-basket').addEventListener('click', () => drawer.close());
  // A click on the darkened shop closes the drawer.
  drawer.addEventListener('click', (event) => {
    if (event.target === drawer) drawer.close();
  });
  byId('email').value = sessionStorage.getItem(EMAIL) ?? '';
  byId('email').addEventListener('change', () => {
    sessionStorage.setItem(EMAIL, byId('email').value.trim());
    basket.renewKey();
  });
  byId('checkout-form').addEventListener('submit', (event) => {
    event.preventDefault();
    void checkout();
  });
  basket.onChange(render);
}

export function openBasket() {
  fault();
  if (!byId('basket').open) byId('basket').showModal();
}

/** Opens the basket again for somebody who signed in to check out. */
export function resumeCheckout() {
  if (!sessionStorage.getItem(CHECKING_OUT)) return;
  sessionStorage.removeItem(CHECKING_OUT);
  openBasket();
}

function render() {
  byId('basket-count').textContent = String(basket.pieces());
  byId('basket-total').textContent = pounds(basket.total());
  byId('checkout').disabled = basket.lines().length === 0;
  byId('basket-lines').replaceChildren(
    ...(basket.lines().length > 0
      ? basket.lines().map(row)
      : [h('p', { className: 'notice' }, 'Still empty. The shop is full, though.')]),
  );
}

function row({ sku, description, price, quantity }) {
  const name = tidy(description);
  const step = (by, label, sign) =>
    h('button', { type: 'button', 'aria-label': label, onclick: () => basket.setQuantity(sku, quantity + by) }, sign);
  return h(
    'div',
    { className: 'line' },
    h('span', {}, name),
    h('span', { className: 'amount' }, pounds(pence(price) * BigInt(quantity))),
    h(
      'span',
      { className: 'stepper' },
      step(-1, quantity === 1 ? `Take ${name} out` : `One ${name} less`, '−'),
      h('output', {}, String(quantity)),
      step(1, `One ${name} more`, '+'),
    ),
    h('span', { className: 'muted small' }, `${pounds(price)} each`),
  );
}

async function checkout() {
  fault();
  const email = byId('email');
  if (!email.checkValidity()) return fault('Please look at the e-mail address again, or leave it empty.');
  if (!accessToken()) {
    if (!canSignIn()) return fault('Signing in isn’t set up for this shop, so nothing can be ordered.');
    sessionStorage.setItem(CHECKING_OUT, 'yes');
    return signIn();
  }
  const button = byId('checkout');
  button.disabled = true;
  button.textContent = 'One moment…';
  try {
    const order = await call('/checkout', {
      method: 'POST',
      signedIn: true,
      body: {
        idempotencyKey: basket.idempotencyKey(),
        lines: basket.lines().map(({ sku, quantity }) => ({ sku, quantity })),
        total: decimal(basket.total()),
      },
    });
    basket.clear();
    byId('basket').close();
    location.hash = `#/orders/${encodeURIComponent(order.orderId)}`;
  } catch (error) {
    const details = (error.issues ?? []).map(describe).filter(Boolean);
    fault([error.message, ...new Set(details)].join(' '));
  } finally {
    button.textContent = 'Check out';
    button.disabled = basket.lines().length === 0;
  }
}

/** A fault of a line in words: which product, and what is wrong with it. */
function describe({ path, message }) {
  const line = basket.lines()[Number(/^lines\[(\d+)\]/.exec(path)?.[1])];
  return line ? `${tidy(line.description)}: ${message}.` : undefined;
}

function fault(text) {
  const element = byId('checkout-error');
  element.hidden = text === undefined;
  element.textContent = text ?? '';
}
