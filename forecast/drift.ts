import type { BacktestResult } from './gate';
import { type Goal, priceOf } from './goal';
import { heldFloors, minutesAhead } from './held-floors';
import { MINUTES_PER_DAY } from './minutes';
import { ACTING_TARGET, targetTracking } from './policies';
import { score } from './score';

/**
 * Maximum cost of the last day, relative to cautious target tracking. If the cost is higher, the
 * backtest result is no longer used.
 */
const MAX_DRIFT = 1.1;

/** Settings of capacity. */
interface Settings {
  readonly lead: number;
  readonly goal: Goal;
  readonly min?: number;
  readonly max?: number;
}

/**
 * Cost of the last day with the settings of the backtest result, divided by its cost with cautious
 * target tracking. The ratio is checked because a backtest result applies for a week, and demand
 * may change within the week. If the settings are those of cautious target tracking, the ratio is
 * 1.
 * @param first index of the first floor
 * @param to index after the last known minute
 */
export function driftOf(
  result: BacktestResult,
  demand: Float64Array,
  floors: Float64Array,
  { first, to }: { readonly first: number; readonly to: number },
  { lead, goal, min, max }: Settings,
): number {
  if (!result.act && result.reactiveTarget === result.cautiousTarget) return 1;
  const from = Math.max(first, to - MINUTES_PER_DAY);
  // The replay starts half a day earlier, so that the capacity of both is realistic when the day
  // starts.
  const lookFrom = Math.max(0, from - MINUTES_PER_DAY / 2);
  const known = demand.subarray(lookFrom, to);
  const cost = (target: number, floor?: Float64Array) =>
    score(
      known,
      targetTracking(known, { lead, target, floor, min, max }),
      from - lookFrom,
      to - lookFrom,
      priceOf(goal),
    ).costRatio;
  const theirs = cost(result.cautiousTarget);
  const ours = result.act
    ? cost(ACTING_TARGET, heldFloors(floors.subarray(lookFrom, to + minutesAhead(lead)), lead))
    : cost(result.reactiveTarget);
  return ours === theirs ? 1 : ours / theirs;
}

/** Whether the last day cost so much that cautious target tracking must be used instead. */
export function hasDrifted(drift: number | undefined): drift is number {
  return drift !== undefined && drift > MAX_DRIFT;
}
