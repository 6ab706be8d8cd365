import type { Calendar } from './calendar';
import { MINUTES_PER_DAY, type Minutes } from './minutes';

/**
 * Values are limited to this multiple of the busiest minute of two weeks. So a glitch, such as a
 * counter overflow, doesn't distort the sums of a week. Each limited value raises the bound, so a
 * real jump is accepted after two or three minutes.
 */
const GLITCH = 20;
const GLITCH_DAYS = 14;

/**
 * Gaps of up to this many minutes are filled with the last value. Longer gaps are filled with the
 * values of the previous day.
 */
const BRIDGE_MINUTES = 10;

/**
 * A series with precomputed sums and extremes of windows. Its data at an index never depend on a
 * later minute.
 */
export interface Series {
  readonly start: number;
  readonly length: number;
  /** Values with gaps filled from earlier minutes. */
  readonly values: Float64Array;
  /** 1 for each measured minute, else 0. */
  readonly known: Uint8Array;
  /** Sums of all values before an index, and sums of their squares. */
  readonly sums: Float64Array;
  readonly squares: Float64Array;
  /** Maximum and minimum of the last minutes. The map's key is the window's length in minutes. */
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

/** Mean of the values from index `from` to before index `to`. Zero if the range is empty. */
export function meanOf(series: Series, from: number, to: number): number {
  const a = Math.max(0, from);
  const b = Math.min(series.length, to);
  return b > a ? (series.sums[b]! - series.sums[a]!) / (b - a) : 0;
}

/** Standard deviation of the last `window` values up to an index, inclusive. */
export function deviationOf(series: Series, last: number, window: number): number {
  const a = Math.max(0, last + 1 - window);
  const count = last + 1 - a;
  const mean = (series.sums[last + 1]! - series.sums[a]!) / count;
  return Math.sqrt(Math.max(0, (series.squares[last + 1]! - series.squares[a]!) / count - mean * mean));
}

function fill({ start, values }: Minutes, calendar: Calendar): { values: Float64Array; known: Uint8Array } {
  const filled = new Float64Array(values.length);
  const known = new Uint8Array(values.length);
  const busiest = new RollingExtreme(filled, GLITCH_DAYS * MINUTES_PER_DAY, 1);
  let last = -1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value >= 0 && value < Number.POSITIVE_INFINITY) {
      const bound = i < MINUTES_PER_DAY || busiest.value === 0 ? Number.POSITIVE_INFINITY : GLITCH * busiest.value;
      filled[i] = Math.min(value, bound);
      known[i] = 1;
      last = i;
    } else {
      const dayBefore = i - last > BRIDGE_MINUTES ? i - calendar.lag(start + i, 1) : -1;
      filled[i] = dayBefore >= 0 && i >= MINUTES_PER_DAY ? filled[dayBefore]! : last >= 0 ? filled[last]! : 0;
    }
    busiest.add(i);
  }
  return { values: filled, known };
}

/**
 * Largest (sign 1) or smallest (sign -1) of the last `window` values of an array. The queue
 * contains the indexes of values that can still become the extreme.
 */
class RollingExtreme {
  private readonly queue: Int32Array;
  private head = 0;
  private tail = 0;

  public constructor(
    private readonly values: Float64Array,
    private readonly window: number,
    private readonly sign: 1 | -1,
  ) {
    this.queue = new Int32Array(values.length);
  }

  /** The extreme up to the last added index. 0 before the first index is added. */
  public get value(): number {
    return this.tail > this.head ? this.values[this.queue[this.head]!]! : 0;
  }

  /** Adds the next index. */
  public add(index: number): void {
    const { queue, values, sign } = this;
    while (this.tail > this.head && sign * values[queue[this.tail - 1]!]! <= sign * values[index]!) this.tail--;
    queue[this.tail++] = index;
    if (queue[this.head]! <= index - this.window) this.head++;
  }
}

/** Rolling extreme at every index. */
export function rollingExtreme(values: Float64Array, window: number, sign: 1 | -1 = 1): Float64Array {
  const extremes = new Float64Array(values.length);
  const rolling = new RollingExtreme(values, window, sign);
  for (let i = 0; i < values.length; i++) {
    rolling.add(i);
    extremes[i] = rolling.value;
  }
  return extremes;
}
