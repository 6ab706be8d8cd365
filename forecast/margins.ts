import type { Series } from './series';

/** Minimum number of forecasts for a margin. With fewer forecasts, the margin is 1. */
const MIN_PAIRS = 120;

/** Forecasts below this share of the mean forecast are ignored for margins. */
const NEGLIGIBLE = 0.01;

/**
 * Share of the limit that the margin aims for. It is below 1, because the next week will differ
 * from the last week.
 */
const LIMIT_SHARE = 0.85;

/**
 * With a limit as goal, the margin stays between these two quantiles of demand divided by forecast.
 * Below the lower quantile, more capacity costs almost nothing. Above the upper quantile, more
 * capacity costs more than it saves.
 */
const MIN_LIMIT_QUANTILE = 0.6;
const MAX_LIMIT_QUANTILE = 0.975;

/** Ratios of measured demand to earlier forecasts, and those forecasts. */
export interface Pairs {
  readonly ratios: Float64Array;
  readonly forecasts: Float64Array;
}

/**
 * Returns the pairs of the measured minutes from index `from` to before index `until`.
 * @param forecast of each index
 */
export function pairsOf({ known, values }: Series, forecasts: Float64Array, from: number, until: number): Pairs {
  const ratios = new Float64Array(Math.max(0, until - from));
  const divisors = new Float64Array(ratios.length);
  let count = 0;
  for (let index = from; index < until; index++) {
    const forecast = forecasts[index]!;
    if (known[index] === 0 || !(forecast > 0)) continue;
    ratios[count] = values[index]! / forecast;
    divisors[count++] = forecast;
  }
  return { ratios: ratios.subarray(0, count), forecasts: divisors.subarray(0, count) };
}

/**
 * Returns the factor with which demand would have been below factor x forecast in a share `level`
 * of all minutes.
 */
export function quantile({ ratios, forecasts }: Pairs, level: number): number {
  let sum = 0;
  for (let i = 0; i < forecasts.length; i++) sum += forecasts[i]!;
  const smallest = NEGLIGIBLE * (sum / Math.max(1, forecasts.length));
  // Minutes with almost no forecast demand are ignored. Otherwise idle nights would decide the
  // margin, although any factor suffices for them.
  const counted = ratios.filter((_, i) => forecasts[i]! >= smallest);
  if (counted.length < MIN_PAIRS) return 1;
  return counted.sort()[Math.min(counted.length - 1, Math.ceil(level * counted.length) - 1)]!;
}

/**
 * Like `quantile`, but weights each minute by its forecast, because too high a factor costs more in
 * busy minutes.
 */
export function weightedQuantile(pairs: Pairs, level: number): number {
  const { ratios, forecasts } = pairs;
  if (ratios.length < MIN_PAIRS) return 1;
  const sorted = ratios.slice().sort();
  const weightUpTo = (ratio: number) => {
    let sum = 0;
    for (let i = 0; i < ratios.length; i++) if (ratios[i]! <= ratio) sum += forecasts[i]!;
    return sum;
  };
  const wanted = level * weightUpTo(Number.POSITIVE_INFINITY);
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (weightUpTo(sorted[middle]!) >= wanted) high = middle;
    else low = middle + 1;
  }
  return sorted[low]!;
}

/**
 * Returns the smallest factor that would have kept the limit of cold starts. The factor stays
 * between the two quantiles `MIN_LIMIT_QUANTILE` and `MAX_LIMIT_QUANTILE`.
 */
export function factorWithinLimit(pairs: Pairs, cold: number): number {
  const { ratios, forecasts } = pairs;
  if (ratios.length < MIN_PAIRS) return 1;
  let low = weightedQuantile(pairs, MIN_LIMIT_QUANTILE);
  let high = weightedQuantile(pairs, MAX_LIMIT_QUANTILE);
  let allowed = 0;
  for (let i = 0; i < ratios.length; i++) allowed += ratios[i]! * forecasts[i]! * cold * LIMIT_SHARE;
  const within = (factor: number) => {
    let missed = 0;
    for (let i = 0; i < ratios.length; i++) missed += Math.max(0, ratios[i]! - factor) * forecasts[i]!;
    return missed <= allowed;
  };
  for (let i = 0; i < 20; i++) {
    const middle = (low + high) / 2;
    if (within(middle)) high = middle;
    else low = middle;
  }
  return high;
}
