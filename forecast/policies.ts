import type { Calendar } from './calendar';
import { MINUTES_PER_WEEK } from './minutes';
import { wholeUnits } from './policy';
import { rollingExtreme } from './series';

/**
 * Target utilisation of target tracking while forecasts act. It is high, because target tracking
 * must only add capacity if demand exceeds the forecast. It isn't higher, because aws-cdk-lib
 * allows only 0.1 to 0.9, so AWS may refuse higher targets.
 */
export const ACTING_TARGET = 0.9;

/**
 * Application Auto Scaling scales out after `OUT_MINUTES` minutes with utilisation above the
 * target. It scales in after `IN_MINUTES` minutes with utilisation below `IN_SHARE` times the
 * target.
 */
const OUT_MINUTES = 3;
const IN_MINUTES = 15;
const IN_SHARE = 0.9;

/** Settings of target tracking. */
export interface TrackingOptions {
  /**
   * Minutes between the newest measured minute and the first minute in which a decision takes
   * effect, both excluded.
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
 * Simulates the capacity that target tracking of Application Auto Scaling provisions. The new
 * capacity is proportional to demand. While a change is pending, no other change starts.
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
      // Scaling in takes effect in the next minute, because AWS doesn't bill a released instance
      // any longer.
      if (wanted < capacity) pending = { at: now + 1, capacity: wanted };
      above = 0;
      below = 0;
    }
  }
  return provision;
}

/** A policy for comparisons: the maximum of the last known minutes, times a factor. */
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

/** A policy for comparisons: a constant capacity. */
export function fixedAt(demand: Float64Array, options: { readonly units: number }): Float64Array {
  return new Float64Array(demand.length).fill(wholeUnits(options.units));
}

/** The smallest value that is at least as large as the given share of all values. */
export function percentile(values: Float64Array, share: number): number {
  const sorted = values.slice().sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** A policy for comparisons: the demand of the last known minute, times a factor. */
export function persistence(
  demand: Float64Array,
  options: { readonly lead: number; readonly factor: number },
): Float64Array {
  return rollingMaximum(demand, { ...options, minutes: 1 });
}

/**
 * A policy for comparisons: the demand of the same minute a week earlier, times a factor. In the
 * first week, it uses the demand of a day earlier.
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
 * The oracle, a baseline with perfect foresight. It provisions exactly the capacity that each
 * minute needs. No policy without cold starts costs less.
 */
export function oracle(demand: Float64Array): Float64Array {
  return demand.map(wholeUnits);
}
