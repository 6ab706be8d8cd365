import { refused } from './scaling-error';

/** Time at which a scheduled action is due. */
export type Schedule =
  | { readonly kind: 'at'; readonly at: number }
  /** A rate or cron schedule is only stored and described. The fake runs only `at()`. */
  | { readonly kind: 'rate' | 'cron' };

const AT = /^at\((\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})\)$/;
const RATE = /^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$/;
/** Minutes, hours, day of the month, month, day of the week, year. */
const CRON = /^cron\((?:\S+ ){5}\S+\)$/;

/**
 * Reads `at(yyyy-mm-ddThh:mm:ss)`, `rate(value unit)` or `cron(fields)`.
 * @param timezone IANA name of the time zone for `at()`
 * @throws ScalingError for any other expression, or a day that doesn't exist
 */
export function parseSchedule(expression: string, timezone = 'UTC'): Schedule {
  const at = AT.exec(expression);
  if (at !== null) {
    const time = instantOf(at.slice(1).map(Number), expression, timezone);
    return { kind: 'at', at: time };
  }
  const rate = RATE.exec(expression);
  // AWS requires the singular for 1 (`1 minute`) and the plural for others (`2 minutes`).
  if (rate !== null && (rate[1] === '1') === (rate[3] === '')) return { kind: 'rate' };
  if (CRON.test(expression)) return { kind: 'cron' };
  throw refused(`Invalid schedule expression: ${expression}`);
}

function instantOf(parts: readonly number[], expression: string, timezone: string): number {
  const [year, month, day, hour, minute, second] = parts as [number, number, number, number, number, number];
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  const wanted = new Date(wall).toISOString().slice(0, 19);
  if (wanted !== expression.slice(3, -1)) throw refused(`Invalid schedule expression: ${expression}`);
  // The zone's offset depends on the instant that is computed. Two steps find this instant, except
  // for a local time that a clock change skips.
  const first = wall - offsetOf(wall, timezone);
  return wall - offsetOf(first, timezone);
}

/** Milliseconds by which a time zone is ahead of UTC. */
function offsetOf(instant: number, timezone: string): number {
  const format = zoneFormat(timezone);
  const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const { year, month, day, hour, minute, second } = parts as Record<string, number>;
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!) - Math.floor(instant / 1000) * 1000;
}

function zoneFormat(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw refused(`Invalid timezone: ${timeZone}`);
  }
}
