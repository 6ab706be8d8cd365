import type { Backtest } from '../../forecast/backtest';
import type { Calendar } from '../../forecast/calendar';
import { REACTIVE_TARGETS } from '../../forecast/gate';
import { MINUTES_PER_DAY } from '../../forecast/minutes';
import {
  ACTING_TARGET,
  fixedAt,
  oracle,
  percentile,
  rollingMaximum,
  seasonal,
  targetTracking,
} from '../../forecast/policies';
import type { Options } from './options';

/**
 * Safety factor on the simple forecasts: the rolling maximum and last week's demand. Without it,
 * about half of the minutes would have cold starts.
 */
const PLAIN_FACTOR = 1.2;
/** Quantile of past demand that sets the fixed capacity. */
const FIXED_LEVEL = 0.99;

export type PolicyId =
  | 'fixed'
  | `tracking-${(typeof REACTIVE_TARGETS)[number]}`
  | 'rolling'
  | 'seasonal'
  | 'floor'
  | 'applied'
  | 'oracle';

/** A policy and its provisioned capacity in each minute. */
export interface Contender {
  readonly id: PolicyId;
  readonly name: string;
  readonly explanation: string;
  readonly provision: Float64Array;
}

interface Settings extends Pick<Options, 'lead' | 'min' | 'max'> {
  /** Capacity that results from the forecast's floors. */
  readonly floors: Float64Array;
  /** Whole minutes since 1970. */
  readonly start: number;
  readonly calendar: Calendar;
}

/**
 * Computes all policies over the same minutes. All except the oracle stay within the bounds, and
 * use only past data. The oracle knows the future.
 */
export function contendersOf(
  { demand, from }: Pick<Backtest, 'demand' | 'from'>,
  { floors, start, calendar, lead, min, max }: Settings,
): Contender[] {
  const bounded = (provision: Float64Array) => provision.map((units) => Math.min(max, Math.max(min, units)));
  const limit = Number.isFinite(max) ? { max } : {};
  const tracking = (target: number, floor?: Float64Array) =>
    targetTracking(demand, { lead, target, floor, min, ...limit });
  const fixed = Math.min(max, Math.max(min, Math.ceil(percentile(demand.subarray(0, from), FIXED_LEVEL))));
  const learned = Math.round(from / MINUTES_PER_DAY);
  return [
    {
      id: 'fixed',
      name: `fixed at ${fixed}`,
      explanation: `always the 99th percentile of the first ${learned} days`,
      provision: fixedAt(demand, { units: fixed }),
    },
    ...REACTIVE_TARGETS.map(
      (target): Contender => ({
        id: `tracking-${target}`,
        name: `target tracking ${target}`,
        explanation: `scales out above ${target * 100} % utilisation for 3 minutes, in after 15 minutes below`,
        provision: tracking(target),
      }),
    ),
    {
      id: 'rolling',
      name: 'rolling maximum x 1.2',
      explanation: 'the maximum of the last 15 minutes x 1.2',
      provision: bounded(rollingMaximum(demand, { lead, factor: PLAIN_FACTOR })),
    },
    {
      id: 'seasonal',
      name: 'last week x 1.2',
      explanation: 'the demand of the same minute a week ago x 1.2',
      provision: bounded(seasonal(demand, { lead, factor: PLAIN_FACTOR, calendar, start })),
    },
    {
      id: 'floor',
      name: 'predictive, floor alone',
      explanation: 'the forecast floor alone, without target tracking',
      provision: floors,
    },
    {
      id: 'applied',
      name: 'predictive, as applied',
      explanation: `target tracking at ${ACTING_TARGET} above the forecast floor, as Application Auto Scaling applies both`,
      provision: tracking(ACTING_TARGET, floors),
    },
    {
      id: 'oracle',
      name: 'oracle',
      explanation: 'knows the future demand: the lowest possible cost',
      provision: oracle(demand),
    },
  ];
}
