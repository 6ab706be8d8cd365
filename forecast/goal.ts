/**
 * How cold starts are weighed against idle instances: by a price or by a limit. A request has a
 * cold start if it waits until an instance has started. Each instance-minute of demand beyond the
 * provisioned instances counts as one, the maximum: the instance that starts serves the rest of
 * that minute.
 */
export type Goal =
  /** A cold start costs this many idle instance-minutes. */
  | { readonly kind: 'price'; readonly price: number }
  /** Maximum share of demand beyond the provisioned instances: 0.01 is 1 %. */
  | { readonly kind: 'limit'; readonly cold: number };

/** Default price of a cold start, in idle instance-minutes. */
export const DEFAULT_PRICE = 40;

export const DEFAULT_GOAL: Goal = { kind: 'price', price: DEFAULT_PRICE };

/** The price that compares cold starts with idle instances. */
export function priceOf(goal: Goal): number {
  return goal.kind === 'price' ? goal.price : DEFAULT_PRICE;
}

/**
 * The cost is flat near its minimum. Raising the price by a tenth costs a thousandth more on every
 * trace that was tried, and avoids up to a tenth of the cold starts.
 */
const SAFETY_MARGIN = 1.1;

/**
 * The quantile of demand at which one more instance costs as much as the cold starts it avoids. The
 * cost of p instances is p + price x E[max(0, demand - p)]. It is lowest where demand exceeds p in
 * 1/price of all cases. The safety margin raises the quantile a little.
 */
export function criticalLevel(price: number): number {
  return Math.min(0.999, Math.max(0.5, 1 - 1 / (SAFETY_MARGIN * price)));
}
