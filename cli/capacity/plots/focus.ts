/**
 * An axis leaves out a value if the other values then get at least this many times as much space.
 * For each further value that is left out, this factor is multiplied by `EACH_MORE`.
 */
const WORTH = 4;
const EACH_MORE = 1.3;
/**
 * Minimum span of an axis, as a share of the largest absolute value on it.
 * Smaller differences aren't significant.
 */
const MIN_SPAN = 0.02;

/**
 * The range of an axis, ascending. Both ends are values, unless the values are too close to be
 * distinguished.
 */
export interface Focus {
  readonly min: number;
  readonly max: number;
}

/**
 * Chooses the range of an axis. It leaves out a few distant values, because they would compress all
 * others into a corner.
 * @param kept values that are never left out; each must be one of `values`
 * @param maxLeftOut maximum share of the values that may be left out
 */
export function focus(values: readonly number[], kept: readonly number[], maxLeftOut: number): Focus {
  let inside = [...values].sort((a, b) => a - b);
  let allowed = Math.floor(values.length * maxLeftOut);
  for (let without = 1; without <= allowed; without++) {
    const window = narrowest(inside, inside.length - without, kept);
    if (window === undefined || spanOf(window) * WORTH * EACH_MORE ** (without - 1) > spanOf(inside)) continue;
    inside = window;
    allowed -= without;
    without = 0;
  }
  const beside = (spanOf(inside) - (inside.at(-1)! - inside[0]!)) / 2;
  return { min: inside[0]! - beside, max: inside.at(-1)! + beside };
}

function narrowest(sorted: readonly number[], length: number, kept: readonly number[]): number[] | undefined {
  let best: number[] | undefined;
  for (let from = 0; from + length <= sorted.length; from++) {
    const window = sorted.slice(from, from + length);
    const holds = kept.every((value) => value >= window[0]! && value <= window.at(-1)!);
    if (holds && (best === undefined || spanOf(window) < spanOf(best))) best = window;
  }
  return best;
}

function spanOf(sorted: readonly number[]): number {
  const [min, max] = [sorted[0]!, sorted.at(-1)!];
  return Math.max(max - min, MIN_SPAN * Math.max(Math.abs(min), Math.abs(max)));
}
