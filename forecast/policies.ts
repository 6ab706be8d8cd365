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
 * Minutes above the target before Application Auto Scaling adds capacity, and below nine tenths of
 * it before it takes some away.
 */
const OUT_MINUTES = 3;
const IN_MINUTES = 15;
const IN_SHARE = 0.9;

/** How target tracking is set. */
export interface TrackingOptions {
  /**
   * Minutes between the newest known minute and the first one in which a decision is felt, both not
   * counted.
   */
  readonly lead: number;
  /** Share of the provision that is meant to be busy. */
  readonly target: number;
  /** Minimum capacity of each minute. */
  readonly floor?: Float64Array;
  readonly min?: number;
  readonly max?: number;
}

/**
 * Provision under target tracking as Application Auto Scaling does it: more after three minutes
 * above the target, less after fifteen below nine tenths of it, in proportion to what is used, and
 * nothing new while a change is under way.
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
      // To take away takes no time: instances are free as soon as they are no longer paid.
      if (wanted < capacity) pending = { at: now + 1, capacity: wanted };
      above = 0;
      below = 0;
    }
  }
  return provision;
}

/** The busiest of the last known minutes, times a factor. */
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

/** The same at all times. */
export function fixedAt(demand: Float64Array, options: { readonly units: number }): Float64Array {
  return new Float64Array(demand.length).fill(wholeUnits(options.units));
}

/** The least value that so large a share of all stay at or below. */
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
 * The same minute a week ago, or a day ago before there is a week, times a factor: a plain seasonal
 * guess.
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
