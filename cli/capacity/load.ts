import { LAMBDA } from '../../lib/limits';

/**
 * How the numbers of a file, the units (concurrent executions) that must be there, and the units busy on average belong together.
 * Pure arithmetic: what it assumes is said in the report.
 */
export interface Load {
  /** Units that must be there in a minute, of one value of the file. */
  demandOf(value: number): number;
  /** Units busy on average in a minute that needs so many; duration is paid for these. */
  busyOf(demand: number): number;
  /** Requests in a minute that needs so many units; undefined where nobody said how long a request takes. */
  readonly requestsOf?: (demand: number) => number;
}

/** Values are concurrent executions already. */
export function concurrencyLoad(requestsPerUnit?: number): Load {
  return {
    demandOf: (value) => value,
    busyOf: (demand) => demand,
    ...(requestsPerUnit === undefined ? {} : { requestsOf: (demand: number) => demand * requestsPerUnit }),
  };
}

/**
 * Values are requests a minute. Little's law gives the units busy on average: requests x duration. How many are busy at once varies around
 * that as a Poisson number where requests arrive independently, so `burst` standard deviations are kept above it. And one environment counts
 * for at most 10 requests a second, however short they are.
 */
export function requestLoad(requestsPerUnit: number, burst: number): Load {
  const mostPerUnit = LAMBDA.REQUESTS_SECOND_PER_ENVIRONMENT * 60;
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
