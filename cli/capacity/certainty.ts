import { random } from '../../forecast/random';

/** Confidence of a saving, from random samples of the judged days. */
export interface Certainty {
  /** Saved share of the cost over all days. Negative if the cost is higher. */
  readonly saved: number;
  /** Bounds of the saving in 95 % of the samples. */
  readonly low: number;
  readonly high: number;
  readonly daysWon: number;
  readonly days: number;
}

/** Costs of both policies on one day, in the same unit. */
export interface DayCosts {
  readonly ours: number;
  readonly theirs: number;
}

const DRAWS = 1_000;
/** Share of the samples outside of each bound, so that 95 % are between both bounds. */
const OUTSIDE = 0.025;
const SEED = 1;

/**
 * Draws whole days with replacement (a bootstrap). Minutes of the same day depend on each other,
 * but different days hardly do. The result is deterministic.
 * @param days at least one
 */
export function certaintyOf(days: readonly DayCosts[]): Certainty {
  const next = random(SEED);
  const drawn = Array.from({ length: DRAWS }, () => savedOn(days.map(() => pick(days, next())))).sort((a, b) => a - b);
  return {
    saved: savedOn(days),
    low: drawn[Math.floor(OUTSIDE * DRAWS)] ?? 0,
    high: drawn[Math.ceil((1 - OUTSIDE) * DRAWS) - 1] ?? 0,
    daysWon: days.filter(({ ours, theirs }) => ours < theirs).length,
    days: days.length,
  };
}

function pick(days: readonly DayCosts[], share: number): DayCosts {
  return days[Math.floor(share * days.length)] ?? { ours: 0, theirs: 0 };
}

function savedOn(days: readonly DayCosts[]): number {
  const theirs = days.reduce((sum, day) => sum + day.theirs, 0);
  return theirs === 0 ? 0 : 1 - days.reduce((sum, day) => sum + day.ours, 0) / theirs;
}
