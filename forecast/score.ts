import { DEFAULT_PRICE } from './goal';
import { rollingMaximum, targetTracking } from './policies';
import { wholeUnits } from './policy';

/** Costs and cold starts of provisioned capacity. */
export interface Score {
  /**
   * Share of demand beyond the provisioned instances. At most this share of requests has a cold
   * start.
   */
  readonly cold: number;
  /** Provisioned instances divided by the oracle's instances. */
  readonly provisioningRatio: number;
  /** Provisioned instances plus the price of cold starts, divided by the oracle's instances. */
  readonly costRatio: number;
  /**
   * Demand beyond the provisioned instances, in instance-minutes. This is the maximum number of
   * cold starts.
   */
  readonly coldUnits: number;
  readonly provisioned: number;
  readonly demanded: number;
  /** Capacity of the oracle, the baseline with perfect foresight. */
  readonly needed: number;
}

/** Scores the minutes from index `from` to before index `to`. */
export function score(
  demand: Float64Array,
  provision: Float64Array,
  from: number,
  to: number = demand.length,
  price: number = DEFAULT_PRICE,
): Score {
  let coldUnits = 0;
  let provisioned = 0;
  let demanded = 0;
  let needed = 0;
  for (let i = from; i < to; i++) {
    coldUnits += Math.max(0, demand[i]! - provision[i]!);
    provisioned += provision[i]!;
    demanded += demand[i]!;
    needed += wholeUnits(demand[i]!);
  }
  const over = (value: number, base: number) =>
    base === 0 ? (value === 0 ? 1 : Number.POSITIVE_INFINITY) : value / base;
  return {
    cold: demanded === 0 ? 0 : coldUnits / demanded,
    provisioningRatio: over(provisioned, needed),
    costRatio: over(provisioned + price * coldUnits, needed),
    coldUnits,
    provisioned,
    demanded,
    needed,
  };
}

/**
 * Provisioned instances plus the price of cold starts, in instance-minutes. Unlike the cost ratio,
 * it is finite even without demand.
 */
export function costUnits({ provisioned, coldUnits }: Score, price: number): number {
  return provisioned + price * coldUnits;
}

interface Fitting {
  readonly lead: number;
  /** Share of demand beyond the provisioned instances that the fitted policy must have. */
  readonly cold: number;
  readonly from: number;
}

const TARGET_STEP = 0.005;
/** Maximum target that aws-cdk-lib allows. */
const MAX_TARGET = 0.9;

/**
 * Scores target tracking at the target that, in hindsight, has the same cold share (`Score.cold`)
 * as the compared policy. The target is searched on a fine grid, and interpolated between two
 * neighbours. A coarse grid would give the compared policy an advantage.
 */
export function fitTargetTracking(demand: Float64Array, { lead, cold, from }: Fitting): { target: number } & Score {
  let after: ({ target: number } & Score) | undefined;
  let best: ({ target: number } & Score) | undefined;
  for (let step = 0; step < MAX_TARGET / TARGET_STEP; step++) {
    // The target is rounded, so that a utilisation of 13 of 20 instances equals a target of 0.65
    // without a rounding error.
    const target = Math.round((MAX_TARGET - step * TARGET_STEP) * 1000) / 1000;
    const here = { target, ...score(demand, targetTracking(demand, { lead, target }), from) };
    if (here.cold <= cold) {
      const found = after && after.cold > cold ? between(here, after, cold) : here;
      if (!best || found.provisioningRatio < best.provisioningRatio) best = found;
      if (best && here.provisioningRatio > best.provisioningRatio * 1.2) break;
    }
    after = here;
  }
  return best ?? after!;
}

/**
 * Interpolates between two neighbours. The result is an estimate, because the cold share isn't
 * exactly monotone in the target.
 */
function between(
  below: { target: number } & Score,
  above: { target: number } & Score,
  cold: number,
): { target: number } & Score {
  const share = (cold - below.cold) / (above.cold - below.cold);
  const mix = (name: keyof Score | 'target') => below[name] + share * (above[name] - below[name]);
  return {
    target: mix('target'),
    cold,
    provisioningRatio: mix('provisioningRatio'),
    costRatio: mix('costRatio'),
    coldUnits: mix('coldUnits'),
    provisioned: mix('provisioned'),
    demanded: below.demanded,
    needed: below.needed,
  };
}

/**
 * Scores the rolling maximum of 15 minutes with the factor that, in hindsight, has the same cold
 * share as the compared policy.
 */
export function fitRollingMaximum(demand: Float64Array, { lead, cold, from }: Fitting): { factor: number } & Score {
  let low = 0.1;
  let high = 50;
  for (let i = 0; i < 40; i++) {
    const middle = Math.sqrt(low * high);
    if (score(demand, rollingMaximum(demand, { lead, factor: middle }), from).cold > cold) low = middle;
    else high = middle;
  }
  return { factor: high, ...score(demand, rollingMaximum(demand, { lead, factor: high }), from) };
}
