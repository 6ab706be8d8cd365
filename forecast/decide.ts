import { inputsOf, WARM_UP_DAYS } from './backtest';
import { calendarOf } from './calendar';
import { hasDrifted } from './drift';
import type { Inputs } from './features';
import {
  type ForecastOptions,
  LOGGED_LEVELS,
  learn,
  type State,
  usable,
  withBacktest,
  withMargins,
} from './learned-state';
import { MINUTES_PER_DAY, type Minutes } from './minutes';
import { type Model, measured, predict } from './model';
import { ACTING_TARGET } from './policies';
import { type Margins, Policy } from './policy';

/**
 * Days of history that are used: two weeks for the fit, the week before for values of a week
 * earlier, and one more week in reserve.
 */
export const HISTORY_DAYS = 28;

/** Maximum delay of measurements in minutes. With a longer delay, the forecast is degraded. */
const MAX_LATE_MINUTES = 10;

/** Minimum number of measured minutes among the last 15. */
const MIN_MEASURED_OF_15 = 8;

/** Target utilisation of target tracking before the first backtest. */
export const DEFAULT_REACTIVE_TARGET = 0.7;

/** Input of a decision. */
export interface Situation {
  /** The current minute, in whole minutes since 1970. */
  readonly now: number;
  readonly history: Minutes;
  readonly indicators?: readonly Minutes[];
  readonly state: State;
  readonly options: ForecastOptions;
}

/** Quantiles of one minute. */
export interface MinuteForecast {
  readonly minute: number;
  readonly quantiles: readonly { readonly level: number; readonly value: number }[];
}

/** The decision for a minute. */
export interface Decision {
  /** Minimum provisioned concurrency, between `min` and `max`. */
  readonly floor: number;
  /** Target utilisation of target tracking. */
  readonly target: number;
  readonly mode: 'learning' | 'acting' | 'refused' | 'degraded';
  readonly reason: string;
  readonly forecast: readonly MinuteForecast[];
  readonly state: State;
  /**
   * Whether the state has changed and must be stored, because it has a new model or backtest
   * result.
   */
  readonly stateChanged: boolean;
}

/**
 * Decides the floor of the planned minute, which is `lead` + 1 minutes after the newest measured
 * minute. The returned floor is the highest floor of all minutes from now to the planned minute.
 * The function never throws. After an error, target tracking scales alone.
 */
export function decide(situation: Situation): Decision {
  try {
    return decideOn(situation);
  } catch (error) {
    const reason = `the forecast failed: ${error instanceof Error ? error.message : String(error)}`;
    return reactive(situation, 'degraded', reason, situation.state, false);
  }
}

function decideOn(situation: Situation): Decision {
  const { now, options } = situation;
  const history = knownPart(situation.history);
  const state = usable(situation.state, options, situation.indicators ?? [], now);
  if (history.values.length === 0) return reactive(situation, 'learning', 'nothing was measured yet', state, false);
  const warmUp = options.warmUpDays ?? WARM_UP_DAYS;
  const end = history.start + history.values.length;
  const late = now - end;
  const minute = end + options.lead;
  const calendar = options.calendar ?? calendarOf();
  const days = Math.floor((minute - history.start) / MINUTES_PER_DAY);
  if (days < warmUp) {
    return reactive(situation, 'learning', `${days} of ${warmUp} days are known`, state, false);
  }
  if (late > MAX_LATE_MINUTES) {
    return reactive(situation, 'degraded', `nothing was measured for ${late} minutes`, state, false);
  }
  if (late < 0) {
    return reactive(situation, 'degraded', `measurements lie ${-late} minutes ahead of the clock`, state, false);
  }
  const inputs = inputsOf(history, situation.indicators ?? [], calendar);
  const learned = learn(inputs, minute, options, state);
  const policyOptions = { lead: options.lead, goal: options.goal, events: options.events ?? [], levels: LOGGED_LEVELS };
  const policy = new Policy(inputs, policyOptions, learned.models, inputs.demand.length + options.lead + 1);
  const index = minute - inputs.demand.start;
  const judged = withBacktest(policy, inputs, index, options, learned);
  const margined = withMargins(policy, inputs, index, options, judged);
  const changed = margined.models !== state.models || margined.result !== state.result;
  const result = margined.result!;
  const forecast = [
    {
      minute,
      quantiles: policy.bandsAt(index, margined.margins).map((value, i) => ({ level: LOGGED_LEVELS[i]!, value })),
    },
    ...nextHours(inputs, margined.horizons ?? [], end),
  ];
  const fallBack = (mode: 'refused' | 'degraded', reason: string) => ({
    ...reactive(situation, mode, reason, margined, changed),
    forecast,
  });
  if (measured(inputs.demand.known, inputs.demand.length - 1) < MIN_MEASURED_OF_15) {
    return fallBack('degraded', 'most of the last 15 minutes were not measured');
  }
  const { drift } = margined;
  const lost = `the last day cost ${drift?.toFixed(2)} of what target tracking at ${result.cautiousTarget} would have cost`;
  if (!result.act && hasDrifted(drift)) return fallBack('refused', [...result.reasons, lost].join('; '));
  if (!result.act) return { ...fallBack('refused', result.reasons.join('; ')), target: result.reactiveTarget };
  if (hasDrifted(drift)) return fallBack('degraded', lost);
  // If measurements are very late, the planned minute is before the current minute. The forecast
  // can't reach the current minute, so the planned minute's floor remains.
  const floor = heldFloor(policy, Math.min(index, now - inputs.demand.start), index, margined.margins!);
  if (!Number.isFinite(floor)) return fallBack('degraded', 'the forecast is no number');
  return {
    floor: within(floor, options),
    target: ACTING_TARGET,
    mode: 'acting',
    reason: result.reasons.join('; '),
    forecast,
    state: margined,
    stateChanged: changed,
  };
}

/**
 * The decision that target tracking scales alone, at the cautious target. After a failed backtest,
 * the caller replaces the target with the cheapest one. The `demand` of announced events still
 * applies, because it needs no forecast.
 */
function reactive(
  { now, options }: Situation,
  mode: Decision['mode'],
  reason: string,
  state: State,
  stateChanged: boolean,
): Decision {
  const target = state.result?.cautiousTarget ?? DEFAULT_REACTIVE_TARGET;
  return { floor: announcedFloor(options, now), target, mode, reason, forecast: [], state, stateChanged };
}

/**
 * The floor of announced events with `demand`. It needs no forecast. It applies from `lead` minutes
 * before an event to the end of the event.
 */
export function announcedFloor(options: Pick<ForecastOptions, 'lead' | 'min' | 'max' | 'events'>, now: number): number {
  const units = (options.events ?? [])
    .filter(({ from, until, demand = 0 }) => from <= now + options.lead && until > now && demand > 0)
    .map(({ demand = 0 }) => demand);
  return within(Math.max(0, ...units), options);
}

function within(units: number, { min, max }: Pick<ForecastOptions, 'min' | 'max'>): number {
  return Math.min(max, Math.max(min, units));
}

/** The last `HISTORY_DAYS` days up to the newest measured minute. */
function knownPart({ start, values }: Minutes): Minutes {
  let end = values.length;
  while (end > 0 && !(values[end - 1]! >= 0)) end--;
  let from = Math.max(0, end - HISTORY_DAYS * MINUTES_PER_DAY);
  while (from < end && !(values[from]! >= 0)) from++;
  return { start: start + from, values: values.subarray(from, end) };
}

/**
 * The highest floor of the minutes `from` to `to`. So a lower floor takes effect only when its own
 * minute comes.
 */
function heldFloor(policy: Policy, from: number, to: number, margins: Margins): number {
  let highest = 0;
  for (let index = from; index <= to; index++) highest = Math.max(highest, policy.floorAt(index, margins));
  return highest;
}

function nextHours(inputs: Inputs, horizons: readonly Model[], end: number): MinuteForecast[] {
  const leads = [...new Set(horizons.map(({ lead }) => lead))];
  return leads.map((lead) => {
    let lower = 0;
    const quantiles = horizons
      .filter((model) => model.lead === lead)
      .map((model) => {
        lower = Math.max(lower, predict(inputs, model, end + lead - inputs.demand.start));
        return { level: model.level, value: lower };
      });
    return { minute: end + lead, quantiles };
  });
}
