/** What is bought for the money: a limit on cold starts, or a price for one. */
export type Goal =
  /** One cold request is worth so many idle unit-minutes. */
  | { readonly kind: 'price'; readonly price: number }
  /** Share of demand that may meet a cold start: 0.01 is 1 %. */
  | { readonly kind: 'limit'; readonly cold: number };

/** What one cold request is worth unless its owner says otherwise, in idle unit-minutes. */
export const DEFAULT_PRICE = 40;

export const DEFAULT_GOAL: Goal = { kind: 'price', price: DEFAULT_PRICE };

/** By which cold starts and idle units are compared. */
export function priceOf(goal: Goal): number {
  return goal.kind === 'price' ? goal.price : DEFAULT_PRICE;
}

/**
 * Money hardly changes around its least: a tenth more for a cold start costs a thousandth on every trace that was tried, and spares up to a
 * tenth of what is cold. Of two that cost the same, users feel the warmer one.
 */
const PRUDENCE = 1.1;

/**
 * The quantile of demand at which one more unit costs as much as the cold starts that it saves: the cost of a provision p is
 * p + price x E[max(0, demand - p)], which is least where demand stays below p in all but 1/price of all cases; a little
 * above it, by prudence.
 */
export function criticalLevel(price: number): number {
  return Math.min(0.999, Math.max(0.5, 1 - 1 / (PRUDENCE * price)));
}
