import { WARM_UP_DAYS } from '../../lambdas/system/forecast/backtest';
import type { Verdict } from '../../lambdas/system/forecast/gate';
import { ACTING_TARGET } from '../../lambdas/system/forecast/policies';
import type { Analysis, PolicyId, PolicyResult } from './analysis';
import { count, dollars, percent, ratio } from './format';
import type { Options } from './options';

/** Days of a month, as bills are compared here. */
export const MONTH_DAYS = 30;

/** What differs by less is told as the same. */
const SAME = 0.0005;
/** What the gate wants saved at least. */
const LITTLE = 0.03;

/** Days whose verdict has seen less than a week. */
const WEAK_DAYS = 7;

/** The verdict in words: what to do, why, what does better, and what the library would do by itself. */
export interface VerdictText {
  readonly headline: string;
  readonly why: string;
  /** What needs no foresight and would have taken less money; undefined where nothing would. */
  readonly better?: string;
  readonly meaning: string;
}

export function policyOf(analysis: Analysis, id: PolicyId): PolicyResult {
  return analysis.policies.find((policy) => policy.id === id)!;
}

/** Target tracking as a team would set it, at the target that was the cheaper one here. */
export function reactiveOf(analysis: Analysis): PolicyResult {
  return policyOf(analysis, `tracking-${analysis.verdict.cautiousTarget}` as PolicyId);
}

/** Dollars of 30 days at the rate of the judged ones. */
export function perMonth(policy: PolicyResult, analysis: Analysis): number {
  return (policy.dollars.total / analysis.judged.days) * MONTH_DAYS;
}

export function verdictText(analysis: Analysis, options: Options): VerdictText {
  const { verdict, price, judged } = analysis;
  const ours = policyOf(analysis, 'applied');
  const theirs = reactiveOf(analysis);
  const why =
    `Idle instances and cold requests together (one cold request as ${price} idle minutes of an instance), the last ` +
    `${Math.round(judged.days)} days would have taken ${difference(ours, theirs)} money than under ${theirs.name}: ${ratio(ours.score.cost)} times what was needed kept warm instead of ` +
    `${ratio(theirs.score.cost)}, and at most ` +
    `${count(ours.coldRequests / judged.days)} cold requests a day instead of ${count(theirs.coldRequests / judged.days)}. ${bill(analysis)}`;
  const limit = options.goal.kind === 'limit' ? limitSentence(options.goal.cold, ours) : '';
  const weak = judged.days < WEAK_DAYS;
  const better = betterSentence(analysis);
  return {
    headline: verdict.act
      ? weak
        ? 'Probably worth it, on few days'
        : 'Switch it on'
      : weak
        ? 'Probably not worth it, on few days'
        : 'Leave it off',
    why: why + limit,
    ...(better === undefined ? {} : { better }),
    meaning: meaningOf(analysis),
  };
}

/** `12 % less`, `as much`: goes before "money than". */
function difference(ours: PolicyResult, theirs: PolicyResult): string {
  const change = ours.score.money / theirs.score.money - 1;
  if (Math.abs(change) < SAME) return 'no other';
  const only = change < 0 && change > -LITTLE ? 'only ' : '';
  return `${only}${percent(Math.abs(change))} ${change < 0 ? 'less' : 'more'}`;
}

/** Money counts what users wait for; the bill doesn't, and whoever pays it asks for it by itself. */
function bill(analysis: Analysis): string {
  const [ours, theirs] = [policyOf(analysis, 'applied'), reactiveOf(analysis)].map((policy) =>
    perMonth(policy, analysis),
  ) as [number, number];
  const change = ours / theirs - 1;
  const as = Math.abs(change) < SAME ? 'the same' : change < 0 ? 'lower' : 'higher';
  return `The bill alone would be ${as}: ${dollars(ours)} instead of ${dollars(theirs)} in ${MONTH_DAYS} days.`;
}

function betterSentence(analysis: Analysis): string | undefined {
  const best = cheapest(analysis);
  if (best.id === 'applied') return undefined;
  const ours = policyOf(analysis, 'applied');
  return (
    `Without any foresight, ${best.name} would have taken ${percent(1 - best.score.money / ours.score.money)} less money than the ` +
    `forecast, with ${percent(best.score.cold)} of demand cold instead of ${percent(ours.score.cold)}.`
  );
}

/** What the library does by itself: its gate sees a week at a time. */
function meaningOf(analysis: Analysis): string {
  const { weekly, judged, verdict, days } = analysis;
  const { verdicts, now, overBetterTracking } = weekly;
  const acting = verdicts.filter(({ act }) => act).length;
  const history = days < WARM_UP_DAYS ? `, once it has ${WARM_UP_DAYS} days of history,` : '';
  const so = now.act
    ? `By the last one${history} it lets the forecast set the floor, and target tracking at ${ACTING_TARGET} catches what that missed.`
    : `By the last one${history} it refuses${because(now)}: the forecast then only watches, and capacity stays with target ` +
      `tracking ${now.reactiveTarget}.`;
  const apart =
    now.act === verdict.act ? '' : ` All ${Math.round(judged.days)} days together say otherwise${because(verdict)}.`;
  return (
    `Deployed, the gate judges by the week before, every week. Here it would have let the forecast act in ${acting} of ` +
    `${verdicts.length} weeks, which takes ${overBetterTracking.toFixed(3)} of the money of target tracking alone. ${so}${apart}`
  );
}

function because({ failed }: Verdict): string {
  return failed.length === 0 ? '' : ` (the forecast ${failed.join('; it ')})`;
}

function limitSentence(cold: number, ours: PolicyResult): string {
  return ours.score.cold <= cold
    ? ` The limit of ${percent(cold)} cold holds.`
    : ` The limit of ${percent(cold)} cold is missed.`;
}

/** Of the policies that need no foresight, the one with the least money. */
export function cheapest(analysis: Analysis): PolicyResult {
  return analysis.policies
    .filter(({ id }) => id !== 'oracle' && id !== 'floor')
    .reduce((best, policy) => (policy.score.money < best.score.money ? policy : best));
}
