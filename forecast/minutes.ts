import { spreadOver } from './spread';

/** One measurement, unchanged from its source. */
export interface Point {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly value: number;
}

/** A series with one value for each whole minute. */
export interface Minutes {
  /** Whole minutes since 1970, UTC. */
  readonly start: number;
  /** One value for each minute. NaN if it is unknown. */
  readonly values: Float64Array;
}

/** Numbers of invalid points, by kind. */
export interface Cleaning {
  readonly negative: number;
  readonly notANumber: number;
  readonly duplicates: number;
  /**
   * Points that are earlier than the previous point in the list. If the list is sorted from newest
   * to oldest, the number is 0.
   */
  readonly unordered: number;
  /**
   * Points without a valid date, and points more than a year away from most others, because of a
   * wrong clock.
   */
  readonly misdated: number;
  /** Unknown minutes between the first and the last point. */
  readonly missing: number;
}

/** Options for converting points to minutes. */
export interface MinutesOptions {
  /** Minutes that each point covers. Default: the most frequent distance between points. */
  readonly step?: number;
  /** Seed for distributing counts of longer steps over their minutes. */
  readonly seed?: number;
  /**
   * Kind of values. If several points are in the same step, counts are summed, and the maximum of
   * levels is used. Default: counts.
   */
  readonly kind?: 'counts' | 'levels';
  /**
   * Meaning of a minute without a point, between the first and the last point. Default: unknown.
   */
  readonly gaps?: Gaps;
}

/**
 * Meaning of a minute without a point. CloudWatch has no points for idle minutes, so in its data
 * such a minute is idle.
 */
export type Gaps = 'idle' | 'unknown';

/** A series of minutes, and the numbers of corrected points. */
export interface Cleaned {
  readonly minutes: Minutes;
  /** Minutes that a point covers. */
  readonly step: number;
  readonly cleaning: Cleaning;
  /** Minutes that are 0 because they have no point. */
  readonly idle: number;
}

export const MS_PER_MINUTE = 60_000;
export const MINUTES_PER_DAY = 1_440;
export const MINUTES_PER_WEEK = 10_080;

/**
 * If gaps are idle, at least this share of the distances between points must be multiples of the
 * step.
 */
const STEP_SHARE = 0.99;

/** Maximum span: five years. A longer span means that a clock was wrong. */
const MAX_MINUTES = 5 * 366 * MINUTES_PER_DAY;
const MISDATED_MS = 366 * MINUTES_PER_DAY * MS_PER_MINUTE;

/**
 * Converts points in any order to whole minutes. If two points have the same time, the later one in
 * the list is used, unless it has no value. Negative and infinite values are unknown. If the step
 * is longer than a minute, each count is distributed randomly over the minutes of its step, with a
 * seed. The counts aren't interpolated, because earlier minutes would then contain information
 * about later steps.
 * @throws Error if no point has a date, or if points span more than five years
 */
export function minutesOf(points: readonly Point[], options: MinutesOptions = {}): Cleaned {
  const counts = { negative: 0, notANumber: 0, duplicates: 0, unordered: 0, misdated: 0, missing: 0 };
  const dated = points.filter((point) => Number.isFinite(point.at));
  counts.misdated = points.length - dated.length;
  counts.unordered = unorderedIn(dated);
  // The sort is stable, so two points for one time keep their order.
  const distinct = lastOfEachTime([...dated].sort((a, b) => a.at - b.at));
  counts.duplicates = dated.length - distinct.length;
  const sorted = bulkOf(distinct);
  counts.misdated += distinct.length - sorted.length;
  if (sorted.length === 0) throw new Error('a series must have at least one point with a date, got none');
  const step = options.step ?? stepOf(sorted, options.gaps === 'idle');
  const start = Math.floor(sorted[0]!.at / MS_PER_MINUTE);
  const slots = Math.floor((Math.floor(sorted.at(-1)!.at / MS_PER_MINUTE) - start) / step) + 1;
  if (slots * step > MAX_MINUTES) {
    throw new Error(
      `a series must span at most five years, got ${Math.round((slots * step) / MINUTES_PER_DAY)} days between its first and last point`,
    );
  }
  const values = new Float64Array(slots).fill(Number.NaN);
  const empty = new Uint8Array(slots).fill(1);
  const together = options.kind === 'levels' ? Math.max : (one: number, other: number) => one + other;
  for (const { at, value } of sorted) {
    const slot = Math.floor((Math.floor(at / MS_PER_MINUTE) - start) / step);
    empty[slot] = 0;
    if (!Number.isFinite(value)) counts.notANumber++;
    else if (value < 0) counts.negative++;
    else values[slot] = Number.isNaN(values[slot]!) ? value : together(values[slot]!, value);
  }
  let idle = 0;
  for (let slot = 0; slot < slots && options.gaps === 'idle'; slot++) {
    if (empty[slot] === 0) continue;
    values[slot] = 0;
    idle += step;
  }
  const spread = step === 1 ? values : spreadOver(values, step, options.seed ?? 1);
  for (const value of spread) if (Number.isNaN(value)) counts.missing++;
  return { minutes: { start, values: spread }, step, cleaning: counts, idle };
}

/** Returns one point for each time: the last point with a valid value, if there is one. */
function lastOfEachTime(sorted: readonly Point[]): Point[] {
  const distinct: Point[] = [];
  for (const point of sorted) {
    if (distinct.at(-1)?.at !== point.at) distinct.push(point);
    else if (isUsable(point) || !isUsable(distinct.at(-1)!)) distinct[distinct.length - 1] = point;
  }
  return distinct;
}

function isUsable({ value }: Point): boolean {
  return Number.isFinite(value) && value >= 0;
}

/** Returns the longest run of points that has no gap of more than a year. */
function bulkOf(sorted: readonly Point[]): Point[] {
  let best: [number, number] = [0, 0];
  let from = 0;
  for (let i = 1; i <= sorted.length; i++) {
    if (i < sorted.length && sorted[i]!.at - sorted[i - 1]!.at <= MISDATED_MS) continue;
    if (i - from > best[1] - best[0]) best = [from, i];
    from = i;
  }
  return sorted.slice(...best);
}

function unorderedIn(points: readonly Point[]): number {
  let earlier = 0;
  let later = 0;
  for (let i = 1; i < points.length; i++) {
    if (points[i]!.at < points[i - 1]!.at) earlier++;
    else if (points[i]!.at > points[i - 1]!.at) later++;
  }
  return later === 0 ? 0 : earlier;
}

/**
 * Determines the step of a series. Usually it is the most frequent distance between points. But if
 * idle minutes have no points, that distance may be a multiple of the step. The step is then a
 * common divisor of nearly all distances.
 */
function stepOf(sorted: readonly Point[], gapsAreIdle: boolean): number {
  const votes = new Map<number, number>();
  for (let i = 1; i < sorted.length; i++) {
    const distance = Math.round((sorted[i]!.at - sorted[i - 1]!.at) / MS_PER_MINUTE);
    if (sorted[i]!.at > sorted[i - 1]!.at) votes.set(distance, (votes.get(distance) ?? 0) + 1);
  }
  const ranked = [...votes].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  let step = Math.max(1, ranked[0]?.[0] ?? 1);
  if (!gapsAreIdle) return step;
  const divided = () => ranked.reduce((sum, [distance, count]) => sum + (distance % step === 0 ? count : 0), 0);
  for (const [distance] of ranked) {
    if (divided() >= STEP_SHARE * (sorted.length - 1)) break;
    step = greatestDivisor(step, distance);
  }
  return step;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
