import { MINUTES_PER_DAY } from '../../forecast/minutes';
import { LAMBDA } from '../../lib/limits';
import { CapacityError } from './capacity-error';

/**
 * Converts a file's values to needed instances (concurrent executions), busy instances and
 * requests. The report states its assumptions.
 */
export interface Load {
  /** Needed instances of a minute, from one value of the file. */
  demandOf(value: number): number;
  /**
   * Average of busy instances in a minute that needs `demand` instances. AWS bills their duration.
   * Undefined if the options don't state the average concurrency.
   */
  readonly busyOf?: (demand: number) => number;
  /**
   * Requests in a minute that needs `demand` instances. Undefined if the options don't state the
   * number of requests.
   */
  readonly requestsOf?: (demand: number) => number;
}

/**
 * Average concurrency and requests, for a file that holds only each minute's maximum concurrency.
 */
export interface Running {
  /** Mean of busy instances divided by the mean of each minute's maximum: above 0 and up to 1. */
  readonly busyShare: number;
  readonly requestsPerUnit: number;
}

/**
 * Makes a load from values that are each minute's maximum of concurrent executions. Its average
 * concurrency is known only with `running`.
 */
export function concurrencyLoad(running?: Running): Load {
  if (running === undefined) return { demandOf: (value) => value };
  const { busyShare, requestsPerUnit } = running;
  return {
    demandOf: (value) => value,
    busyOf: (demand) => demand * busyShare,
    requestsOf: (demand) => demand * busyShare * requestsPerUnit,
  };
}

/**
 * Derives the average concurrency from the number of requests a day. `meanDemand` is the mean over
 * minutes of each minute's maximum of concurrent executions.
 * @throws CapacityError if these requests would keep more instances busy than the file shows
 */
export function runningOf(
  { requestsPerDay, requestsPerUnit }: { readonly requestsPerDay: number; readonly requestsPerUnit: number },
  meanDemand: number,
  file: string,
): Running {
  const busy = requestsPerDay / MINUTES_PER_DAY / requestsPerUnit;
  if (busy > meanDemand) {
    throw new CapacityError(
      `--requests-per-day and the duration keep ${busy.toFixed(2)} instances busy on average, but ${file} has a mean of only ${meanDemand.toFixed(2)}: correct --requests-per-day, the duration or the file`,
    );
  }
  return { busyShare: busy / meanDemand, requestsPerUnit };
}

/**
 * Makes a load from requests a minute. By Little's law, the average of busy instances is requests x
 * duration. If requests arrive independently, the number of busy instances has a Poisson
 * distribution, so `burst` standard deviations are added. One instance serves at most 10 requests a
 * second, even if they are short.
 */
export function requestLoad(requestsPerUnit: number, burst: number): Load {
  const mostPerUnit = LAMBDA.MAX_REQUESTS_SECOND_PER_ENVIRONMENT * 60;
  const unitsPerBusy = requestsPerUnit / mostPerUnit;
  const busyOf = (demand: number) => {
    const root = (Math.sqrt(burst * burst + 4 * demand) - burst) / 2;
    return Math.min(root * root, demand / unitsPerBusy);
  };
  return {
    demandOf: (value) => {
      const busy = value / requestsPerUnit;
      return Math.max(busy + burst * Math.sqrt(busy), busy * unitsPerBusy);
    },
    busyOf,
    requestsOf: (demand) => busyOf(demand) * requestsPerUnit,
  };
}
