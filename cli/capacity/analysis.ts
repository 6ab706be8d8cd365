import { backtest } from '../../forecast/backtest';
import { calendarOf } from '../../forecast/calendar';
import { type BacktestResult, judge } from '../../forecast/gate';
import { priceOf } from '../../forecast/goal';
import { heldFloors } from '../../forecast/held-floors';
import { type Cleaning, MINUTES_PER_DAY, type Point } from '../../forecast/minutes';
import { costUnits, type Score, score } from '../../forecast/score';
import { followGate, type WeeklyGate } from '../../forecast/weekly-gate';
import { CapacityError } from './capacity-error';
import { type Certainty, certaintyOf } from './certainty';
import { clockOf, localDays, type Stretch } from './clock';
import { contendersOf, type PolicyId } from './contenders';
import { demandOf, loadOf } from './demand';
import { type Dollars, dollarsOf } from './dollars';
import { concurrencyLoad, type Load, runningOf } from './load';
import { type NothingWarm, nothingWarm } from './nothing-warm';
import type { Options } from './options';

/** Quantiles of the forecast, for plots. */
export const BAND_LEVELS = [0.5, 0.9, 0.99] as const;

/** Result of one policy over the compared minutes. */
export interface PolicyResult {
  readonly id: PolicyId;
  readonly name: string;
  readonly explanation: string;
  readonly score: Score;
  readonly dollars: Dollars;
  /**
   * Maximum number of requests with a cold start: one for each instance-minute beyond the
   * provisioned instances, because a started instance serves the rest of its minute. At most the
   * number of requests.
   */
  readonly coldRequests: number;
  /**
   * Requests beyond the provisioned instances, which run on demand, with or without a cold start.
   * Undefined if the number of requests isn't known.
   */
  readonly onDemandRequests?: number;
  /** Simulated: requests with a cold start times the duration of an initialisation. */
  readonly waitingSeconds?: number;
  /** Maximum of provisioned instances. */
  readonly peak: number;
}

/** One compared day. */
export interface DayResult {
  readonly day: string;
  readonly mean: number;
  readonly peak: number;
  readonly floorLeast: number;
  readonly floorMost: number;
  readonly ours: DayScore;
  /** Target tracking at the target that is cheapest over all compared minutes. */
  readonly reactive: DayScore;
  readonly won: boolean;
  /**
   * Whether at least half of the day was measured. Filled gaps can't show whether a forecast is
   * good.
   */
  readonly isMeasured: boolean;
}

export interface DayScore {
  readonly cold: number;
  readonly costRatio: number;
  readonly usd: number;
}

/** Values of each minute, for plots. */
export interface Traces {
  /** Whole minutes since 1970 of index 0. */
  readonly start: number;
  readonly demand: Float64Array;
  readonly floors: Float64Array;
  readonly applied: Float64Array;
  readonly reactive: Float64Array;
  readonly bands: readonly { readonly level: number; readonly values: Float64Array }[];
}

export interface Analysis {
  readonly points: number;
  readonly step: number;
  readonly cleaning: Cleaning;
  /** Minutes without a point that count as idle. */
  readonly idle: number;
  readonly days: number;
  readonly judged: Stretch & { readonly days: number };
  readonly load: Load;
  /** Price of a cold start, in idle instance-minutes. */
  readonly price: number;
  readonly policies: readonly PolicyResult[];
  /** Result of on-demand scaling alone over the compared minutes. */
  readonly nothingWarm: NothingWarm;
  /**
   * Saving of the forecast over target tracking at its best target, with its confidence interval.
   */
  readonly certainty: Certainty;
  /** Backtest over all compared minutes together. */
  readonly result: BacktestResult;
  /** Backtest results that a deployment would have had, week by week. */
  readonly weekly: WeeklyGate;
  readonly byDay: readonly DayResult[];
  readonly busiestDay: Stretch & { readonly day: string };
  readonly traces: Traces;
}

/**
 * Replays every policy over the points. The result is deterministic.
 * @param onDay called for each replayed day
 */
export function analyse(
  points: readonly Point[],
  options: Options,
  onDay: (done: number, of: number) => void = () => {},
): Analysis {
  const plain = loadOf(options);
  const { minutes, step, cleaning, idle } = demandOf(points, options, plain);
  const { lead, goal, min, max } = options;
  const calendar = calendarOf({ timeZone: options.timeZone, holidays: options.holidays });
  const replay = backtest(minutes, { lead, goal, calendar, levels: BAND_LEVELS, onDay });
  const { demand, from } = replay;
  const to = demand.length;
  const { requestsPerDay, requestsPerUnit } = options;
  const load =
    requestsPerDay === undefined
      ? plain
      : concurrencyLoad(
          runningOf({ requestsPerDay, requestsPerUnit: requestsPerUnit! }, sumOf(demand) / to, options.file),
        );
  if (!(greatest(demand.subarray(from)) > 0)) {
    throw new CapacityError(
      `${options.file} has no demand in its last ${((to - from) / MINUTES_PER_DAY).toFixed(0)} days, in which the policies are compared: give a file with demand in these days`,
    );
  }
  const price = priceOf(goal);
  const decided = replay.floors.map((units) => Math.min(max, Math.max(min, units)));
  const floors = heldFloors(decided, lead);
  const bounds = { min, ...(Number.isFinite(max) ? { max } : {}) };
  const settings = { start: minutes.start, lead, goal, calendar, ...bounds };
  const result = judge({ ...settings, demand, known: replay.known, floors: decided, from, to });
  const weekly = followGate({ ...replay, floors: decided }, settings);

  const contenders = contendersOf(replay, { floors, start: minutes.start, calendar, lead, min, max });
  const provisionOf = (id: PolicyId) => contenders.find((contender) => contender.id === id)!.provision;
  const applied = provisionOf('applied');
  const reactive = provisionOf(`tracking-${result.reactiveTarget}` as PolicyId);
  const stretch = { from, to };
  const policies = contenders.map(({ provision, ...policy }) => ({
    ...policy,
    ...resultOf(demand, provision, load, options, price, stretch),
  }));
  const days = localDays(clockOf(options.timeZone), minutes.start, from, to);
  const byDay = days.map(({ day, ...within }): DayResult => {
    const scoreOf = (provision: Float64Array): DayScore => {
      const { cold, costRatio } = score(demand, provision, within.from, within.to, price);
      const usd = dollarsOf(demand, provision, load, options.memoryMb, within.from, within.to).total;
      return { cold, costRatio, usd };
    };
    const [ours, theirs] = [scoreOf(applied), scoreOf(reactive)];
    const floorsOfDay = floors.subarray(within.from, within.to);
    const demandOfDay = demand.subarray(within.from, within.to);
    return {
      day,
      mean: sumOf(demandOfDay) / demandOfDay.length,
      peak: greatest(demandOfDay),
      floorLeast: -greatest(floorsOfDay.map((units) => -units)),
      floorMost: greatest(floorsOfDay),
      ours,
      reactive: theirs,
      won: ours.costRatio < theirs.costRatio,
      isMeasured: 2 * sumOf(replay.known.subarray(within.from, within.to)) >= within.to - within.from,
    };
  });
  const costOn = (provision: Float64Array, { from: a, to: b }: Stretch) =>
    costUnits(score(demand, provision, a, b, price), price);
  const dayCosts = days.map((day) => ({ ours: costOn(applied, day), theirs: costOn(reactive, day) }));
  const measuredDays = dayCosts.filter((_, i) => byDay[i]?.isMeasured);
  const busiestDay = days.reduce((best, day) =>
    sumOf(demand.subarray(day.from, day.to)) > sumOf(demand.subarray(best.from, best.to)) ? day : best,
  );
  return {
    points: points.length,
    step,
    cleaning,
    idle,
    days: demand.length / MINUTES_PER_DAY,
    judged: { from, to, days: (to - from) / MINUTES_PER_DAY },
    load,
    price,
    policies,
    nothingWarm: nothingWarm(demand, load, options.memoryMb, stretch),
    certainty: certaintyOf(measuredDays.length > 0 ? measuredDays : dayCosts),
    result,
    weekly,
    byDay,
    busiestDay,
    traces: { start: minutes.start, demand, floors, applied, reactive, bands: replay.bands },
  };
}

/** Scores a policy, and counts its dollars and cold starts. */
export function resultOf(
  demand: Float64Array,
  provision: Float64Array,
  load: Load,
  options: Pick<Options, 'memoryMb' | 'initMs'>,
  price: number,
  { from, to }: Stretch,
): Pick<PolicyResult, 'score' | 'dollars' | 'coldRequests' | 'onDemandRequests' | 'waitingSeconds' | 'peak'> {
  const { requestsOf } = load;
  let coldRequests = 0;
  let onDemandRequests = 0;
  for (let at = from; at < to; at++) {
    const wanted = demand[at]!;
    const beyond = wanted - provision[at]!;
    if (!(beyond > 0)) continue;
    const requests = requestsOf === undefined ? Number.POSITIVE_INFINITY : (requestsOf(wanted) * beyond) / wanted;
    onDemandRequests += requests;
    coldRequests += Math.min(beyond, requests);
  }
  return {
    score: score(demand, provision, from, to, price),
    dollars: dollarsOf(demand, provision, load, options.memoryMb, from, to),
    coldRequests,
    ...(requestsOf === undefined ? {} : { onDemandRequests }),
    ...(options.initMs === undefined ? {} : { waitingSeconds: (coldRequests * options.initMs) / 1000 }),
    peak: greatest(provision.subarray(from, to)),
  };
}

export function sumOf(values: ArrayLike<number> & Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

export function greatest(values: Float64Array): number {
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) if (value > max) max = value;
  return max;
}
