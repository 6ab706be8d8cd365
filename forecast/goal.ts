/**
 * What is bought for the money: a limit on cold requests, or a price for one. A cold request is one that waits until an instance has
 * started. A unit-minute of demand beyond what is provisioned counts as one, and can't be more: the instance that starts for it serves the
 * rest of that minute.
 */
export type Goal =
  /** One cold request is worth so many idle unit-minutes. */
  | { readonly kind: 'price'; readonly price: number }
  /** Share of demand that may lie beyond what is provisioned, and so at most the share of requests that is cold: 0.01 is 1 %. */
  | { readonly kind: 'limit'; readonly cold: number };

/** What one cold request is worth unless its owner says otherwise, in idle unit-minutes. */
export const DEFAULT_PRICE = 40;

export const DEFAULT_GOAL: Goal = { kind: 'price', price: DEFAULT_PRICE };

/** By which cold requests and idle units are compared. */
export function priceOf(goal: Goal): number {
  return goal.kind === 'price' ? goal.price : DEFAULT_PRICE;
}

/**
 * Money hardly changes around its least: a tenth more for a cold request costs a thousandth on every trace that was tried, and spares up to a
 * tenth of what is cold. Of two that cost the same, users feel the warmer one.
 */
const PRUDENCE = 1.1;

/**
 * The quantile of demand at which one more unit costs as much as the cold requests that it spares: the cost of a provision p is
 * p + price x E[max(0, demand - p)], which is least where demand stays below p in all but 1/price of all cases; a little
 * above it, by prudence.
 */
export function criticalLevel(price: number): number {
  return Math.min(0.999, Math.max(0.5, 1 - 1 / (PRUDENCE * price)));
}
