import { MINUTES_PER_DAY, MS_PER_MINUTE } from '../../forecast/minutes';
import type { CloudApi, JsonObject } from '../../testing';

/** Metrics of one PutMetricData. Source: Amazon CloudWatch API Reference, "PutMetricData". */
const MAX_DATA = 1_000;

/** Concurrent executions outside of the morning's peak, and during it. */
export const QUIET = 6;
export const PEAK = 42;
const PEAK_MINUTES = 90;
/** Share of the peak in its first minutes. */
const RAMP = [0.5, 0.85];

/**
 * Demand with a peak at the same time of each day, and some noise. The same minute always has the same demand.
 * @param peakAt minute since 1970 at which one of the peaks begins
 */
export function demandAt(minute: number, peakAt: number): number {
  const since = (((minute - peakAt) % MINUTES_PER_DAY) + MINUTES_PER_DAY) % MINUTES_PER_DAY;
  const level = since < PEAK_MINUTES ? PEAK * (RAMP[since] ?? 1) : QUIET;
  return Math.max(0, Math.round(level + noise(minute) * Math.sqrt(level) * 0.5));
}

/** A number from -1 to 1 that depends on the minute only. */
function noise(minute: number): number {
  // Two steps of an integer hash, so that neighbouring minutes are independent.
  let x = Math.imul(minute ^ 0x9e3779b9, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 31 - 1;
}

/** Publishes Lambda's metric to CloudWatch: maximum concurrent executions of each minute from `from` to before `until`. */
export async function putHistory(
  api: CloudApi,
  functionName: string,
  from: number,
  until: number,
  demand: (minute: number) => number,
): Promise<void> {
  for (let start = from; start < until; start += MAX_DATA) {
    const data: JsonObject[] = [];
    for (let minute = start; minute < Math.min(until, start + MAX_DATA); minute++) {
      data.push({
        MetricName: 'ConcurrentExecutions',
        Dimensions: [{ Name: 'FunctionName', Value: functionName }],
        Timestamp: (minute * MS_PER_MINUTE) / 1000,
        Value: demand(minute),
        Unit: 'Count',
      });
    }
    await api.json('monitoring', 'GraniteServiceVersion20100801.PutMetricData', {
      Namespace: 'AWS/Lambda',
      MetricData: data,
    });
  }
}
