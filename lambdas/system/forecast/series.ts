import type { Calendar } from './calendar';
import { MINUTES_PER_DAY, type Minutes } from './minutes';

/** A hole that long is bridged by the last value; a longer one by the day before. */
const BRIDGE_MINUTES = 10;

/** Minutes with sums and extremes ready for any window. Nothing in here at an index depends on a later minute. */
export interface Series {
  readonly start: number;
  readonly length: number;
  /** Holes filled by what was known before them. */
  readonly values: Float64Array;
  /** 1 where the minute was measured. */
  readonly known: Uint8Array;
  /** Sums of all values, and of their squares, before an index. */
  readonly sums: Float64Array;
  readonly squares: Float64Array;
  /** Largest and smallest of the last so many minutes. */
  readonly maxima: ReadonlyMap<number, Float64Array>;
  readonly minima: ReadonlyMap<number, Float64Array>;
}

export const MAXIMA = [5, 15, 21, 30, 60] as const;
export const MINIMA = [5, 15] as const;

export function seriesOf(minutes: Minutes, calendar: Calendar): Series {
  const { values, known } = fill(minutes, calendar);
  const length = values.length;
  const sums = new Float64Array(length + 1);
  const squares = new Float64Array(length + 1);
  for (let i = 0; i < length; i++) {
    sums[i + 1] = sums[i]! + values[i]!;
    squares[i + 1] = squares[i]! + values[i]! ** 2;
  }
  return {
    start: minutes.start,
    length,
    values,
    known,
    sums,
    squares,
    maxima: new Map(MAXIMA.map((window) => [window, rollingExtreme(values, window, 1)])),
    minima: new Map(MINIMA.map((window) => [window, rollingExtreme(values, window, -1)])),
  };
}

/** Mean of the values from one index to before another; zero where there are none. */
export function meanOf(series: Series, from: number, to: number): number {
  const a = Math.max(0, from);
  const b = Math.min(series.length, to);
  return b > a ? (series.sums[b]! - series.sums[a]!) / (b - a) : 0;
}

/** Standard deviation of the last so many values up to an index, inclusive. */
export function deviationOf(series: Series, last: number, window: number): number {
  const a = Math.max(0, last + 1 - window);
  const count = last + 1 - a;
  const mean = (series.sums[last + 1]! - series.sums[a]!) / count;
  return Math.sqrt(Math.max(0, (series.squares[last + 1]! - series.squares[a]!) / count - mean * mean));
}

function fill({ start, values }: Minutes, calendar: Calendar): { values: Float64Array; known: Uint8Array } {
  const filled = new Float64Array(values.length);
  const known = new Uint8Array(values.length);
  let last = -1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value >= 0 && value < Number.POSITIVE_INFINITY) {
      filled[i] = value;
      known[i] = 1;
      last = i;
      continue;
    }
    const dayBefore = i - last > BRIDGE_MINUTES ? i - calendar.lag(start + i, 1) : -1;
    filled[i] = dayBefore >= 0 && i >= MINUTES_PER_DAY ? filled[dayBefore]! : last >= 0 ? filled[last]! : 0;
  }
  return { values: filled, known };
}

/** Largest (sign 1) or smallest (sign -1) of the last `window` values, by a queue that holds candidates only. */
export function rollingExtreme(values: Float64Array, window: number, sign: 1 | -1 = 1): Float64Array {
  const extremes = new Float64Array(values.length);
  const queue = new Int32Array(values.length);
  let head = 0;
  let tail = 0;
  for (let i = 0; i < values.length; i++) {
    while (tail > head && sign * values[queue[tail - 1]!]! <= sign * values[i]!) tail--;
    queue[tail++] = i;
    if (queue[head]! <= i - window) head++;
    extremes[i] = values[queue[head]!]!;
  }
  return extremes;
}
