import type { Stretch } from './clock';
import { type Dollars, dollarsOf } from './dollars';
import type { Load } from './load';

/** On demand alone, with nothing provisioned. */
export interface NothingWarm {
  /** Undefined if the options don't say how much runs. */
  readonly dollars?: Dollars;
  /** Requests that start an instance. */
  readonly coldRequests: number;
}

/**
 * Lambda states no time after which it stops an idle instance. Five minutes is at the lower end of
 * what is observed.
 */
export const KEPT_MINUTES = 5;

/**
 * Cost and cold starts with on-demand capacity alone. An instance starts whenever demand is above
 * the highest demand of the last five minutes; until then idle instances serve it.
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
