import type { Stretch } from './clock';
import { type Dollars, dollarsOf } from './dollars';
import type { Load } from './load';

/** Result of on-demand scaling alone, without provisioned instances. */
export interface NothingWarm {
  /** Undefined if the options don't state the number and duration of requests. */
  readonly dollars?: Dollars;
  /** Requests that start an instance. */
  readonly coldRequests: number;
}

/**
 * Assumed minutes for which Lambda keeps an idle instance. AWS documents no time. Five minutes is
 * at the lower end of observed times.
 */
export const KEPT_MINUTES = 5;

/**
 * Cost and cold starts with on-demand capacity alone. If demand exceeds the maximum of the last
 * five minutes, instances start. Otherwise idle instances serve all demand.
 */
export function nothingWarm(demand: Float64Array, load: Load, memoryMb: number, { from, to }: Stretch): NothingWarm {
  let coldRequests = 0;
  for (let at = from; at < to; at++) {
    const wanted = demand[at] ?? 0;
    const kept = Math.max(0, ...demand.subarray(Math.max(0, at - KEPT_MINUTES), at));
    const started = Math.max(0, wanted - kept);
    coldRequests += Math.min(started, load.requestsOf?.(wanted) ?? started);
  }
  if (load.busyOf === undefined) return { coldRequests };
  return { coldRequests, dollars: dollarsOf(demand, new Float64Array(to), load, memoryMb, from, to) };
}
