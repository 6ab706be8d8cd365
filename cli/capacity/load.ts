import { MINUTES_PER_DAY } from '../../forecast/minutes';
import { LAMBDA } from '../../lib/limits';
import { CapacityError } from './capacity-error';

/**
 * How the numbers of a file, the units (concurrent executions) that must be there, and the units
 * busy on average belong together. Pure arithmetic: what it assumes is said in the report.
 */
export interface Load {
  /** Units that must be there in a minute, of one value of the file. */
  demandOf(value: number): number;
  /**
   * Units busy on average in a minute that needs so many; duration is paid for these. Undefined
   * where nobody said how much runs.
   */
  readonly busyOf?: (demand: number) => number;
  /**
   * Requests in a minute that needs so many units; undefined where nobody said how many there are.
   */
  readonly requestsOf?: (demand: number) => number;
}

/** How much of what is busy at once is busy on average. */
export interface Running {
  /** Mean of the units busy over that of the most of each minute, above 0 and up to 1. */
  readonly busyShare: number;
  readonly requestsPerUnit: number;
}

/**
 * A load whose values are each minute's maximum of concurrent executions. Its average concurrency
 * is only known if `running` is given.
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
 * Derives concurrency from requests a day. `meanDemand` is the mean over minutes of each minute's
 * maximum of concurrent executions.
 * @throws CapacityError if they would need more units than there ever were
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
 * Values are requests a minute. Little's law gives the units busy on average: requests x duration.
 * How many are busy at once varies around that as a Poisson number where requests arrive
 * independently, so `burst` standard deviations are kept above it. And one environment counts for
 * at most 10 requests a second, however short they are.
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
