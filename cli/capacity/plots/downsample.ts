import type { Stretch } from '../clock';

/** Values in buckets with the same number of minutes. The last bucket may be shorter. */
export interface Buckets {
  /** Minutes of a bucket. */
  readonly width: number;
  /** First index of each bucket. */
  readonly starts: readonly number[];
  readonly min: Float64Array;
  readonly mean: Float64Array;
  readonly max: Float64Array;
}

/** Possible lengths of a bucket, in round units of time. */
const WIDTHS = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440, 2880, 4320, 10080];

/** The shortest bucket with which a span needs at most the given number of buckets. */
export function bucketWidth({ from, to }: Stretch, max: number): number {
  return WIDTHS.find((width) => (to - from) / width <= max) ?? Math.ceil((to - from) / max);
}

/**
 * Minimum, mean and maximum of each bucket, so that no spike is lost. NaN if a bucket has no known
 * value.
 */
export function downsample(values: Float64Array, stretch: Stretch, width: number): Buckets {
  const { from, to } = stretch;
  const length = Math.max(0, Math.ceil((to - from) / width));
  const starts = Array.from({ length }, (_, i) => from + i * width);
  const min = new Float64Array(length).fill(Number.NaN);
  const mean = new Float64Array(length).fill(Number.NaN);
  const max = new Float64Array(length).fill(Number.NaN);
  starts.forEach((start, i) => {
    let sum = 0;
    let known = 0;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let at = start; at < Math.min(to, start + width); at++) {
      const value = values[at]!;
      if (Number.isNaN(value)) continue;
      sum += value;
      known++;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    if (known === 0) return;
    min[i] = low;
    mean[i] = sum / known;
    max[i] = high;
  });
  return { width, starts, min, mean, max };
}
