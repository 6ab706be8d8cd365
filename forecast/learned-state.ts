import { TRIAL_DAYS } from './backtest';
import type { Calendar } from './calendar';
import { driftOf } from './drift';
import type { AnnouncedEvent } from './events';
import { FEATURES_VERSION, featureCount, type Inputs } from './features';
import { type BacktestResult, judge } from './gate';
import type { Goal } from './goal';
import { minutesAhead } from './held-floors';
import { MINUTES_PER_DAY, MINUTES_PER_WEEK } from './minutes';
import { fitModels, type Model } from './model';
import { decidingLevel, MARGIN_MINUTES, type Margins, type Policy } from './policy';

/**
 * Days for which models are kept. A backtest needs the floors of one week. Their margins need the
 * forecasts of the week before.
 */
const MODEL_DAYS = 15;

/** Quantiles that are logged. */
export const LOGGED_LEVELS = [0.5, 0.9, 0.99] as const;

/**
 * Additional forecasts are made for these minutes after the lead time. These forecasts are only
 * logged, and decisions don't use them.
 */
const HORIZONS = [30, 60, 120, 240] as const;
const HORIZON_EVERY = 6;

/** Options of the forecast for one target. */
export interface ForecastOptions {
  /**
   * Minutes between the newest measured minute and the planned minute, both excluded. This time
   * must cover the delay of metrics. If the delay is longer, the planned minute is already over
   * when it is decided.
   */
  readonly lead: number;
  readonly min: number;
  readonly max: number;
  readonly goal: Goal;
  readonly calendar?: Calendar;
  readonly events?: readonly AnnouncedEvent[];
  /** Days of history before the forecast may act. Default: 14. */
  readonly warmUpDays?: number;
  /**
   * Any short text that identifies the other inputs: the indicators in their order, the time zone
   * and the holidays. If it changes, the stored state is discarded, and the forecast learns again.
   */
  readonly basis?: string;
}

/** State that is stored between runs, as plain data. */
export interface State {
  /** Text of the options with which the state was made. */
  readonly madeFor?: string;
  readonly models: readonly Model[];
  /** Models for the next hours, from the newest fit only. */
  readonly horizons?: readonly Model[];
  readonly result?: BacktestResult;
  /** Whole minutes since 1970. */
  readonly judgedAt?: number;
  readonly margins?: Margins;
  /** Cost of the last day, relative to cautious target tracking. It is updated with each margin. */
  readonly drift?: number;
}

/**
 * Returns the stored state if it is valid. If the state was made with other options or features, or
 * at a later time, the function returns an empty state. The function discards all parts, because
 * models, margins and backtest result are only valid together.
 */
export function usable(state: State, options: ForecastOptions, indicators: readonly unknown[], now: number): State {
  const level = decidingLevel(options.goal);
  const width = featureCount({ indicators });
  const fits = (model: Model) =>
    model.features === FEATURES_VERSION && model.coefficients.length === width && model.fittedAt <= now + options.lead;
  const madeFor = settingsOf(options);
  const none = { madeFor, models: [] };
  // The state may come from another version of this function, so it may have any form.
  if (!Array.isArray(state?.models) || state.madeFor !== madeFor) return none;
  return state.models.every(fits) && state.models.some((model) => model.level === level) ? state : none;
}

/**
 * Makes a text of the settings on which a backtest result depends. Announced events aren't
 * included, because they change often.
 */
function settingsOf({ lead, goal, min, max, basis = '' }: ForecastOptions): string {
  const wanted = goal.kind === 'price' ? goal.price : goal.cold;
  return [lead, goal.kind, wanted, min, max, basis].join(' ');
}

/**
 * Fits new models if the newest models are a day old. The first call also fits models of an earlier
 * time, so that there are forecasts for the first backtest.
 */
export function learn(inputs: Inputs, minute: number, options: ForecastOptions, state: State): State {
  const newest = state.models.at(-1)?.fittedAt;
  const { start } = inputs.demand;
  if (newest !== undefined && minute - newest < MINUTES_PER_DAY) return state;
  const levels = [...new Set([decidingLevel(options.goal), ...LOGGED_LEVELS])];
  const fit = (at: number) => fitModels(inputs, at, options.lead, levels);
  let models: Model[];
  let at = minute;
  if (newest === undefined || minute - newest > MINUTES_PER_WEEK) {
    models = [...fit(Math.max(start + MINUTES_PER_DAY, minute - TRIAL_DAYS * MINUTES_PER_DAY)), ...fit(minute)];
  } else {
    at = newest + Math.floor((minute - newest) / MINUTES_PER_DAY) * MINUTES_PER_DAY;
    const kept = state.models.filter((model) => model.fittedAt > at - MODEL_DAYS * MINUTES_PER_DAY);
    models = [...kept, ...fit(at)];
  }
  const horizons = HORIZONS.flatMap((ahead) =>
    fitModels(inputs, at, options.lead + ahead, LOGGED_LEVELS, HORIZON_EVERY),
  );
  return { ...state, models, horizons, margins: undefined };
}

/**
 * Runs a backtest if one is due. The first backtest covers the trial. Later backtests run once a
 * week and cover the last week.
 */
export function withBacktest(
  policy: Policy,
  inputs: Inputs,
  index: number,
  options: ForecastOptions,
  state: State,
): State {
  const minute = inputs.demand.start + index;
  if (state.result && state.judgedAt !== undefined && minute - state.judgedAt < MINUTES_PER_WEEK) return state;
  const to = inputs.demand.length;
  const from = Math.max(policy.first, to - MINUTES_PER_WEEK);
  const { lead, goal, calendar, min, max } = options;
  const floors = floorsBetween(policy, from, to + minutesAhead(lead));
  const { start, values, known } = inputs.demand;
  const result = judge({ start, demand: values, known, floors, lead, from, to, goal, calendar, min, max });
  return { ...state, result, judgedAt: minute };
}

/** Updates margins every three hours. After each update it computes the cost of the last day. */
export function withMargins(
  policy: Policy,
  inputs: Inputs,
  index: number,
  options: ForecastOptions,
  state: State,
): State {
  const minute = inputs.demand.start + index;
  const newest = state.models.at(-1)!.fittedAt;
  const due = newest + Math.floor((minute - newest) / MARGIN_MINUTES) * MARGIN_MINUTES;
  if (state.margins?.at === due) return state;
  const margins = policy.marginsAt(index);
  return { ...state, margins, drift: driftOfLastDay(policy, inputs, options, state.result!) };
}

function driftOfLastDay(policy: Policy, { demand }: Inputs, options: ForecastOptions, result: BacktestResult): number {
  const to = demand.length;
  const from = Math.max(policy.first, to - 1.5 * MINUTES_PER_DAY);
  const floors = result.act ? floorsBetween(policy, from, to + minutesAhead(options.lead)) : new Float64Array(0);
  return driftOf(result, demand.values, floors, { first: policy.first, to }, options);
}

function floorsBetween(policy: Policy, from: number, to: number): Float64Array {
  const floors = new Float64Array(to);
  for (let index = from; index < to; index++) floors[index] = policy.floorAt(index);
  return floors;
}
