import { PRICES } from '../../lib/limits';
import type { Load } from './load';

/**
 * Cost of a span of minutes, in US dollars at the prices of us-east-1 on arm64, without free tiers.
 */
export interface Dollars {
  /** For environments kept warm, busy or not. */
  readonly provisioned: number;
  /** For what ran on them. */
  readonly duration: number;
  /** For what found none free and ran on demand. */
  readonly onDemand: number;
  /**
   * For the requests themselves; 0 where their number isn't known, and the same whatever is
   * provisioned.
   */
  readonly requests: number;
  readonly total: number;
  /** Whether it is known what runs; if not, only what is kept warm is counted. */
  readonly isWhole: boolean;
}

const SECONDS_PER_MINUTE = 60;
const MB_PER_GB = 1024;
const MILLION = 1_000_000;

/**
 * Dollars of a stretch.
 * @param provision units in each minute of `demand`; the stretch is from `from` to before `to`
 */
export function dollarsOf(
  demand: Float64Array,
  provision: Float64Array,
  load: Load,
  memoryMb: number,
  from: number,
  to: number,
): Dollars {
  const gbSeconds = (SECONDS_PER_MINUTE * memoryMb) / MB_PER_GB;
  let paid = 0;
  let warm = 0;
  let cold = 0;
  let requests = 0;
  for (let at = from; at < to; at++) {
    const wanted = demand[at]!;
    const there = provision[at]!;
    paid += there;
    if (!(wanted > 0)) continue;
    const share = Math.min(1, there / wanted);
    const busy = load.busyOf?.(wanted) ?? 0;
    warm += busy * share;
    cold += busy * (1 - share);
    requests += load.requestsOf?.(wanted) ?? 0;
  }
  const parts = {
    provisioned: paid * gbSeconds * PRICES.PROVISIONED_CONCURRENCY_GB_SECOND.usd,
    duration: warm * gbSeconds * PRICES.PROVISIONED_DURATION_GB_SECOND.usd,
    onDemand: cold * gbSeconds * PRICES.ON_DEMAND_DURATION_GB_SECOND.usd,
    requests: (requests * PRICES.LAMBDA_REQUEST_MILLION.usd) / MILLION,
  };
  const total = parts.provisioned + parts.duration + parts.onDemand + parts.requests;
  return { ...parts, total, isWhole: load.busyOf !== undefined };
}
