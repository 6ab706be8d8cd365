import { PRICES } from '../../lib/limits';
import type { Load } from './load';

/**
 * Cost of a span of minutes, in US dollars at the prices of us-east-1 on arm64, without free tiers.
 */
export interface Dollars {
  /** Cost of provisioned instances, busy or idle. */
  readonly provisioned: number;
  /** Cost of the duration of executions on provisioned instances. */
  readonly duration: number;
  /** Cost of executions that ran on demand because no provisioned instance was free. */
  readonly onDemand: number;
  /**
   * Charge for each request, which doesn't depend on the provisioned capacity. 0 if the number of
   * requests isn't known.
   */
  readonly requests: number;
  readonly total: number;
  /**
   * Whether all parts are known. If the average concurrency isn't known, only provisioned instances
   * are counted.
   */
  readonly isWhole: boolean;
}

const SECONDS_PER_MINUTE = 60;
const MB_PER_GB = 1024;
const MILLION = 1_000_000;

/**
 * Computes the cost of the minutes from index `from` to before `to`.
 * @param provision instances in each minute of `demand`
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
