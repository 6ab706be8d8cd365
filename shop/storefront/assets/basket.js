import { pence } from './money.js';

// The basket is the browser's own: the shop learns of it at the checkout.

const BASKET = 'breakwater.basket';
const MAX_QUANTITY = 1000;
const listeners = new Set();

let state = load();

function load() {
  try {
    const stored = JSON.parse(localStorage.getItem(BASKET));
    if (Array.isArray(stored?.lines) && typeof stored.key === 'string') return stored;
  } catch {
    // What can't be read is an empty basket.
  }
  return empty();
}

/**
 * `key` makes placing this basket twice harmless: the shop stores one order for it. It changes with the content, since
 * another basket is another order.
 */
function empty() {
  return { key: crypto.randomUUID(), lines: [] };
}

export const lines = () => state.lines;
export const idempotencyKey = () => state.key;
export const pieces = () => state.lines.reduce((sum, line) => sum + line.quantity, 0);
export const total = () => state.lines.reduce((sum, line) => sum + pence(line.price) * BigInt(line.quantity), 0n);

/** A changed address is another order as well: the shop compares all of what it is sent. */
export function renewKey() {
  state = { ...state, key: crypto.randomUUID() };
  save();
}

export function add(product) {
  const line = state.lines.find(({ sku }) => sku === product.sku);
  if (line) return setQuantity(product.sku, line.quantity + 1);
  const { sku, description, price } = product;
  change([...state.lines, { sku, description, price, quantity: 1 }]);
}

/** 0 takes the product out. */
export function setQuantity(sku, quantity) {
  const wanted = Math.min(quantity, MAX_QUANTITY);
  change(
    state.lines
      .map((line) => (line.sku === sku ? { ...line, quantity: wanted } : line))
      .filter((line) => line.quantity > 0),
  );
}

export const clear = () => change([]);

export function onChange(listener) {
  listeners.add(listener);
  listener();
}

function change(next) {
  state = { key: crypto.randomUUID(), lines: next };
  save();
}

function save() {
  localStorage.setItem(BASKET, JSON.stringify(state));
  for (const listener of listeners) listener();
}

// Another tab of the same shop shares the basket.
addEventListener('storage', (event) => {
  if (event.key !== BASKET) return;
  state = load();
  for (const listener of listeners) listener();
});
