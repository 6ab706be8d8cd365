import { orderAddress } from './address.js';
import { call } from './api.js';
import * as basket from './basket.js';
import { decimal, pounds } from './money.js';
import { navigate } from './navigate.js';
import { tidy } from './product-card.js';
import { accessToken, canSignIn, signIn } from './session.js';

/** Key of a mark in the session storage, which is set while a person signs in for the checkout. */
const CHECKING_OUT = 'breakwater.checking-out';

/**
 * Whether the person has just signed in for the checkout. The call removes the mark, so call it
 * only once.
 */
export function isBackForCheckout() {
  const isBack = sessionStorage.getItem(CHECKING_OUT) !== null;
  sessionStorage.removeItem(CHECKING_OUT);
  return isBack;
}

/**
 * Places the basket as an order, and shows the order. The request contains the total that the page
 * shows, so that the shop can refuse the order if its prices differ.
 * @returns false if the person must sign in first
 * @throws Error with a message for people
 */
export async function placeBasket() {
  if (!accessToken()) {
    if (!canSignIn()) throw new Error('Signing in isn’t set up for this shop, so nothing can be ordered.');
    sessionStorage.setItem(CHECKING_OUT, 'yes');
    await signIn();
    return false;
  }
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
    navigate(orderAddress(order.orderId));
    return true;
  } catch (error) {
    if (error.code === 'price_changed') throw new Error(askAgain(error.answer.lines));
    const details = (error.answer?.error?.issues ?? []).map(describe).filter(Boolean);
    throw new Error([error.message, ...new Set(details)].join(' '));
  }
}

/** Shows the new prices in the basket and asks the person to check out again. */
function askAgain(lines) {
  const changed = basket.updatePrices(lines);
  const list = changed.map(
    ({ description, price, before }) => `${tidy(description)}: ${pounds(price)}, was ${pounds(before)}`,
  );
  return `Prices have changed. ${list.join('; ')}. Nothing is ordered yet. To order for ${pounds(basket.total())}, check out again.`;
}

/** Describes a fault of a line: the product and the problem. */
function describe({ path, message }) {
  const line = basket.lines()[Number(/^lines\[(\d+)\]/.exec(path)?.[1])];
  return line ? `${tidy(line.description)}: ${message}.` : undefined;
}
