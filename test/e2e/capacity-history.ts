import { MINUTES_PER_DAY, MS_PER_MINUTE } from '../../forecast/minutes';
import type { CloudApi, JsonObject } from '../../testing';

/** CloudWatch's own limit for one PutMetricData. */
const MOST_DATA = 1_000;

/** Executions at once in quiet times, and while the morning's surge lasts. */
export const QUIET = 6;
export const SURGE = 42;
const SURGE_MINUTES = 90;
/** Share of the surge in its first minutes. */
const RAMP = [0.5, 0.85];

/**
 * Days that all have a surge at the same time of day, with some noise: the same minute always has the same demand.
 * @param surgeAt a minute at which one of the surges begins, since 1970
 */
export function demandAt(minute: number, surgeAt: number): number {
  const since = (((minute - surgeAt) % MINUTES_PER_DAY) + MINUTES_PER_DAY) % MINUTES_PER_DAY;
  const level = since < SURGE_MINUTES ? SURGE * (RAMP[since] ?? 1) : QUIET;
  return Math.max(0, Math.round(level + noise(minute) * Math.sqrt(level) * 0.5));
}

/** From -1 to 1, by the minute alone. */
function noise(minute: number): number {
  // Two steps of the usual integer hash: neighbours have nothing to do with each other.
  let x = Math.imul(minute ^ 0x9e3779b9, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 31 - 1;
}

/** Tells CloudWatch what Lambda would have told it: the most executions at once of each minute from `from` to before `until`. */
export async function putHistory(
  api: CloudApi,
  functionName: string,
  from: number,
  until: number,
  demand: (minute: number) => number,
): Promise<void> {
  for (let start = from; start < until; start += MOST_DATA) {
    const data: JsonObject[] = [];
    for (let minute = start; minute < Math.min(until, start + MOST_DATA); minute++) {
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
