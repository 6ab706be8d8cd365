import type { Calendar } from './calendar';
import { DEFAULT_GOAL, type Goal, priceOf } from './goal';
import { heldFloors } from './held-floors';
import { MINUTES_PER_DAY } from './minutes';
import { ACTING_TARGET, seasonal, targetTracking } from './policies';
import { type Score, score, unitsOf } from './score';

/** Targets that a team would set without thinking, and with some caution. */
const REACTIVE_TARGETS = [0.7, 0.5] as const;

/** A forecast must save so much, or it isn't worth its moving parts. */
const MOST_MONEY = 0.97;

/** And on so many of the days, or it was luck. */
const LEAST_DAYS_WON = 0.7;

/** One day is no habit. */
const LEAST_CONTESTED = 2;

/** Share of a usual day's money that a day without demand may cost more, by what is left of the day before. */
const NEGLIGIBLE = 0.01;

/** Floors that cost no more than so many times the tighter target alone are as dear, and are worth it where they leave less cold. */
const AS_DEAR = 1.02;

const SEASONAL_FACTOR = 1.2;

/** Whether forecasts may act, and why. */
export interface Verdict {
  readonly act: boolean;
  /** Sentences with numbers. */
  readonly reasons: readonly string[];
  /** Those of them that stand against it. */
  readonly failed: readonly string[];
  readonly days: number;
  /** Floors as they would be applied, with target tracking above them. */
  readonly ours: Score;
  readonly targetTracking: readonly { readonly target: number; readonly score: Score }[];
  readonly seasonal: Score;
  readonly daysWon: number;
  /** Days that count: measured, and with demand or with something spent. */
  readonly daysContested: number;
  /** Target of target tracking while forecasts are refused: the cheapest, where the tight one must save 3 % to be taken. */
  readonly reactiveTarget: number;
  /** Target of target tracking in any doubt: the cheaper of the two that leave room. */
  readonly cautiousTarget: number;
  /** Whole minutes since 1970. */
  readonly judgedFrom: number;
  readonly judgedUntil: number;
}

/** What is judged. */
export interface Trial {
  /** Whole minutes since 1970 of the first value. */
  readonly start: number;
  readonly demand: Float64Array;
  /** 1 for each minute that was measured; all were if left out. A day that mostly wasn't is no contest. */
  readonly known?: Uint8Array;
  /** As decided for each minute; those that were decided by the end, some minutes ahead, may follow. */
  readonly floors: Float64Array;
  readonly lead: number;
  /** Index of the first judged minute. */
  readonly from: number;
  /** Index after the last one; default: the end. */
  readonly to?: number;
  readonly goal?: Goal;
  readonly calendar?: Calendar;
  readonly min?: number;
  readonly max?: number;
}

/**
 * Compares floors, as Application Auto Scaling would apply them, with target tracking and with a plain seasonal guess over the same
 * minutes, by money: idle units plus cold requests at their price. Forecasts may act if they save at least 3 % against the better
 * of them, cost less than the tighter target alone (or as much, with less cold), and win on 70 % of the days.
 */
export function judge(trial: Trial): Verdict {
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
  const lastWeek = seasonal(demand, { lead, factor: SEASONAL_FACTOR, calendar: trial.calendar, start: trial.start });
  const guess = scored(lastWeek.map((units) => Math.min(max ?? units, Math.max(min ?? 0, units))));
  const ours = scored(oursApplied);
  // A tighter target saves money by itself: what the floors add must be worth something too.
  const floorless = scored(targetTracking(demand, { lead, target: ACTING_TARGET, min, max }));
  const better = reactive.reduce((best, one) => (one.score.money < best.score.money ? one : best));
  const days = Math.max(1, Math.round((to - from) / MINUTES_PER_DAY));
  const usual = unitsOf(better.score, price) / days;
  let daysWon = 0;
  let idle = 0;
  let unmeasured = 0;
  for (let day = 0; day < days; day++) {
    const a = from + Math.round(((to - from) * day) / days);
    const b = from + Math.round(((to - from) * (day + 1)) / days);
    if (isMostlyUnknown(trial.known, a, b)) {
      unmeasured++;
      continue;
    }
    const own = score(demand, oursApplied, a, b, price);
    const paid = unitsOf(own, price);
    const theirs = unitsOf(score(demand, better.provision, a, b, price), price);
    if (paid < theirs) daysWon++;
    else if (own.demanded === 0 && paid - theirs <= NEGLIGIBLE * usual) idle++;
  }
  const demanded = ours.demanded > 0;
  const saves = demanded && ours.money <= MOST_MONEY * better.score.money;
  const beatsGuess = ours.money < guess.money;
  const addsValue =
    ours.money < floorless.money || (ours.cold < floorless.cold && ours.money <= AS_DEAR * floorless.money);
  // Days on which nothing was asked for and next to nothing was spent are no contest.
  const contested = days - idle - unmeasured;
  const least = Math.min(days, LEAST_CONTESTED);
  const steady = daysWon >= LEAST_DAYS_WON * contested && contested >= least;
  const counted = [...(unmeasured > 0 ? ['were measured'] : []), ...(idle > 0 ? ['had demand'] : [])].join(' and ');
  const tight = `target tracking at ${ACTING_TARGET} without floors`;
  const conditions: readonly (readonly [holds: boolean, must: string, is: string])[] = demanded
    ? [
        [
          saves,
          'must cost at most 0.97',
          `costs ${ratio(ours.money, better.score.money)} of target tracking at ${better.target} over ${days} days`,
        ],
        [
          addsValue,
          'must cost less',
          `costs ${ratio(ours.money, floorless.money)} of ${tight}, ${percent(ours.cold)} cold instead of ${percent(floorless.cold)}`,
        ],
        [
          beatsGuess,
          'must cost less',
          `costs ${ratio(ours.money, guess.money)} of last week's demand x ${SEASONAL_FACTOR}`,
        ],
        [
          steady,
          `must win on 70 % of the days${contested < least ? `, of which ${least} at least must be measured and have demand` : ''}`,
          `wins on ${daysWon} of ${contested} days${counted === '' ? '' : ` that ${counted}`}`,
        ],
      ]
    : [[false, 'must have something to go by', `nothing was demanded over ${days} days`]];
  const failed = conditions.filter(([holds]) => !holds).map(([, must, is]) => `${must}, and ${is}`);
  return {
    act: failed.length === 0,
    reasons: [...conditions.map(([holds, must, is]) => (holds ? is : `${must}, and ${is}`)), ...outOfReach(goal, ours)],
    failed,
    days,
    ours,
    targetTracking: reactive.map(({ target, score: its }) => ({ target, score: its })),
    seasonal: guess,
    daysWon,
    daysContested: contested,
    reactiveTarget: demanded && floorless.money <= MOST_MONEY * better.score.money ? ACTING_TARGET : better.target,
    cautiousTarget: better.target,
    judgedFrom: trial.start + from,
    judgedUntil: trial.start + to,
  };
}

/** What was filled in from the days before says nothing of who foresaw it. */
function isMostlyUnknown(known: Uint8Array | undefined, from: number, to: number): boolean {
  return known !== undefined && known.subarray(from, to).reduce((sum, one) => sum + one, 0) < (to - from) / 2;
}

/** A limit that would cost more than it is worth is said to be out of reach. */
function outOfReach(goal: Goal, ours: Score): string[] {
  if (goal.kind !== 'limit' || ours.cold <= goal.cold) return [];
  return [
    `${percent(goal.cold)} cold is out of reach: ${percent(ours.cold)} at ${ours.cost.toFixed(2)} times what is needed`,
  ];
}

function ratio(ours: number, theirs: number): string {
  return ours === theirs ? '1.000' : (ours / theirs).toFixed(3);
}

/** As many decimals as keep small shares apart. */
function percent(share: number): string {
  return `${(share * 100).toFixed(share === 0 || share >= 0.001 ? 2 : 4)} %`;
}
