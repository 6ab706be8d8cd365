/**
 * Either a price of a cold start in idle instance-minutes, or a limit of cold starts. A request has
 * a cold start if it waits until an instance has started. Each instance-minute of demand beyond the
 * provisioned instances counts as one cold start. One is the maximum, because the started instance
 * serves the rest of that minute.
 */
export type Goal =
  /** A cold start costs this many idle instance-minutes. */
  | { readonly kind: 'price'; readonly price: number }
  /** Maximum share of demand beyond the provisioned instances: 0.01 is 1 %. */
  | { readonly kind: 'limit'; readonly cold: number };

/** Default price of a cold start, in idle instance-minutes. */
export const DEFAULT_PRICE = 40;

export const DEFAULT_GOAL: Goal = { kind: 'price', price: DEFAULT_PRICE };

/** The price of a cold start for comparing costs, in idle instance-minutes. */
export function priceOf(goal: Goal): number {
  return goal.kind === 'price' ? goal.price : DEFAULT_PRICE;
}

/**
 * Factor by which the price is multiplied. Around its minimum, the cost hardly changes. On every
 * recorded trace, a 10 % higher price costs 0.1 % more and avoids up to 10 % of the cold starts.
 */
const SAFETY_MARGIN = 1.1;

/**
 * The quantile of demand at which one more instance costs as much as the cold starts that it
 * avoids. The cost of p instances is p + price x E[max(0, demand - p)]. The cost is lowest for the
 * p that demand exceeds in 1/price of all minutes. The safety margin raises the quantile slightly.
 */
export function criticalLevel(price: number): number {
  return Math.min(0.999, Math.max(0.5, 1 - 1 / (SAFETY_MARGIN * price)));
}
