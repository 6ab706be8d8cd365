import { inputsOf } from '../../lambdas/system/forecast/backtest';
import { calendarOf } from '../../lambdas/system/forecast/calendar';
import { type Decision, decide, HISTORY_DAYS, type State } from '../../lambdas/system/forecast/forecaster';
import { DEFAULT_GOAL } from '../../lambdas/system/forecast/goal';
import { MINUTES_PER_DAY, type Minutes } from '../../lambdas/system/forecast/minutes';
import { fitModels, TRAINING_DAYS } from '../../lambdas/system/forecast/model';
import { decidingLevel } from '../../lambdas/system/forecast/policy';

const LEAD = 5;

/** What the forecaster's work takes, milliseconds. */
export interface Speed {
  /** One quantile on 14 days of minutes, features included. */
  readonly refitMs: readonly number[];
  /** A minute's whole decision between two refits. */
  readonly forecastMs: readonly number[];
  /** The decision of the minute in which everything is fitted anew: what decides, what is shown, the hours ahead. */
  readonly dailyMs: number;
}

/** The days that both are fitted on. */
export function fittedDays({ start, values }: Minutes): Minutes {
  return { start, values: values.slice(0, TRAINING_DAYS * MINUTES_PER_DAY) };
}

export function measureSpeed(minutes: Minutes, rounds: number): Speed {
  const days = fittedDays(minutes);
  const inputs = inputsOf(days, [], calendarOf());
  const at = days.start + days.values.length;
  const refitMs = Array.from({ length: rounds }, () => {
    return timeOf(() => fitModels(inputs, at, LEAD, [decidingLevel(DEFAULT_GOAL)]));
  });

  // As much history as is kept, or what there is, less the day after which everything is fitted anew.
  const first = Math.min(HISTORY_DAYS * MINUTES_PER_DAY, minutes.values.length) - MINUTES_PER_DAY - 1;
  let state: State = { models: [] };
  const decideAfter = (length: number): Decision => {
    const decision = decide({
      now: minutes.start + length,
      history: { start: minutes.start, values: minutes.values.subarray(0, length) },
      state,
      options: { lead: LEAD, min: 1, max: 1_000, goal: DEFAULT_GOAL, warmUpDays: 2 },
    });
    if (decision.mode === 'learning' || decision.mode === 'degraded') throw new Error(decision.reason);
    state = decision.state;
    return decision;
  };
  decideAfter(first);
  const forecastMs = Array.from({ length: rounds }, (_, i) => timeOf(() => decideAfter(first + i + 1)));
  return { refitMs, forecastMs, dailyMs: timeOf(() => decideAfter(first + MINUTES_PER_DAY)) };
}

function timeOf(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}
