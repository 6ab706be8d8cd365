import type { Calendar } from './calendar';
import { DEFAULT_GOAL, type Goal, priceOf } from './goal';
import { heldFloors } from './held-floors';
import { MINUTES_PER_DAY } from './minutes';
import { ACTING_TARGET, seasonal, targetTracking } from './policies';
import { costUnits, type Score, score } from './score';

/**
 * Target utilisations of target tracking with which a forecast is compared. aws-cdk-lib allows at
 * most 0.9.
 */
export const REACTIVE_TARGETS = [0.5, 0.6, 0.7, 0.8, 0.9] as const;

/**
 * Maximum of a cautious target. A target up to this value leaves enough spare capacity for
 * unexpected demand.
 */
const MAX_CAUTIOUS_TARGET = 0.7;

/**
 * Maximum cost of a forecast, relative to the cheapest target. A forecast that saves less than 3 %
 * isn't worth its complexity.
 */
const MAX_COST_RATIO = 0.97;

/**
 * Maximum relative cost if the day on which the forecast saved most is left out. So one unusual day
 * can't decide the result.
 */
const MAX_COST_RATIO_WITHOUT_BEST_DAY = 0.98;

/**
 * Minimum share of days on which the forecast must be cheaper. This condition reduces the effect of
 * chance.
 */
const MIN_DAYS_WON = 0.7;

/** Minimum number of counted days, because one day isn't enough for a result. */
const MIN_DAYS_CONTESTED = 2;

/**
 * Share of a usual day's cost. A day without demand may cost more than target tracking by this
 * share, because capacity of the previous day remains for some time.
 */
const NEGLIGIBLE = 0.01;

const SEASONAL_FACTOR = 1.2;

/** The backtest result: whether forecasts may act, with reasons. */
export interface BacktestResult {
  readonly act: boolean;
  /** One sentence with numbers for each check. */
  readonly reasons: readonly string[];
  /** The reasons of failed checks. */
  readonly failed: readonly string[];
  readonly days: number;
  /** Score of forecast floors, with target tracking for demand above them. */
  readonly ours: Score;
  /** Scores of target tracking alone, at each of `REACTIVE_TARGETS`. */
  readonly targetTracking: readonly { readonly target: number; readonly score: Score }[];
  readonly seasonal: Score;
  readonly daysWon: number;
  /**
   * Number of counted days. A day counts if at least half of it was measured, and if it had demand
   * or provisioned capacity.
   */
  readonly daysContested: number;
  /** Target with the lowest cost. Target tracking uses it after a failed backtest. */
  readonly reactiveTarget: number;
  /**
   * Target with the lowest cost among the targets up to 0.7. Target tracking uses it while the
   * forecast is degraded.
   */
  readonly cautiousTarget: number;
  /** Whole minutes since 1970. */
  readonly judgedFrom: number;
  readonly judgedUntil: number;
}

/** The input of a backtest. */
export interface Trial {
  /** Whole minutes since 1970 of the first value. */
  readonly start: number;
  readonly demand: Float64Array;
  /**
   * 1 for each measured minute, else 0. A day counts only if at least half of its minutes were
   * measured.
   * @default - all minutes were measured
   */
  readonly known?: Uint8Array;
  /**
   * The decided floor of each minute. The array may also contain floors for minutes after the end
   * of `demand`.
   */
  readonly floors: Float64Array;
  readonly lead: number;
  /** Index of the first judged minute. */
  readonly from: number;
  /**
   * Index after the last judged minute.
   * @default - the end of the series
   */
  readonly to?: number;
  readonly goal?: Goal;
  readonly calendar?: Calendar;
  readonly min?: number;
  readonly max?: number;
}

/**
 * Compares forecast floors, as Application Auto Scaling would apply them, with two other policies
 * over the same minutes: target tracking, and last week's demand. The measure is the cost ratio:
 * instances plus the price of cold starts, divided by ideal instances.
 *
 * Forecasts may act if all these checks hold. Forecasts cost at most 0.97 of the cheapest target,
 * and at most 0.98 without the day on which they saved most. Forecasts are cheaper on at least 70 %
 * of the days. Forecasts cost less than last week's demand x 1.2.
 */
export function judge(trial: Trial): BacktestResult {
  const { demand, lead, from, min, max } = trial;
  const to = trial.to ?? demand.length;
  const goal = trial.goal ?? DEFAULT_GOAL;
  const price = priceOf(goal);
  const scored = (provision: Float64Array) => score(demand, provision, from, to, price);
  const floor = heldFloors(trial.floors, lead);
  const oursApplied = targetTracking(demand, { lead, target: ACTING_TARGET, floor, min, max });
  const reactive = REACTIVE_TARGETS.map((target) => {
    const provision = targetTracking(demand, { lead, target, min, max });
    return { target, provision, score: scored(provision) };
  });
  const cheapest = (some: typeof reactive) =>
    some.reduce((best, one) => (one.score.costRatio < best.score.costRatio ? one : best));
  const best = cheapest(reactive);
  const cautious = cheapest(reactive.filter(({ target }) => target <= MAX_CAUTIOUS_TARGET));
  const lastWeek = seasonal(demand, { lead, factor: SEASONAL_FACTOR, calendar: trial.calendar, start: trial.start });
  const guess = scored(lastWeek.map((units) => Math.min(max ?? units, Math.max(min ?? 0, units))));
  const ours = scored(oursApplied);
  const days = Math.max(1, Math.round((to - from) / MINUTES_PER_DAY));
  const contest = contestOf(trial, { ours: oursApplied, theirs: best.provision, to, days, price });
  const checks = checksOf({ ours, best, guess, days, contest });
  const failed = checks.filter(({ holds }) => !holds).map(sentence);
  return {
    act: failed.length === 0,
    reasons: [...checks.map(sentence), ...outOfReach(goal, ours)],
    failed,
    days,
    ours,
    targetTracking: reactive.map(({ target, score: its }) => ({ target, score: its })),
    seasonal: guess,
    daysWon: contest.won,
    daysContested: contest.contested,
    reactiveTarget: best.target,
    cautiousTarget: cautious.target,
    judgedFrom: trial.start + from,
    judgedUntil: trial.start + to,
  };
}

interface Contest {
  readonly won: number;
  readonly contested: number;
  /**
   * Text for the reasons, such as ' that were measured and had demand'. It is empty if all days
   * count.
   */
  readonly which: string;
  /**
   * Relative cost without the day on which the forecast saved most. Undefined if there is only one
   * day.
   */
  readonly withoutBestDay?: number;
}

/** Counts the days on which the forecast was cheaper, and the days that count. */
function contestOf(
  { demand, known, from }: Trial,
  {
    ours,
    theirs,
    to,
    days,
    price,
  }: { ours: Float64Array; theirs: Float64Array; to: number; days: number; price: number },
): Contest {
  const usual = costUnits(score(demand, theirs, from, to, price), price) / days;
  let won = 0;
  let idle = 0;
  let unmeasured = 0;
  const measured: { readonly paid: number; readonly other: number }[] = [];
  for (let day = 0; day < days; day++) {
    const a = from + Math.round(((to - from) * day) / days);
    const b = from + Math.round(((to - from) * (day + 1)) / days);
    if (isMostlyUnknown(known, a, b)) {
      unmeasured++;
      continue;
    }
    const own = score(demand, ours, a, b, price);
    const paid = costUnits(own, price);
    const other = costUnits(score(demand, theirs, a, b, price), price);
    measured.push({ paid, other });
    if (paid < other) won++;
    else if (own.demanded === 0 && paid - other <= NEGLIGIBLE * usual) idle++;
  }
  const which = [...(unmeasured > 0 ? ['were measured'] : []), ...(idle > 0 ? ['had demand'] : [])].join(' and ');
  return {
    won,
    contested: days - idle - unmeasured,
    which: which === '' ? '' : ` that ${which}`,
    withoutBestDay: withoutBestDay(measured),
  };
}

function withoutBestDay(days: readonly { readonly paid: number; readonly other: number }[]): number | undefined {
  const rest = [...days].sort((a, b) => b.other - b.paid - (a.other - a.paid)).slice(1);
  const other = rest.reduce((sum, day) => sum + day.other, 0);
  return other > 0 ? rest.reduce((sum, day) => sum + day.paid, 0) / other : undefined;
}

interface Check {
  readonly holds: boolean;
  readonly must: string;
  readonly is: string;
}

function checksOf({
  ours,
  best,
  guess,
  days,
  contest,
}: {
  ours: Score;
  best: { readonly target: number; readonly score: Score };
  guess: Score;
  days: number;
  contest: Contest;
}): Check[] {
  if (ours.demanded === 0) {
    return [{ holds: false, must: 'must have demand to judge by', is: `nothing was demanded over ${days} days` }];
  }
  const { won, contested, which, withoutBestDay: without = 0 } = contest;
  const minDays = Math.min(days, MIN_DAYS_CONTESTED);
  const enough = contested < minDays ? `, of which ${minDays} at least must be measured and have demand` : '';
  const cold = `${percent(ours.cold)} cold instead of ${percent(best.score.cold)}`;
  return [
    {
      holds: ours.costRatio <= MAX_COST_RATIO * best.score.costRatio,
      must: 'must cost at most 0.97',
      is: `costs ${ratio(ours, best.score)} of target tracking at ${best.target} over ${days} days, ${cold}`,
    },
    {
      holds: without <= MAX_COST_RATIO_WITHOUT_BEST_DAY,
      must: 'must cost at most 0.98',
      is: `costs ${without.toFixed(3)} of it without the best day`,
    },
    {
      holds: ours.costRatio < guess.costRatio,
      must: 'must cost less',
      is: `costs ${ratio(ours, guess)} of last week's demand x ${SEASONAL_FACTOR}`,
    },
    {
      holds: won >= MIN_DAYS_WON * contested && contested >= minDays,
      must: `must win on 70 % of the days${enough}`,
      is: `wins on ${won} of ${contested} days${which}`,
    },
  ];
}

function sentence({ holds, must, is }: Check): string {
  return holds ? is : `${must}, and ${is}`;
}

/**
 * Whether less than half of a span was measured. Gaps are filled with values of earlier days, which
 * can't show whether a forecast is good.
 */
function isMostlyUnknown(known: Uint8Array | undefined, from: number, to: number): boolean {
  return known !== undefined && known.subarray(from, to).reduce((sum, one) => sum + one, 0) < (to - from) / 2;
}

/** A note if no affordable floor keeps the limit of cold starts. */
function outOfReach(goal: Goal, ours: Score): string[] {
  if (goal.kind !== 'limit' || ours.cold <= goal.cold) return [];
  const { cold, provisioningRatio } = ours;
  return [
    `${percent(goal.cold)} cold is out of reach: ${percent(cold)} at ${provisioningRatio.toFixed(2)} times what is needed`,
  ];
}

function ratio(ours: Score, theirs: Score): string {
  return ours.costRatio === theirs.costRatio ? '1.000' : (ours.costRatio / theirs.costRatio).toFixed(3);
}

/** Formats a share with enough decimals to distinguish small ones. */
function percent(share: number): string {
  return `${(share * 100).toFixed(share === 0 || share >= 0.001 ? 2 : 4)} %`;
}
