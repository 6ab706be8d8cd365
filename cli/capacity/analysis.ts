import { backtest } from '../../forecast/backtest';
import { calendarOf } from '../../forecast/calendar';
import { judge, type Verdict } from '../../forecast/gate';
import { priceOf } from '../../forecast/goal';
import { heldFloors } from '../../forecast/held-floors';
import { type Cleaning, MINUTES_PER_DAY, type Point } from '../../forecast/minutes';
import { type Score, score } from '../../forecast/score';
import { followGate, type WeeklyGate } from '../../forecast/weekly-gate';
import { CapacityError } from './capacity-error';
import { clockOf, localDays, type Stretch } from './clock';
import { contendersOf, type PolicyId } from './contenders';
import { demandOf, loadOf } from './demand';
import { concurrencyLoad, type Load, runningOf } from './load';
import { type Dollars, dollarsOf } from './money';
import type { Options } from './options';

export const BAND_LEVELS = [0.5, 0.9, 0.99] as const;

/** How one policy did in the judged minutes. */
export interface PolicyResult {
  readonly id: PolicyId;
  readonly name: string;
  readonly explanation: string;
  readonly score: Score;
  readonly dollars: Dollars;
  /**
   * At most so many requests waited for an instance to start: one for each unit-minute beyond the provision, since what starts serves the
   * rest of that minute; or all that came, where a request takes more than a minute.
   */
  readonly coldRequests: number;
  /** Requests that found no warm unit and were served on demand, cold or not; undefined where requests aren't known. */
  readonly onDemandRequests?: number;
  /** Simulated: cold requests times how long a cold initialisation takes. */
  readonly waitingSeconds?: number;
  /** Most units provisioned at once. */
  readonly peak: number;
}

/** How a day went. */
export interface DayResult {
  readonly day: string;
  readonly mean: number;
  readonly peak: number;
  readonly floorLeast: number;
  readonly floorMost: number;
  readonly ours: DayScore;
  /** The better of the two target trackings over the whole judged time. */
  readonly reactive: DayScore;
  readonly won: boolean;
  /** Whether at least half of it was measured: a day that was filled in says nothing of who foresaw it. */
  readonly isMeasured: boolean;
}

export interface DayScore {
  readonly cold: number;
  readonly money: number;
  readonly usd: number;
}

/** Minute by minute, for plots. */
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
  /** Minutes without a point that were taken as idle. */
  readonly idle: number;
  readonly days: number;
  readonly judged: Stretch & { readonly days: number };
  readonly load: Load;
  /** Idle unit-minutes that a cold request is worth. */
  readonly price: number;
  readonly policies: readonly PolicyResult[];
  /** What the judged minutes cost with nothing kept warm; undefined where nobody said how much runs. */
  readonly onDemand?: Dollars;
  /** On all judged minutes at once. */
  readonly verdict: Verdict;
  /** What a deployed gate would have said, week by week. */
  readonly weekly: WeeklyGate;
  readonly byDay: readonly DayResult[];
  readonly busiestDay: Stretch & { readonly day: string };
  readonly traces: Traces;
}

/** Replays everything over the points. Deterministic: no clock, no chance. @param onDay told of each day replayed */
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
      `${options.file} holds no demand in its last ${((to - from) / MINUTES_PER_DAY).toFixed(0)} days, which would be judged: nothing to compare`,
    );
  }
  const price = priceOf(goal);
  const decided = replay.floors.map((units) => Math.min(max, Math.max(min, units)));
  const floors = heldFloors(decided, lead);
  const bounds = { min, ...(Number.isFinite(max) ? { max } : {}) };
  const settings = { start: minutes.start, lead, goal, calendar, ...bounds };
  const verdict = judge({ ...settings, demand, known: replay.known, floors: decided, from, to });
  const weekly = followGate({ ...replay, floors: decided }, settings);

  const contenders = contendersOf(replay, { floors, start: minutes.start, calendar, lead, min, max });
  const provisionOf = (id: PolicyId) => contenders.find((contender) => contender.id === id)!.provision;
  const applied = provisionOf('applied');
  const reactive = provisionOf(`tracking-${verdict.cautiousTarget}` as PolicyId);
  const stretch = { from, to };
  const policies = contenders.map(({ provision, ...policy }) => ({
    ...policy,
    ...resultOf(demand, provision, load, options, price, stretch),
  }));
  const days = localDays(clockOf(options.timeZone), minutes.start, from, to);
  const byDay = days.map(({ day, ...within }): DayResult => {
    const scoreOf = (provision: Float64Array): DayScore => {
      const { cold, money } = score(demand, provision, within.from, within.to, price);
      const usd = dollarsOf(demand, provision, load, options.memoryMb, within.from, within.to).total;
      return { cold, money, usd };
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
      won: ours.money < theirs.money,
      isMeasured: 2 * sumOf(replay.known.subarray(within.from, within.to)) >= within.to - within.from,
    };
  });
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
    ...(load.busyOf === undefined
      ? {}
      : { onDemand: dollarsOf(demand, new Float64Array(to), load, options.memoryMb, from, to) }),
    verdict,
    weekly,
    byDay,
    busiestDay,
    traces: { start: minutes.start, demand, floors, applied, reactive, bands: replay.bands },
  };
}

/** Scores a policy and counts what it costs and who waits. */
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
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) if (value > most) most = value;
  return most;
}
