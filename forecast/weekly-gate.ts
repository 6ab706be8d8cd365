import type { Backtest } from './backtest';
import { driftOf, hasDrifted } from './drift';
import { type BacktestResult, judge, type Trial } from './gate';
import { DEFAULT_GOAL, priceOf } from './goal';
import { heldFloors } from './held-floors';
import { MINUTES_PER_WEEK } from './minutes';
import { ACTING_TARGET, targetTracking } from './policies';
import { MARGIN_MINUTES } from './policy';
import { costUnits, type Score, score } from './score';

/** Result of replaying the weekly backtests of a deployment (the gate) over a history. */
export interface WeeklyGate {
  /**
   * Backtest results. The first result covers the trial before the first decision. Each later
   * result covers the previous week. Each result applies to the following week.
   */
  readonly results: readonly BacktestResult[];
  /** The backtest result that would apply after the end of the history. */
  readonly now: BacktestResult;
  /**
   * Score of a deployment that follows the results. It uses floors while forecasts may act and the
   * last day didn't cost too much. Otherwise it uses target tracking.
   */
  readonly followed: Score;
  /** Instances of each minute from the first decision on. 0 before it. */
  readonly provision: Float64Array;
  /**
   * Cost of `followed`, relative to target tracking alone. In each week, this target tracking uses
   * the target that was cheapest in the previous week.
   */
  readonly overBestTracking: number;
}

/**
 * Replays the gate: one backtest each week, and a check of the last day's cost every three hours.
 * So its decisions may differ from one backtest over all minutes. After a change from one policy to
 * another, the replay uses the capacity that the new policy would have if it had always been
 * active.
 */
export function followGate(
  {
    demand,
    known,
    floors,
    from,
    trialFrom,
  }: Pick<Backtest, 'demand' | 'floors' | 'from' | 'trialFrom'> & Pick<Trial, 'known'>,
  settings: Omit<Trial, 'demand' | 'known' | 'floors' | 'from' | 'to'>,
): WeeklyGate {
  const { lead, goal = DEFAULT_GOAL, min, max } = settings;
  const tracked = (target: number, floor?: Float64Array) => targetTracking(demand, { lead, target, floor, min, max });
  const applied = tracked(ACTING_TARGET, heldFloors(floors, lead));
  const reactives = new Map<number, Float64Array>();
  const reactive = (target: number): Float64Array => {
    const provision = reactives.get(target) ?? tracked(target);
    reactives.set(target, provision);
    return provision;
  };
  const backtestAt = (at: number): BacktestResult => {
    // A decision for a minute uses demand up to `lead` + 1 minutes before it.
    const to = at - lead;
    return judge({ ...settings, demand, known, floors, from: Math.max(trialFrom, to - MINUTES_PER_WEEK), to });
  };
  const results: BacktestResult[] = [];
  const followed = new Float64Array(demand.length);
  const bestTracking = new Float64Array(demand.length);
  const window = (at: number) => ({ first: trialFrom, to: at - lead });
  for (let at = from; at < demand.length; at += MARGIN_MINUTES) {
    if ((at - from) % MINUTES_PER_WEEK === 0) results.push(backtestAt(at));
    const result = results.at(-1)!;
    const isLost = hasDrifted(driftOf(result, demand, floors, window(at), { ...settings, goal }));
    const target = isLost ? result.cautiousTarget : result.reactiveTarget;
    const provision = result.act && !isLost ? applied : reactive(target);
    followed.set(provision.subarray(at, at + MARGIN_MINUTES), at);
    bestTracking.set(reactive(result.reactiveTarget).subarray(at, at + MARGIN_MINUTES), at);
  }
  const price = priceOf(goal);
  const now = backtestAt(demand.length + lead);
  const scored = (provision: Float64Array) => score(demand, provision, from, demand.length, price);
  const own = scored(followed);
  const [paid, best] = [costUnits(own, price), costUnits(scored(bestTracking), price)];
  return { results, now, followed: own, provision: followed, overBestTracking: paid === best ? 1 : paid / best };
}
