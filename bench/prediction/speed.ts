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
 * Durations of the floor controller's work, in milliseconds. A duration that a series is too short
 * to measure is left out and reported.
 */
export interface Speed {
  /** Fit of one quantile on these days, including features. */
  readonly refitMs: readonly number[];
  readonly fittedDays: number;
  /** The complete decision of a minute without a refit. */
  readonly forecastMs?: readonly number[];
  /**
   * The decision of the minute in which all models are refitted, including the models for display
   * and for the hours ahead.
   */
  readonly dailyMs?: number;
  /** The reason why no decision was timed. */
  readonly undecided?: string;
}

/**
 * The days on which both models are fitted. Gaps are filled as for judging, because MSTL doesn't
 * support gaps, and both must have the same work.
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
  // The first fits include compilation, and MSTL's first fit includes loading libraries. Neither is
  // counted.
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
  // Starts one day before the end of the history, so that all models are refitted once.
  const first = minutes.values.length - MINUTES_PER_DAY - 1;
  let state: State = { models: [] };
  const decideAfter = (length: number): void => {
    const decision = decide({
      now: minutes.start + length,
      history: { start: minutes.start, values: minutes.values.subarray(0, length) },
      state,
      options: { lead: LEAD, min: 1, max: 1_000, goal: DEFAULT_GOAL, warmUpDays: 2 },
    });
    // A degraded decision has no forecast and did none of the work. All others did all of it, even
    // if the backtest failed.
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
