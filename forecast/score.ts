import { DEFAULT_PRICE } from './goal';
import { rollingMaximum, targetTracking } from './policies';
import { wholeUnits } from './policy';

/** Score of the provisioned capacity. */
export interface Score {
  /** Share of demand that found nothing provisioned: at most this share of requests is cold. */
  readonly cold: number;
  /** Provisioned instances over those of the oracle. */
  readonly provisioningRatio: number;
  /** Provisioned instances plus the price of cold starts, over the oracle's instances. */
  readonly costRatio: number;
  /** Demand that found nothing provisioned, in unit-minutes: at most so many requests were cold. */
  readonly coldUnits: number;
  readonly provisioned: number;
  readonly demanded: number;
  /** Capacity of the oracle, the baseline with perfect foresight. */
  readonly needed: number;
}

/** Scores the minutes from one index to before another. */
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
 * Provision plus the price of what was cold, in unit-minutes: comparable even where nothing was
 * demanded.
 */
export function costUnits({ provisioned, coldUnits }: Score, price: number): number {
  return provisioned + price * coldUnits;
}

interface Fitting {
  readonly lead: number;
  /** Share of demand that the policy should leave cold. */
  readonly cold: number;
  readonly from: number;
}

const TARGET_STEP = 0.005;
/** aws-cdk-lib allows no more. */
const MAX_TARGET = 0.9;

/**
 * Target tracking with the target that, in hindsight, leaves just as much cold: searched on a fine
 * grid, since a coarse one flatters whatever is compared with it, and drawn straight between the
 * two neighbours.
 */
export function fitTargetTracking(demand: Float64Array, { lead, cold, from }: Fitting): { target: number } & Score {
  let after: ({ target: number } & Score) | undefined;
  let best: ({ target: number } & Score) | undefined;
  for (let step = 0; step < MAX_TARGET / TARGET_STEP; step++) {
    // Rounded, since 13 of 20 units are 0.65 and not a hair above it.
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
 * Cold isn't quite monotone in the target, so a crossing lies between neighbours only roughly; the
 * line is the fairest guess.
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
 * The rolling maximum of 15 minutes with the factor that, in hindsight, leaves just as much cold.
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
