import type { Calendar } from './calendar';
import { MINUTES_PER_WEEK } from './minutes';
import { wholeUnits } from './policy';
import { rollingExtreme } from './series';

/**
 * Target utilisation of target tracking while forecasts act: it only has to catch what they missed.
 * aws-cdk-lib allows 0.1 to 0.9, so a higher target may not exist on AWS.
 */
export const ACTING_TARGET = 0.9;

/**
 * Minutes above the target before Application Auto Scaling scales out, and minutes below 0.9 of it
 * before it scales in.
 */
const OUT_MINUTES = 3;
const IN_MINUTES = 15;
const IN_SHARE = 0.9;

/** How target tracking is set. */
export interface TrackingOptions {
  /**
   * Minutes between the newest measured minute and the first one in which a decision takes effect,
   * both excluded.
   */
  readonly lead: number;
  /** Target utilisation: busy share of the provisioned instances. */
  readonly target: number;
  /** Minimum capacity of each minute. */
  readonly floor?: Float64Array;
  readonly min?: number;
  readonly max?: number;
}

/**
 * Capacity under target tracking, as Application Auto Scaling sets it. It scales out after three
 * minutes above the target, and in after fifteen minutes below 0.9 of it, in proportion to demand.
 * It starts nothing new while a change is pending.
 */
export function targetTracking(demand: Float64Array, options: TrackingOptions): Float64Array {
  const { lead, target, floor } = options;
  const min = options.min ?? 1;
  const max = options.max ?? Number.POSITIVE_INFINITY;
  const provision = new Float64Array(demand.length);
  const leastAt = (index: number) => Math.min(max, Math.max(min, floor?.[Math.min(index, demand.length - 1)] ?? 0));
  let capacity = min;
  let above = 0;
  let below = 0;
  let busiest = 0;
  let pending: { readonly at: number; readonly capacity: number } | undefined;
  for (let now = 0; now < demand.length; now++) {
    if (pending && now >= pending.at) {
      capacity = pending.capacity;
      pending = undefined;
    }
    capacity = Math.max(capacity, leastAt(now));
    provision[now] = capacity;
    const used = demand[now]!;
    above = used > target * capacity ? above + 1 : 0;
    if (used < IN_SHARE * target * capacity) {
      busiest = below === 0 ? used : Math.max(busiest, used);
      below++;
    } else {
      below = 0;
    }
    if (pending) continue;
    if (above >= OUT_MINUTES) {
      const wanted = Math.min(max, wholeUnits(used / target));
      if (wanted > capacity) pending = { at: now + lead + 1, capacity: wanted };
      above = 0;
      below = 0;
    } else if (below >= IN_MINUTES) {
      const wanted = Math.max(leastAt(now + 1), wholeUnits(busiest / target));
      // Scaling in takes no time: an instance is no longer paid from the same minute on.
      if (wanted < capacity) pending = { at: now + 1, capacity: wanted };
      above = 0;
      below = 0;
    }
  }
  return provision;
}

/** The maximum of the last known minutes, times a factor. */
export function rollingMaximum(
  demand: Float64Array,
  options: { readonly lead: number; readonly factor: number; readonly minutes?: number },
): Float64Array {
  const maxima = rollingExtreme(demand, options.minutes ?? 15);
  return demand.map((_, index) => {
    const last = index - options.lead - 1;
    return last < 0 ? 0 : wholeUnits(options.factor * maxima[last]!);
  });
}

/** A constant capacity. */
export function fixedAt(demand: Float64Array, options: { readonly units: number }): Float64Array {
  return new Float64Array(demand.length).fill(wholeUnits(options.units));
}

/** The smallest value that the given share of all values doesn't exceed. */
export function percentile(values: Float64Array, share: number): number {
  const sorted = values.slice().sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** The last known minute, times a factor. */
export function persistence(
  demand: Float64Array,
  options: { readonly lead: number; readonly factor: number },
): Float64Array {
  return rollingMaximum(demand, { ...options, minutes: 1 });
}

/**
 * A plain seasonal forecast: the same minute a week ago, or a day ago in the first week, times a
 * factor.
 */
export function seasonal(
  demand: Float64Array,
  options: { readonly lead: number; readonly factor: number; readonly calendar?: Calendar; readonly start?: number },
): Float64Array {
  const lag = (index: number, days: number) =>
    options.calendar?.lag((options.start ?? 0) + index, days) ?? (days * MINUTES_PER_WEEK) / 7;
  return demand.map((_, index) => {
    const week = index - lag(index, 7);
    const then = week >= 0 ? week : index - lag(index, 1);
    return then < 0 ? 0 : wholeUnits(options.factor * demand[then]!);
  });
}

/**
 * The baseline with perfect foresight: exactly the capacity that each minute needed. No policy
 * costs less.
 */
export function oracle(demand: Float64Array): Float64Array {
  return demand.map(wholeUnits);
}
