import type { Verdict } from './gate';
import { type Goal, priceOf } from './goal';
import { heldFloors, minutesAhead } from './held-floors';
import { MINUTES_PER_DAY } from './minutes';
import { ACTING_TARGET, targetTracking } from './policies';
import { score } from './score';

/** What costs so many times what cautious target tracking would have cost over the last day is wrong about something. */
const MOST_DRIFT = 1.1;

/** How capacity is set. */
interface Settings {
  readonly lead: number;
  readonly goal: Goal;
  readonly min?: number;
  readonly max?: number;
}

/**
 * What the last day would have cost by a verdict, over what it would have cost by cautious target tracking: a verdict holds for a week, and
 * demand may turn within it. 1 where the verdict asks for nothing else.
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
  // Half a day before it lets both start from where they would have been.
  const lookFrom = Math.max(0, from - MINUTES_PER_DAY / 2);
  const known = demand.subarray(lookFrom, to);
  const money = (target: number, floor?: Float64Array) =>
    score(
      known,
      targetTracking(known, { lead, target, floor, min, max }),
      from - lookFrom,
      to - lookFrom,
      priceOf(goal),
    ).costRatio;
  const theirs = money(verdict.cautiousTarget);
  const ours = verdict.act
    ? money(ACTING_TARGET, heldFloors(floors.subarray(lookFrom, to + minutesAhead(lead)), lead))
    : money(verdict.reactiveTarget);
  return ours === theirs ? 1 : ours / theirs;
}

/** Whether a day went wrong enough to leave it to cautious target tracking for now. */
export function hasDrifted(drift: number | undefined): drift is number {
  return drift !== undefined && drift > MOST_DRIFT;
}
