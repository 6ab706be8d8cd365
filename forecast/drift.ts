import type { Verdict } from './gate';
import { type Goal, priceOf } from './goal';
import { heldFloors, minutesAhead } from './held-floors';
import { MINUTES_PER_DAY } from './minutes';
import { ACTING_TARGET, targetTracking } from './policies';
import { score } from './score';

/**
 * Maximum cost of the last day over that of cautious target tracking. Beyond it, the verdict no
 * longer fits.
 */
const MAX_DRIFT = 1.1;

/** How capacity is set. */
interface Settings {
  readonly lead: number;
  readonly goal: Goal;
  readonly min?: number;
  readonly max?: number;
}

/**
 * Cost of the last day if the verdict is followed, over its cost with cautious target tracking. A
 * verdict holds for a week, and demand may change within it. 1 if the verdict chooses cautious
 * target tracking.
 * @param first index of the first floor
 * @param to index after the last known minute
 */
export function driftOf(
  verdict: Verdict,
  demand: Float64Array,
  floors: Float64Array,
  { first, to }: { readonly first: number; readonly to: number },
  { lead, goal, min, max }: Settings,
): number {
  if (!verdict.act && verdict.reactiveTarget === verdict.cautiousTarget) return 1;
  const from = Math.max(first, to - MINUTES_PER_DAY);
  // Half a day more is replayed, so that both start with the capacity that they would have had.
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
  const theirs = cost(verdict.cautiousTarget);
  const ours = verdict.act
    ? cost(ACTING_TARGET, heldFloors(floors.subarray(lookFrom, to + minutesAhead(lead)), lead))
    : cost(verdict.reactiveTarget);
  return ours === theirs ? 1 : ours / theirs;
}

/** Whether the last day cost so much that cautious target tracking takes over for now. */
export function hasDrifted(drift: number | undefined): drift is number {
  return drift !== undefined && drift > MAX_DRIFT;
}
