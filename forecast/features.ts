import type { Calendar } from './calendar';
import { MINUTES_PER_DAY, MINUTES_PER_WEEK } from './minutes';
import { deviationOf, meanOf, type Series } from './series';

/**
 * Version of the features (the inputs of the model). Increase it if a feature is added, removed or
 * moved, because coefficients are only valid for one version.
 */
export const FEATURES_VERSION = 2;

const MEANS = [1, 2, 4, 8, 15, 30, 60] as const;
const DEVIATIONS = [10, 30, 120] as const;
const DAYS = [1, 7] as const;

/** Number of features of demand, and of each indicator. */
const OWN = 42;
const PER_INDICATOR = 5;

/**
 * Minutes of history that must exist before a compared minute, so that the shape of its day can be
 * used.
 */
const MARGIN_MINUTES = 60;

const MINUTES_PER_HOUR = 60;
const DAYS_AVERAGED = 7;
const HOURS_AVERAGED = 8;

/**
 * Share of the week's mean that is added to the numerator and the denominator of a ratio. Without
 * this addition, the ratios of idle nights would be very large.
 */
const DAMPING = 0.02;

/**
 * Limits of the ratio between today's level and the level of a compared day. A product launch may
 * increase demand by a factor of 10. With a larger change, the days aren't comparable.
 */
const RATIO_MIN = 0.1;
const RATIO_MAX = 10;

/** Input of a forecast. */
export interface Inputs {
  readonly demand: Series;
  /** Indicators: series that precede demand, for the same minutes. */
  readonly indicators: readonly Series[];
  readonly calendar: Calendar;
}

export function featureCount({ indicators }: { readonly indicators: readonly unknown[] }): number {
  return OWN + PER_INDICATOR * indicators.length;
}

/**
 * Writes the features of the minute that is `lead` + 1 minutes after the newest known minute. The
 * features are recent means, extremes, deviations and slopes. Further features are square roots,
 * because the noise of counts grows with the square root. Others are the shapes of the day before
 * and of the week before, scaled to today's level. Each feature is proportional to demand or to its
 * square root, so the unit of demand doesn't matter.
 * @param target index of the minute. It may be beyond the end of the series.
 */
export function writeFeatures(inputs: Inputs, target: number, lead: number, out: Float64Array, offset: number): void {
  const { demand, calendar } = inputs;
  const last = target - lead - 1;
  let at = offset;
  const mean = (window: number) => meanOf(demand, last + 1 - window, last + 1);
  for (const window of MEANS) out[at++] = mean(window);
  const mean15 = out[offset + 4]!;
  const mean30 = out[offset + 5]!;
  const mean60 = out[offset + 6]!;
  for (const window of [5, 15, 30, 60]) out[at++] = demand.maxima.get(window)![last]!;
  for (const window of [5, 15]) out[at++] = demand.minima.get(window)![last]!;
  for (const window of DEVIATIONS) out[at++] = deviationOf(demand, last, window);
  const week = mean(MINUTES_PER_WEEK);
  out[at++] = week;
  out[at++] = Math.sqrt(mean30);
  out[at++] = Math.sqrt(out[offset + 3]!);
  out[at++] = 1;
  out[at++] = mean(5) - meanOf(demand, last - 9, last - 4);
  out[at++] = mean15 - meanOf(demand, last - 29, last - 14);
  out[at++] = last > 0 ? demand.values[last]! - demand.values[last - 1]! : 0;
  const damping = DAMPING * week;
  for (const days of DAYS) {
    const lag = calendar.lag(demand.start + target, days);
    const then = last - lag;
    if (then - MARGIN_MINUTES < 0) {
      out[at++] = mean15;
      out[at++] = 0;
      out[at++] = mean15;
      out[at++] = mean15;
      out[at++] = mean15;
      continue;
    }
    const shape = meanOf(demand, target - lag - 3, target - lag + 4);
    const ratio = (now: number, window: number) =>
      bounded((now + damping) / (meanOf(demand, then + 1 - window, then + 1) + damping));
    const ratio60 = ratio(mean60, 60);
    out[at++] = shape;
    out[at++] = shape - meanOf(demand, then - 14, then + 1);
    out[at++] = shape * ratio(mean15, 15);
    out[at++] = shape * ratio60;
    out[at++] = demand.maxima.get(21)![target - lag + 10]! * ratio60;
  }
  out[at++] = sameMinute(inputs, target, last, 'day', mean60, damping);
  const hourly = sameMinute(inputs, target, last, 'hour', mean60, damping);
  out[at++] = hourly;
  const yesterday = target - calendar.lag(demand.start + target, 1);
  out[at++] = meanOf(demand, yesterday - 1, yesterday + 2);
  out[at++] = Math.sqrt(hourly);
  const shape7 = shapeOfDays(inputs, target, last, mean60, damping);
  out[at++] = shape7?.ahead ?? mean15;
  out[at++] = shape7 ? shape7.ahead - shape7.now : 0;
  out[at++] = mean(120);
  out[at++] = mean(240);
  out[at++] = mean(MINUTES_PER_DAY);
  for (const indicator of inputs.indicators) {
    const recent = meanOf(indicator, last - 4, last + 1);
    const hour = meanOf(indicator, last - 59, last + 1);
    const ordinary = DAMPING * meanOf(indicator, last + 1 - MINUTES_PER_DAY, last + 1);
    out[at++] = indicator.values[Math.min(last, indicator.length - 1)] ?? 0;
    out[at++] = recent;
    out[at++] = meanOf(indicator, last - 9, last - 4);
    out[at++] = meanOf(indicator, last - 19, last - 9);
    // The indicator's increase over the last hour, converted to instances of the target.
    out[at++] = mean15 * bounded((recent + ordinary) / (hour + ordinary));
  }
}

/**
 * Means over earlier days, scaled to today's level. `ahead` covers the 15 minutes around the
 * target's time of day. `now` covers the 15 minutes up to the newest known minute's time of day.
 */
function shapeOfDays(
  { demand, calendar }: Inputs,
  target: number,
  last: number,
  mean60: number,
  damping: number,
): { readonly ahead: number; readonly now: number } | undefined {
  let ahead = 0;
  let now = 0;
  let days = 0;
  for (let day = 1; day <= DAYS_AVERAGED; day++) {
    const lag = calendar.lag(demand.start + target, day);
    const back = last - lag;
    if (back - MARGIN_MINUTES < 0) break;
    const level = bounded((mean60 + damping) / (meanOf(demand, back - 59, back + 1) + damping));
    ahead += level * meanOf(demand, target - lag - 7, target - lag + 8);
    now += level * meanOf(demand, back - 14, back + 1);
    days++;
  }
  return days === 0 ? undefined : { ahead: ahead / days, now: now / days };
}

/**
 * Mean of the same minute in earlier hours or days, scaled to today's level. This feature
 * recognises scheduled jobs, which start in a fixed minute. A wider window would hide them.
 */
function sameMinute(
  { demand, calendar }: Inputs,
  target: number,
  last: number,
  period: 'hour' | 'day',
  mean60: number,
  damping: number,
): number {
  const count = period === 'day' ? DAYS_AVERAGED : HOURS_AVERAGED;
  const minute = demand.start + target;
  let sum = 0;
  let level = 0;
  let found = 0;
  for (let i = 1; found < count; i++) {
    const back = period === 'day' ? calendar.lag(minute, i) : i * MINUTES_PER_HOUR;
    if (last - back - MINUTES_PER_HOUR < 0) break;
    if (target - back > last) continue;
    sum += demand.values[target - back]!;
    level += meanOf(demand, last - back - MINUTES_PER_HOUR + 1, last - back + 1);
    found++;
  }
  if (found === 0) return mean60;
  return (sum / found) * bounded((mean60 + damping) / (level / found + damping));
}

function bounded(ratio: number): number {
  return Number.isNaN(ratio) ? 1 : Math.min(RATIO_MAX, Math.max(RATIO_MIN, ratio));
}
