import { type Random, random } from './random';

/**
 * Below this mean, a binomial number is drawn trial by trial. Above it, the normal distribution is
 * accurate enough.
 */
const SMALL = 60;

/**
 * Distributes the counts of steps that are longer than a minute over their minutes. Each unit of a
 * count gets a random minute of its step. So the total of a step stays the same.
 */
export function spreadOver(counts: Float64Array, step: number, seed: number): Float64Array {
  const next = random(seed);
  const minutes = new Float64Array(counts.length * step).fill(Number.NaN);
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    if (Number.isNaN(count)) continue;
    let left = Math.floor(count);
    const fraction = (count - left) / step;
    for (let j = 0; j < step; j++) {
      const here = j === step - 1 ? left : binomial(left, 1 / (step - j), next);
      minutes[i * step + j] = here + fraction;
      left -= here;
    }
  }
  return minutes;
}

function binomial(n: number, p: number, next: Random): number {
  if (n * p < SMALL && n < 20 * SMALL) {
    let hits = 0;
    for (let i = 0; i < n; i++) if (next() < p) hits++;
    return hits;
  }
  const bell = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return Math.min(n, Math.max(0, Math.round(n * p + bell * Math.sqrt(n * p * (1 - p)))));
}
