import { MINUTES_PER_DAY, type Minutes } from '../../forecast/minutes';
import { type Random, random } from '../../forecast/random';

/** Monday, 5 January 2026, 00:00 UTC. */
export const MONDAY = Date.UTC(2026, 0, 5) / 60_000;

export interface SeriesOptions {
  readonly days: number;
  /** Minute since 1970. @default MONDAY */
  readonly start?: number;
  /** Mean of the busy hours. @default 100 */
  readonly level?: number;
  /** @default 1 */
  readonly seed?: number;
  /** Minutes that the shop's clock is ahead of UTC in a minute. @default UTC */
  readonly ahead?: (minute: number) => number;
}

/** A shop's days as Poisson counts: quiet nights, a steep surge at nine, a wave over the day, a slow evening, half of it at weekends. */
export function shopDays(options: SeriesOptions): Minutes {
  const { days, start = MONDAY, level = 100, seed = 1, ahead = () => 0 } = options;
  const next = random(seed);
  return {
    start,
    values: Float64Array.from({ length: days * MINUTES_PER_DAY }, (_, i) => {
      const local = start + i + ahead(start + i);
      return poisson(level * shape(local), next);
    }),
  };
}

/** What part of the busy hours' mean a local minute has. */
function shape(local: number): number {
  const minute = local % MINUTES_PER_DAY;
  const day = Math.floor(local / MINUTES_PER_DAY);
  const weekday = (day + 3) % 7;
  const rise = Math.min(1, Math.max(0, (minute - 540) / 10));
  const fall = Math.min(1, Math.max(0, (1140 - minute) / 90));
  const wave = 1 + 0.2 * Math.sin((minute / MINUTES_PER_DAY) * 6 * Math.PI);
  return (0.1 + 0.9 * rise * fall * wave) * (weekday >= 5 ? 0.5 : 1);
}

/** Counts around one level, with nothing to be learned from them but the level. */
export function noise(days: number, level: number, seed = 1): Minutes {
  const next = random(seed);
  return { start: MONDAY, values: Float64Array.from({ length: days * MINUTES_PER_DAY }, () => poisson(level, next)) };
}

export function constant(days: number, value: number, start = MONDAY): Minutes {
  return { start, values: new Float64Array(days * MINUTES_PER_DAY).fill(value) };
}

/** The same minutes with some of them changed. */
export function changed(minutes: Minutes, change: (value: number, index: number) => number): Minutes {
  return { start: minutes.start, values: minutes.values.map(change) };
}

export function poisson(mean: number, next: Random): number {
  if (mean > 40) {
    const bell = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * bell));
  }
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = next(); product > limit; count++) product *= next();
  return count;
}
