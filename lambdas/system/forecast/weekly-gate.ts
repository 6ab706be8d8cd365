import type { Backtest } from './backtest';
import { judge, type Trial, type Verdict } from './gate';
import { priceOf } from './goal';
import { MINUTES_PER_WEEK } from './minutes';
import { ACTING_TARGET, targetTracking } from './policies';
import { type Score, score } from './score';

/** What a deployed gate would have said of a replay, week by week. */
export interface WeeklyGate {
  /** The first one rests on the trial before the first decision, each later one on the week before it; it holds for the week that follows. */
  readonly verdicts: readonly Verdict[];
  /** The verdict that would hold from the end of the history on. */
  readonly now: Verdict;
  /** Following the verdicts: floors where forecasts may act, target tracking at the cheaper target where they may not. */
  readonly followed: Score;
  /** Money of `followed` over that of the better of the target trackings that the gate compares with, over the same minutes. */
  readonly overBetterTracking: number;
}

/**
 * The gate as it is deployed, over a replay. It looks back a week at a time, so it may say other things than a verdict on all minutes at
 * once. Where a verdict changes, capacity is taken as if the policy of that week had run all along.
 */
export function followGate(
  { demand, floors, from, trialFrom }: Pick<Backtest, 'demand' | 'floors' | 'from' | 'trialFrom'>,
  settings: Omit<Trial, 'demand' | 'floors' | 'from' | 'to'>,
): WeeklyGate {
  const { lead, goal, min, max } = settings;
  const tracked = (target: number, floor?: Float64Array) => targetTracking(demand, { lead, target, floor, min, max });
  const applied = tracked(ACTING_TARGET, floors);
  const reactive = new Map<number, Float64Array>();
  const verdictAt = (at: number): Verdict => {
    // Who decides for a minute knows demand up to `lead` + 1 minutes before it.
    const to = at - lead;
    const verdict = judge({ ...settings, demand, floors, from: Math.max(trialFrom, to - MINUTES_PER_WEEK), to });
    for (const { target } of verdict.targetTracking) {
      if (!reactive.has(target)) reactive.set(target, tracked(target));
    }
    return verdict;
  };
  const verdicts: Verdict[] = [];
  const followed = new Float64Array(demand.length);
  for (let at = from; at < demand.length; at += MINUTES_PER_WEEK) {
    const verdict = verdictAt(at);
    verdicts.push(verdict);
    const provision = verdict.act ? applied : reactive.get(verdict.reactiveTarget)!;
    followed.set(provision.subarray(at, at + MINUTES_PER_WEEK), at);
  }
  const scored = (provision: Float64Array) =>
    score(demand, provision, from, demand.length, goal === undefined ? undefined : priceOf(goal));
  const better = Math.min(...[...reactive.values()].map((provision) => scored(provision).money));
  const own = scored(followed);
  return {
    verdicts,
    now: verdictAt(demand.length + lead),
    followed: own,
    overBetterTracking: own.money === better ? 1 : own.money / better,
  };
}
