import { backtest, inputsOf } from '../../forecast/backtest';
import { calendarOf } from '../../forecast/calendar';
import { REACTIVE_TARGETS } from '../../forecast/gate';
import type { Goal } from '../../forecast/goal';
import { heldFloors } from '../../forecast/held-floors';
import { MINUTES_PER_DAY, type Minutes } from '../../forecast/minutes';
import type { Model } from '../../forecast/model';
import {
  ACTING_TARGET,
  fixedAt,
  oracle,
  percentile,
  persistence,
  rollingMaximum,
  seasonal,
  targetTracking,
} from '../../forecast/policies';
import { Policy } from '../../forecast/policy';
import { fitRollingMaximum, fitTargetTracking, type Score, score } from '../../forecast/score';
import { followGate, type WeeklyGate } from '../../forecast/weekly-gate';

/**
 * Factor by which plain forecasts are multiplied. Textbooks and teams commonly provision 20 % more
 * than a forecast.
 */
const HEADROOM = 1.2;
const ONE_PERCENT: Goal = { kind: 'limit', cold: 0.01 };

/** The input of one comparison: a trace and a lead time. */
export interface Question {
  readonly minutes: Minutes;
  readonly lead: number;
  /** Quantiles whose coverage is measured. */
  readonly levels: readonly number[];
  readonly onDay?: (done: number, of: number) => void;
}

/** The scores of one policy over the judged days. */
export interface Row {
  readonly policy: string;
  readonly cold: number;
  /** Provisioning ratio. Undefined if the judged days have no demand. */
  readonly cost?: number;
  readonly costRatio?: number;
  /**
   * Cost of the forecast, divided by the cost of the compared policy. The setting of the compared
   * policy is chosen in hindsight, so that both have the same cold share. Undefined if no setting
   * gives the same cold share.
   */
  readonly overTargetTracking?: number;
  readonly overRollingMax?: number;
}

/** The results for one trace and one lead time. */
export interface Judged {
  readonly lead: number;
  /** Quantiles whose coverage was measured. */
  readonly levels: readonly number[];
  readonly warmUpDays: number;
  readonly judgedDays: number;
  readonly rows: readonly Row[];
  readonly ours: Row;
  readonly targetTracking: Row;
  readonly rollingMax15: Row;
  /**
   * Score of floors for the goal "at most 1 % cold" instead of a price. Undefined if the quantile
   * for this goal (0.9) isn't among the levels.
   */
  readonly atOnePercent?: Row;
  readonly gate: WeeklyGate;
  /**
   * By level, the share of the judged minutes whose demand was at most the quantile. A level is
   * absent if too few minutes were measured.
   */
  readonly coverage: Readonly<Record<string, number>>;
  /**
   * By level, the distance of the coverage from the level, in percentage points; see `coverageOf`.
   */
  readonly coverageMiss: Readonly<Record<string, number>>;
}

/**
 * Scores all policies on one trace. All policies decide with the same data: demand up to `lead` + 1
 * minutes before the decided minute.
 */
export function judgeTrace({ minutes, lead, levels, onDay }: Question): Judged {
  const replay = backtest(minutes, { lead, levels, onDay });
  const { demand, from, floors } = replay;
  const scored = (policy: string, provision: Float64Array) => row(policy, score(demand, provision, from));
  const compared = (policy: string, provision: Float64Array) => {
    const own = score(demand, provision, from);
    const tracking = fitTargetTracking(demand, { lead, cold: own.cold, from });
    const rolling = fitRollingMaximum(demand, { lead, cold: own.cold, from });
    const ratios = {
      ...(reaches(tracking, own) ? { overTargetTracking: own.provisioningRatio / tracking.provisioningRatio } : {}),
      ...(reaches(rolling, own) ? { overRollingMax: own.provisioningRatio / rolling.provisioningRatio } : {}),
    };
    return { row: { ...row(policy, own), ...ratios }, tracking, rolling };
  };

  const tracked = (target: number) => targetTracking(demand, { lead, target });
  const applied = targetTracking(demand, { lead, target: ACTING_TARGET, floor: heldFloors(floors, lead) });
  const ours = compared('ours (floors as decided)', floors);
  const asApplied = compared('ours, applied with target tracking', applied);
  const limited = levels.includes(0.9)
    ? compared('ours for at most 1 % cold', floorsFor(ONE_PERCENT, minutes, lead, from, replay.models))
    : undefined;
  const usual = percentile(demand.subarray(0, from), 0.99);
  const fittedTracking = row(`target tracking ${ours.tracking.target.toFixed(3)}, fitted`, ours.tracking);
  const fittedMaximum = row(`rolling maximum x ${ours.rolling.factor.toFixed(3)}, fitted`, ours.rolling);
  const gate = followGate(replay, { start: minutes.start, lead });
  const smallest = leastAbove0(minutes.values);
  const covered = replay.bands.flatMap(({ level, values }) => {
    const found = coverageOf({ measured: minutes.values, band: values, level, from, smallest });
    return found === undefined ? [] : [{ level: String(level), ...found }];
  });
  return {
    lead,
    levels,
    warmUpDays: from / MINUTES_PER_DAY,
    judgedDays: (demand.length - from) / MINUTES_PER_DAY,
    rows: [
      scored('fixed at p99 of the warm-up', fixedAt(demand, { units: usual })),
      ...REACTIVE_TARGETS.map((target) => scored(`target tracking ${target}`, tracked(target))),
      fittedTracking,
      scored(`rolling maximum x ${HEADROOM}`, rollingMaximum(demand, { lead, factor: HEADROOM })),
      fittedMaximum,
      scored(`last value x ${HEADROOM}`, persistence(demand, { lead, factor: HEADROOM })),
      scored(`week before x ${HEADROOM}`, seasonal(demand, { lead, factor: HEADROOM })),
      ours.row,
      asApplied.row,
      ...(limited ? [limited.row] : []),
      row('following the gate', gate.followed),
      scored('oracle', oracle(demand)),
    ],
    ours: ours.row,
    targetTracking: fittedTracking,
    rollingMax15: fittedMaximum,
    ...(limited ? { atOnePercent: limited.row } : {}),
    gate,
    coverage: Object.fromEntries(covered.map(({ level, share }) => [level, share])),
    coverageMiss: Object.fromEntries(covered.map(({ level, miss }) => [level, miss])),
  };
}

/** Computes floors for another goal from the same models. */
function floorsFor(goal: Goal, minutes: Minutes, lead: number, from: number, models: readonly Model[]): Float64Array {
  const policy = new Policy(inputsOf(minutes, [], calendarOf()), { lead, goal, events: [], levels: [] }, models);
  const floors = new Float64Array(minutes.values.length);
  for (let index = from; index < floors.length; index++) floors[index] = policy.floorAt(index);
  return floors;
}

function row(policy: string, { cold, provisioningRatio: cost, costRatio, needed }: Score): Row {
  return needed > 0 ? { policy, cold, cost, costRatio } : { policy, cold };
}

/**
 * Whether the compared policy's cold share is at most that of the forecast, so that costs can be
 * compared.
 */
function reaches(peer: Score, { cold, needed }: Score): boolean {
  return needed > 0 && peer.cold <= cold + 1e-9;
}

/**
 * Minimum number of measured minutes. With fewer minutes, the error of the 0.99 quantile's coverage
 * would be larger than a percentage point.
 */
export const MIN_MEASURED = 1_000;

/**
 * Maximum relative distance at which demand counts as equal to a quantile. Without this tolerance,
 * rounding errors would decide the result of a constant series.
 */
const TIE = 1e-3;

/**
 * Computes the distance between a quantile's level and the share of minutes below the quantile. Two
 * kinds of minutes don't count as a miss, because no forecast could meet the level in them. First,
 * if a minute's demand equals the quantile, the minute may count as below or as above it. Second, a
 * minute's quantile may be lower than the lowest demand of the trace. Then a higher share of demand
 * at or below the quantile isn't a miss. The result is undefined if too few minutes were measured.
 */
export function coverageOf({
  measured,
  band,
  level,
  from,
  smallest,
}: {
  readonly measured: Float64Array;
  readonly band: Float64Array;
  readonly level: number;
  readonly from: number;
  /** Lowest demand above zero. */
  readonly smallest: number;
}): { readonly share: number; readonly miss: number } | undefined {
  const some = { known: 0, below: 0, tied: 0 };
  const nothing = { known: 0, below: 0 };
  let below = 0;
  for (let i = from; i < measured.length; i++) {
    const demand = measured[i]!;
    const quantile = band[i]!;
    if (Number.isNaN(demand)) continue;
    if (demand <= quantile) below++;
    if (quantile < (1 - TIE) * smallest) {
      nothing.known++;
      if (demand <= quantile) nothing.below++;
    } else {
      some.known++;
      if (Math.abs(demand - quantile) <= TIE * quantile) some.tied++;
      else if (demand < quantile) some.below++;
    }
  }
  const known = some.known + nothing.known;
  if (known < MIN_MEASURED) return undefined;
  const missed = Math.max(0, some.below - level * some.known, level * some.known - some.below - some.tied);
  const promised = Math.max(0, level * nothing.known - nothing.below);
  const share = below / known;
  return { share, miss: 100 * Math.min(Math.abs(share - level), (missed + promised) / known) };
}

function leastAbove0(values: Float64Array): number {
  return values.reduce(
    (smallest, value) => (value > 0 && value < smallest ? value : smallest),
    Number.POSITIVE_INFINITY,
  );
}
