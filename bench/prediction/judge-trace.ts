import { backtest, inputsOf } from '../../lambdas/system/forecast/backtest';
import { calendarOf } from '../../lambdas/system/forecast/calendar';
import type { Goal } from '../../lambdas/system/forecast/goal';
import { MINUTES_PER_DAY, type Minutes } from '../../lambdas/system/forecast/minutes';
import type { Model } from '../../lambdas/system/forecast/model';
import {
  ACTING_TARGET,
  fixedAt,
  oracle,
  percentile,
  persistence,
  rollingMaximum,
  seasonal,
  targetTracking,
} from '../../lambdas/system/forecast/policies';
import { Policy } from '../../lambdas/system/forecast/policy';
import { fitRollingMaximum, fitTargetTracking, type Score, score } from '../../lambdas/system/forecast/score';
import { followGate, type WeeklyGate } from '../../lambdas/system/forecast/weekly-gate';

/** What textbooks and teams put on top of a guess. */
const HEADROOM = 1.2;
const ONE_PERCENT: Goal = { kind: 'limit', cold: 0.01 };

/** What is asked of one trace at one lead. */
export interface Question {
  readonly minutes: Minutes;
  readonly lead: number;
  /** Quantiles whose coverage is measured. */
  readonly levels: readonly number[];
  readonly onDay?: (done: number, of: number) => void;
}

/** One policy over the judged days. */
export interface Row {
  readonly policy: string;
  readonly cold: number;
  readonly cost: number;
  readonly money: number;
  /** Its cost over that of a peer whose margin hindsight set to leave just as much cold. */
  readonly overTargetTracking?: number;
  readonly overRollingMax?: number;
}

/** One trace at one lead. */
export interface Judged {
  readonly lead: number;
  readonly warmUpDays: number;
  readonly judgedDays: number;
  readonly rows: readonly Row[];
  readonly ours: Row;
  readonly targetTracking: Score;
  readonly rollingMax15: Score;
  /** Floors for the goal "at most 1 % cold" instead of a price; only where their quantile is among the levels. */
  readonly atOnePercent?: Row;
  readonly gate: WeeklyGate;
  /** Share of the judged minutes whose demand lay at or below a quantile. */
  readonly coverage: Readonly<Record<string, number>>;
}

/** All policies on one trace. What is compared is decided from the same minutes: demand up to `lead` + 1 minutes before. */
export function judgeTrace({ minutes, lead, levels, onDay }: Question): Judged {
  const replay = backtest(minutes, { lead, levels, onDay });
  const { demand, from, floors } = replay;
  const row = (policy: string, { cold, cost, money }: Score): Row => ({ policy, cold, cost, money });
  const scored = (policy: string, provision: Float64Array) => row(policy, score(demand, provision, from));
  const compared = (policy: string, provision: Float64Array) => {
    const own = score(demand, provision, from);
    const tracking = fitTargetTracking(demand, { lead, cold: own.cold, from });
    const rolling = fitRollingMaximum(demand, { lead, cold: own.cold, from });
    const ratios = { overTargetTracking: own.cost / tracking.cost, overRollingMax: own.cost / rolling.cost };
    return { row: { ...row(policy, own), ...ratios }, tracking, rolling };
  };

  const tracked = (target: number) => targetTracking(demand, { lead, target });
  const applied = targetTracking(demand, { lead, target: ACTING_TARGET, floor: floors });
  const ours = compared('ours (floors as decided)', floors);
  const asApplied = compared('ours, applied with target tracking', applied);
  const limited = levels.includes(0.9)
    ? compared('ours for at most 1 % cold', floorsFor(ONE_PERCENT, minutes, lead, from, replay.models))
    : undefined;
  const usual = percentile(demand.subarray(0, from), 0.99);
  return {
    lead,
    warmUpDays: from / MINUTES_PER_DAY,
    judgedDays: (demand.length - from) / MINUTES_PER_DAY,
    rows: [
      scored('fixed at p99 of the warm-up', fixedAt(demand, { units: usual })),
      scored('target tracking 0.7', tracked(0.7)),
      scored('target tracking 0.5', tracked(0.5)),
      row(`target tracking ${ours.tracking.target.toFixed(3)}, fitted`, ours.tracking),
      scored(`rolling maximum x ${HEADROOM}`, rollingMaximum(demand, { lead, factor: HEADROOM })),
      row(`rolling maximum x ${ours.rolling.factor.toFixed(3)}, fitted`, ours.rolling),
      scored(`last value x ${HEADROOM}`, persistence(demand, { lead, factor: HEADROOM })),
      scored(`week before x ${HEADROOM}`, seasonal(demand, { lead, factor: HEADROOM })),
      ours.row,
      asApplied.row,
      ...(limited ? [limited.row] : []),
      scored('oracle', oracle(demand)),
    ],
    ours: ours.row,
    targetTracking: ours.tracking,
    rollingMax15: ours.rolling,
    ...(limited ? { atOnePercent: limited.row } : {}),
    gate: followGate(replay, { start: minutes.start, lead }),
    coverage: Object.fromEntries(
      replay.bands.map(({ level, values }) => [String(level), coverage(minutes.values, values, from)]),
    ),
  };
}

/** Floors for another goal by the models that are there already. */
function floorsFor(goal: Goal, minutes: Minutes, lead: number, from: number, models: readonly Model[]): Float64Array {
  const policy = new Policy(inputsOf(minutes, [], calendarOf()), { lead, goal, events: [], levels: [] }, models);
  const floors = new Float64Array(minutes.values.length);
  for (let index = from; index < floors.length; index++) floors[index] = policy.floorAt(index);
  return floors;
}

function coverage(measured: Float64Array, band: Float64Array, from: number): number {
  let below = 0;
  let known = 0;
  for (let i = from; i < measured.length; i++) {
    if (Number.isNaN(measured[i]!)) continue;
    known++;
    if (measured[i]! <= band[i]!) below++;
  }
  return below / known;
}
