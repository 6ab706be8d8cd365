import { pence } from './money.js';

// The basket is kept in the browser. The shop receives it at the checkout.

const BASKET = 'breakwater.basket';
const MAX_QUANTITY = 1000;
const listeners = new Set();

let state = load();

function load() {
  try {
    const stored = JSON.parse(localStorage.getItem(BASKET));
    if (Array.isArray(stored?.lines) && typeof stored.key === 'string') return stored;
  } catch {
    // An invalid stored basket counts as empty.
  }
  return empty();
}

/**
 * `key` is the idempotency key of the basket: the shop stores one order for it, even if it is sent
 * twice. Each basket has a new key.
 */
function empty() {
  return { key: crypto.randomUUID(), lines: [] };
}

export const lines = () => state.lines;
export const idempotencyKey = () => state.key;
export const pieces = () => state.lines.reduce((sum, line) => sum + line.quantity, 0);
export const total = () => state.lines.reduce((sum, line) => sum + pence(line.price) * BigInt(line.quantity), 0n);

export function add(product) {
  const line = state.lines.find(({ sku }) => sku === product.sku);
  const { sku, description, price } = product;
  if (line) return change(state.lines.map((each) => (each === line ? { ...line, price, quantity: more(line) } : each)));
  change([...state.lines, { sku, description, price, quantity: 1 }]);
}

const more = ({ quantity }) => Math.min(quantity + 1, MAX_QUANTITY);

/** Sets the quantity of a product. 0 removes the product. */
export function setQuantity(sku, quantity) {
  const wanted = Math.min(quantity, MAX_QUANTITY);
  change(
    state.lines
      .map((line) => (line.sku === sku ? { ...line, quantity: wanted } : line))
      .filter((line) => line.quantity > 0),
  );
}

/**
 * Stores the prices of the shop's answer in the basket.
 * @returns the lines with a changed price; `before` is the old price
 */
export function updatePrices(answered) {
  const prices = new Map(answered.map(({ sku, unitPrice }) => [sku, unitPrice]));
  const changed = state.lines.flatMap((line) => {
    const price = prices.get(line.sku) ?? line.price;
    return pence(price) === pence(line.price) ? [] : [{ ...line, price, before: line.price }];
  });
  change(state.lines.map((line) => ({ ...line, price: prices.get(line.sku) ?? line.price })));
  return changed;
}

export const clear = () => change([]);

export function onChange(listener) {
  listeners.add(listener);
  listener();
}

function change(next) {
  state = { key: crypto.randomUUID(), lines: next };
  localStorage.setItem(BASKET, JSON.stringify(state));
  for (const listener of listeners) listener();
}

// Another tab of the same shop shares the basket.
addEventListener('storage', (event) => {
  if (event.key !== BASKET) return;
  state = load();
  for (const listener of listeners) listener();
});
