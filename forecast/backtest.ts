import { type Calendar, calendarOf } from './calendar';
import type { AnnouncedEvent } from './events';
import type { Inputs } from './features';
import { DEFAULT_GOAL, type Goal } from './goal';
import { MINUTES_PER_DAY, type Minutes } from './minutes';
import { fitModels, type Model } from './model';
import { decidingLevel, Policy } from './policy';
import { seriesOf } from './series';

/** Default days of history before the first decision. */
export const WARM_UP_DAYS = 14;

export const SLACK_MINUTES = 60;

/**
 * Minimum days of history before the first decision. With only one day, there is no earlier day for
 * a comparison.
 */
const MIN_WARM_UP_DAYS = 2;

/**
 * Maximum days of the trial. The trial is the last part of the warm-up: a model of the earlier
 * warm-up days forecasts it. The first margin and the first backtest use these forecasts.
 */
export const TRIAL_DAYS = 4;

/** Options of a backtest. */
export interface BacktestOptions {
  /**
   * Minutes between the newest measured minute and the planned minute, both excluded. This time
   * covers the metric delay and the start of instances.
   */
  readonly lead: number;
  readonly goal?: Goal;
  /**
   * Days before the first decision, at least 2. Default: 14. If the history has fewer than 21 days,
   * the default is half of its days.
   */
  readonly warmUp?: number;
  readonly calendar?: Calendar;
  readonly indicators?: readonly Minutes[];
  readonly events?: readonly AnnouncedEvent[];
  /** Additional quantiles to compute, ascending. */
  readonly levels?: readonly number[];
  readonly onDay?: (done: number, of: number) => void;
}

/** Result of a replay: the floors that the policy would have set. */
export interface Backtest {
  /** Measured demand, with its gaps filled. */
  readonly demand: Float64Array;
  /** 1 for each measured minute, else 0. */
  readonly known: Uint8Array;
  /** Index of the first decided minute. */
  readonly from: number;
  /**
   * First index of the trial. The first backtest result covers the floors from this index to
   * `from`.
   */
  readonly trialFrom: number;
  /** Floors in instances. 0 before the trial. */
  readonly floors: Float64Array;
  readonly bands: readonly { readonly level: number; readonly values: Float64Array }[];
  readonly models: readonly Model[];
}

/**
 * Replays the policy over a history, with one fit each day, and new margins every three hours. The
 * floor of a minute depends only on data from at least `lead` + 1 minutes before it.
 * @throws Error if there are less than two days before the first decision, or no minute after it
 */
export function backtest(minutes: Minutes, options: BacktestOptions): Backtest {
  const goal = options.goal ?? DEFAULT_GOAL;
  const calendar = options.calendar ?? calendarOf();
  const levels = options.levels ?? [];
  const inputs = inputsOf(minutes, options.indicators ?? [], calendar);
  const length = inputs.demand.length;
  const warmUp = options.warmUp ?? defaultWarmUp(length);
  const from = warmUp * MINUTES_PER_DAY;
  if (warmUp < MIN_WARM_UP_DAYS || from >= length) {
    throw new Error(
      `a history must have at least two days before the first decision and one minute after it, got ${(length / MINUTES_PER_DAY).toFixed(1)} days with a warm-up of ${warmUp}`,
    );
  }
  const trialFrom = from - trialDays(warmUp) * MINUTES_PER_DAY;
  const models: Model[] = [];
  const fitted = new Set([decidingLevel(goal), ...levels]);
  const fit = (index: number) =>
    models.push(...fitModels(inputs, inputs.demand.start + index, options.lead, [...fitted]));
  const days = Math.ceil((length - from) / MINUTES_PER_DAY);
  fit(trialFrom);
  for (let day = 0; day < days; day++) {
    options.onDay?.(day, days);
    fit(from + day * MINUTES_PER_DAY);
  }
  const policy = new Policy(inputs, { lead: options.lead, goal, events: options.events ?? [], levels }, models);
  const floors = new Float64Array(length);
  const bands = levels.map((level) => ({ level, values: new Float64Array(length) }));
  for (let index = trialFrom; index < length; index++) {
    const margins = policy.marginsAt(index);
    floors[index] = policy.floorAt(index, margins);
    policy.bandsAt(index, margins).forEach((value, i) => {
      bands[i]!.values[index] = value;
    });
  }
  options.onDay?.(days, days);
  const demand = inputs.demand.values.map((value, i) => (inputs.demand.known[i] === 1 ? minutes.values[i]! : value));
  return { demand, known: inputs.demand.known, from, trialFrom, floors, bands, models };
}

/** Default number of days before the first decision. */
export function defaultWarmUp(length: number): number {
  // The days are rounded, because an export of whole days may lack a few minutes at its start or
  // end.
  const days = Math.floor((length + SLACK_MINUTES) / MINUTES_PER_DAY);
  return days < WARM_UP_DAYS * 1.5 ? Math.max(MIN_WARM_UP_DAYS, Math.floor(days / 2)) : WARM_UP_DAYS;
}

/**
 * Number of trial days, at most half of the warm-up.
 */
export function trialDays(warmUp: number): number {
  return Math.min(TRIAL_DAYS, Math.floor(warmUp / 2));
}

/** Aligns demand and indicators to the same minutes. */
export function inputsOf(minutes: Minutes, indicators: readonly Minutes[], calendar: Calendar): Inputs {
  return {
    demand: seriesOf(minutes, calendar),
    indicators: indicators.map((indicator) => seriesOf(aligned(indicator, minutes), calendar)),
    calendar,
  };
}

function aligned(minutes: Minutes, to: Minutes): Minutes {
  if (minutes.start === to.start && minutes.values.length === to.values.length) return minutes;
  const shift = to.start - minutes.start;
  return { start: to.start, values: Float64Array.from(to.values, (_, i) => minutes.values[i + shift] ?? Number.NaN) };
}
