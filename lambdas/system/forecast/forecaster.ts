import { inputsOf, TRIAL_DAYS, WARM_UP_DAYS } from './backtest';
import { type Calendar, calendarOf } from './calendar';
import { driftOf, hasDrifted } from './drift';
import type { AnnouncedEvent } from './events';
import { FEATURES_VERSION, featureCount, type Inputs } from './features';
import { judge, type Verdict } from './gate';
import type { Goal } from './goal';
import { minutesAhead } from './held-floors';
import { MINUTES_PER_DAY, MINUTES_PER_WEEK, type Minutes } from './minutes';
import { fitModels, type Model, measured, predict } from './model';
import { ACTING_TARGET } from './policies';
import { decidingLevel, MARGIN_MINUTES, type Margins, Policy } from './policy';

/** Two weeks to learn from, the week before them for the seasons, and a week to spare. */
export const HISTORY_DAYS = 28;

/** A week of floors is judged, and each rests on margins from the week before it. */
const MODEL_DAYS = 15;

/** Quantiles that are shown. */
const SHOWN = [0.5, 0.9, 0.99] as const;

/** Minutes ahead, beyond the lead, of which quantiles are shown. They are for reading, not for deciding. */
const HORIZONS = [30, 60, 120, 240] as const;
const HORIZON_EVERY = 6;

/** Minutes for which measurements may be late before nothing is decided on them any more. */
const PATIENCE_MINUTES = 10;

/** Of the last 15 minutes so many must have been measured. */
const MEASURED_OF_15 = 8;

/** Target of target tracking before there is a verdict. */
export const DEFAULT_REACTIVE_TARGET = 0.7;

/** How forecasts are made for one target. */
export interface ForecastOptions {
  /**
   * Minutes between the newest known minute and the one that is decided for, both not counted. What measurements are late by is part of it:
   * when they are later than that, the minute is over.
   */
  readonly lead: number;
  readonly min: number;
  readonly max: number;
  readonly goal: Goal;
  readonly calendar?: Calendar;
  readonly events?: readonly AnnouncedEvent[];
  /** Days of history before it may act. Default: 14. */
  readonly warmUpDays?: number;
  /** Stands for what else is learned from and can't be told from the data: which indicators in which order, zone and holidays. Any short text. */
  readonly basis?: string;
}

/** What is kept between two runs; plain data. */
export interface State {
  /** The options that all of it was made with. */
  readonly madeFor?: string;
  readonly models: readonly Model[];
  /** For the next hours, of the newest fit only. */
  readonly horizons?: readonly Model[];
  readonly verdict?: Verdict;
  /** Whole minutes since 1970. */
  readonly judgedAt?: number;
  readonly margins?: Margins;
  /** Money of the last day over that of cautious target tracking, looked at with every margin. */
  readonly drift?: number;
}

/** What is known in a minute. */
export interface Situation {
  /** The minute that has just begun, whole minutes since 1970. */
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

/** What is to be done. */
export interface Decision {
  /** Least capacity; between `min` and `max`. */
  readonly floor: number;
  /** Target of target tracking. */
  readonly target: number;
  readonly mode: 'learning' | 'acting' | 'refused' | 'degraded';
  readonly reason: string;
  readonly forecast: readonly MinuteForecast[];
  readonly state: State;
  /** Whether the state is worth keeping: there is a new model or verdict in it. */
  readonly stateChanged: boolean;
}

/**
 * Decides for the minute `lead` + 1 minutes after the newest known one, and sets the highest floor of those from this minute on. It never
 * throws: doubt is a decision for the reactive kind.
 */
export function decide(situation: Situation): Decision {
  try {
    return decideOn(situation);
  } catch (error) {
    const reason = `an error stands against the forecast: ${error instanceof Error ? error.message : String(error)}`;
    return reactive(situation, 'degraded', reason, situation.state, false);
  }
}

function decideOn(situation: Situation): Decision {
  const { now, options } = situation;
  const history = knownPart(situation.history);
  const state = usable(situation);
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
  if (late > PATIENCE_MINUTES) {
    return reactive(situation, 'degraded', `nothing was measured for ${late} minutes`, state, false);
  }
  if (late < 0) {
    return reactive(situation, 'degraded', `measurements lie ${-late} minutes ahead of the clock`, state, false);
  }
  const inputs = inputsOf(history, situation.indicators ?? [], calendar);
  const learned = learn(inputs, minute, options, state);
  const policyOptions = { lead: options.lead, goal: options.goal, events: options.events ?? [], levels: SHOWN };
  const policy = new Policy(inputs, policyOptions, learned.models, inputs.demand.length + options.lead + 1);
  const index = minute - inputs.demand.start;
  const judged = judgedAnew(policy, inputs, index, options, learned);
  const margined = marginedAnew(policy, inputs, index, options, judged);
  const changed = margined.models !== state.models || margined.verdict !== state.verdict;
  const verdict = margined.verdict!;
  const forecast = [
    { minute, quantiles: policy.bandsAt(index, margined.margins).map((value, i) => ({ level: SHOWN[i]!, value })) },
    ...nextHours(inputs, margined.horizons ?? [], end),
  ];
  const fallBack = (mode: 'refused' | 'degraded', reason: string) => ({
    ...reactive(situation, mode, reason, margined, changed),
    forecast,
  });
  if (measured(inputs.demand.known, inputs.demand.length - 1) < MEASURED_OF_15) {
    return fallBack('degraded', 'most of the last 15 minutes were not measured');
  }
  const { drift } = margined;
  const lost = `the last day cost ${drift?.toFixed(2)} of what target tracking at ${verdict.cautiousTarget} would have cost`;
  if (!verdict.act && hasDrifted(drift)) return fallBack('refused', [...verdict.reasons, lost].join('; '));
  if (!verdict.act) return { ...fallBack('refused', verdict.reasons.join('; ')), target: verdict.reactiveTarget };
  if (hasDrifted(drift)) return fallBack('degraded', lost);
  // While measurements are late nothing newer can be decided, and the last one holds.
  const floor = heldFloor(policy, Math.min(index, now - inputs.demand.start), index, margined.margins!);
  if (!Number.isFinite(floor)) return fallBack('degraded', 'the forecast is no number');
  return {
    floor: within(floor, options),
    target: ACTING_TARGET,
    mode: 'acting',
    reason: verdict.reasons.join('; '),
    forecast,
    state: margined,
    stateChanged: changed,
  };
}

/**
 * Everything as it would be without forecasts, and with room: who refuses knows more, and may set another target. What was announced in
 * units needs no forecast, and holds all the same.
 */
function reactive(
  { now, options }: Situation,
  mode: Decision['mode'],
  reason: string,
  state: State,
  stateChanged: boolean,
): Decision {
  const target = state.verdict?.cautiousTarget ?? DEFAULT_REACTIVE_TARGET;
  return { floor: announcedFloor(options, now), target, mode, reason, forecast: [], state, stateChanged };
}

/** The floor that announced units ask for without any forecast: from `lead` minutes before an event to its end. */
export function announcedFloor(options: Pick<ForecastOptions, 'lead' | 'min' | 'max' | 'events'>, now: number): number {
  const units = (options.events ?? [])
    .filter(({ from, until, demand = 0 }) => from <= now + options.lead && until > now && demand > 0)
    .map(({ demand = 0 }) => demand);
  return within(Math.max(0, ...units), options);
}

function within(units: number, { min, max }: Pick<ForecastOptions, 'min' | 'max'>): number {
  return Math.min(max, Math.max(min, units));
}

/** Up to the newest measured minute, since the last ones may only be late; and no more than is of use. */
function knownPart({ start, values }: Minutes): Minutes {
  let end = values.length;
  while (end > 0 && !(values[end - 1]! >= 0)) end--;
  let from = Math.max(0, end - HISTORY_DAYS * MINUTES_PER_DAY);
  while (from < end && !(values[from]! >= 0)) from++;
  return { start: start + from, values: values.subarray(from, end) };
}

/** What was kept, or nothing if it belongs to other options, other features or a later time: models, margins and verdict are of one making. */
function usable({ state, options, indicators, now }: Situation): State {
  const level = decidingLevel(options.goal);
  const width = featureCount({ indicators: indicators ?? [] });
  const fits = (model: Model) =>
    model.features === FEATURES_VERSION && model.coefficients.length === width && model.fittedAt <= now + options.lead;
  const madeFor = settingsOf(options);
  const none = { madeFor, models: [] };
  // What another version of this function kept may have any shape.
  if (!Array.isArray(state?.models) || state.madeFor !== madeFor) return none;
  return state.models.every(fits) && state.models.some((model) => model.level === level) ? state : none;
}

/** What a verdict rests on besides the history. Announced events come and go, and are no part of it. */
function settingsOf({ lead, goal, min, max, basis = '' }: ForecastOptions): string {
  const wanted = goal.kind === 'price' ? goal.price : goal.cold;
  return [lead, goal.kind, wanted, min, max, basis].join(' ');
}

/** Fits a model if the newest one is a day old; at the very start two, so that there is something to judge. */
function learn(inputs: Inputs, minute: number, options: ForecastOptions, state: State): State {
  const newest = state.models.at(-1)?.fittedAt;
  const { start } = inputs.demand;
  if (newest !== undefined && minute - newest < MINUTES_PER_DAY) return state;
  const levels = [...new Set([decidingLevel(options.goal), ...SHOWN])];
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
  const horizons = HORIZONS.flatMap((ahead) => fitModels(inputs, at, options.lead + ahead, SHOWN, HORIZON_EVERY));
  return { ...state, models, horizons, margins: undefined };
}

/** A verdict on the trial at the very start, and on the last week once a week. */
function judgedAnew(policy: Policy, inputs: Inputs, index: number, options: ForecastOptions, state: State): State {
  const minute = inputs.demand.start + index;
  if (state.verdict && state.judgedAt !== undefined && minute - state.judgedAt < MINUTES_PER_WEEK) return state;
  const to = inputs.demand.length;
  const from = Math.max(policy.first, to - MINUTES_PER_WEEK);
  const { lead, goal, calendar, min, max } = options;
  const floors = floorsBetween(policy, from, to + minutesAhead(lead));
  const { start, values, known } = inputs.demand;
  const verdict = judge({ start, demand: values, known, floors, lead, from, to, goal, calendar, min, max });
  return { ...state, verdict, judgedAt: minute };
}

/** Margins every three hours, and with them a look back at the last day. */
function marginedAnew(policy: Policy, inputs: Inputs, index: number, options: ForecastOptions, state: State): State {
  const minute = inputs.demand.start + index;
  const newest = state.models.at(-1)!.fittedAt;
  const due = newest + Math.floor((minute - newest) / MARGIN_MINUTES) * MARGIN_MINUTES;
  if (state.margins?.at === due) return state;
  const margins = policy.marginsAt(index);
  return { ...state, margins, drift: lookBack(policy, inputs, options, state.verdict!) };
}

function lookBack(policy: Policy, { demand }: Inputs, options: ForecastOptions, verdict: Verdict): number {
  const to = demand.length;
  const from = Math.max(policy.first, to - 1.5 * MINUTES_PER_DAY);
  const floors = verdict.act ? floorsBetween(policy, from, to + minutesAhead(options.lead)) : new Float64Array(0);
  return driftOf(verdict, demand.values, floors, { first: policy.first, to }, options);
}

/** The highest of what was decided for the minutes from one to another: a lower floor waits for its minute. */
function heldFloor(policy: Policy, from: number, to: number, margins: Margins): number {
  let most = 0;
  for (let index = from; index <= to; index++) most = Math.max(most, policy.floorAt(index, margins));
  return most;
}

function floorsBetween(policy: Policy, from: number, to: number): Float64Array {
  const floors = new Float64Array(to);
  for (let index = from; index < to; index++) floors[index] = policy.floorAt(index);
  return floors;
}

function nextHours(inputs: Inputs, horizons: readonly Model[], end: number): MinuteForecast[] {
  const leads = [...new Set(horizons.map(({ lead }) => lead))];
  return leads.map((lead) => {
    let least = 0;
    const quantiles = horizons
      .filter((model) => model.lead === lead)
      .map((model) => {
        least = Math.max(least, predict(inputs, model, end + lead - inputs.demand.start));
        return { level: model.level, value: least };
      });
    return { minute: end + lead, quantiles };
  });
}
