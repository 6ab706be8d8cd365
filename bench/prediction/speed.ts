import { inputsOf } from '../../forecast/backtest';
import { calendarOf } from '../../forecast/calendar';
import { decide, HISTORY_DAYS } from '../../forecast/decide';
import { DEFAULT_GOAL } from '../../forecast/goal';
import type { State } from '../../forecast/learned-state';
import { MINUTES_PER_DAY, type Minutes } from '../../forecast/minutes';
import { fitModels, TRAINING_DAYS } from '../../forecast/model';
import { decidingLevel } from '../../forecast/policy';

const LEAD = 5;
const UNCOUNTED = 3;

/**
 * Durations of the floor controller's work, in milliseconds. If a series is too short to measure a
 * duration, the duration is left out, and `undecided` contains the reason.
 */
export interface Speed {
  /** Fit of one quantile on these days, including features. */
  readonly refitMs: readonly number[];
  readonly fittedDays: number;
  /** The complete decision of a minute without a refit. */
  readonly forecastMs?: readonly number[];
  /**
   * The decision of a minute in which all models are refitted. This includes the models of logged
   * quantiles and of the next hours.
   */
  readonly dailyMs?: number;
  /** The reason why no decision was measured. */
  readonly undecided?: string;
}

/**
 * The days on which our model and MSTL are fitted. Gaps are filled as in a backtest. MSTL doesn't
 * support gaps, and both models must have the same work.
 */
export function fittedDays(minutes: Minutes): Minutes {
  return filled(minutes, TRAINING_DAYS);
}

function filled({ start, values }: Minutes, days: number): Minutes {
  const first = { start, values: values.slice(0, days * MINUTES_PER_DAY) };
  return { start, values: inputsOf(first, [], calendarOf()).demand.values };
}

export function measureSpeed(minutes: Minutes, rounds: number): Speed {
  const days = fittedDays(minutes);
  const inputs = inputsOf(days, [], calendarOf());
  const at = days.start + days.values.length;
  const fit = () => timeOf(() => fitModels(inputs, at, LEAD, [decidingLevel(DEFAULT_GOAL)]));
  // The first fits aren't counted, because they include compilation. MSTL's first fit isn't counted
  // either, because it includes loading libraries.
  for (let i = 0; i < UNCOUNTED; i++) fit();
  const refitMs = Array.from({ length: rounds }, fit);
  const fitted = { refitMs, fittedDays: days.values.length / MINUTES_PER_DAY };
  try {
    return { ...fitted, ...decisionTimes(filled(minutes, HISTORY_DAYS), rounds) };
  } catch (error) {
    return { ...fitted, undecided: (error as Error).message };
  }
}

/** @throws Error if there is no forecast */
function decisionTimes(minutes: Minutes, rounds: number): Required<Pick<Speed, 'forecastMs' | 'dailyMs'>> {
  // The first decision is one day before the end of the history, so that the last decision refits
  // all models.
  const first = minutes.values.length - MINUTES_PER_DAY - 1;
  let state: State = { models: [] };
  const decideAfter = (length: number): void => {
    const decision = decide({
      now: minutes.start + length,
      history: { start: minutes.start, values: minutes.values.subarray(0, length) },
      state,
      options: { lead: LEAD, min: 1, max: 1_000, goal: DEFAULT_GOAL, warmUpDays: 2 },
    });
    // A decision without a forecast skipped the work, so it can't be measured. A decision with a
    // forecast did all the work, even if the backtest failed.
    if (decision.forecast.length === 0) throw new Error(decision.reason);
    state = decision.state;
  };
  decideAfter(first);
  const forecastMs = Array.from({ length: rounds }, (_, i) => timeOf(() => decideAfter(first + i + 1)));
  return { forecastMs, dailyMs: timeOf(() => decideAfter(first + MINUTES_PER_DAY)) };
}

function timeOf(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}
