import type { Analysis, PolicyId, PolicyResult } from './analysis';
import { dollars, percent } from './format';
import type { Options } from './options';

/** Days of a month, as bills are compared here. */
export const MONTH_DAYS = 30;

/** What differs by less is told as the same. */
const SAME = 0.0005;
/** What the gate wants saved at least. */
const LITTLE = 0.03;

/** The verdict in words: what to do, why, and what the library would do by itself. */
export interface VerdictText {
  readonly headline: string;
  readonly why: string;
  readonly meaning: string;
}

export function policyOf(analysis: Analysis, id: PolicyId): PolicyResult {
  return analysis.policies.find((policy) => policy.id === id)!;
}

/** Target tracking at the target that was the cheaper one here. */
export function reactiveOf(analysis: Analysis): PolicyResult {
  return policyOf(analysis, `tracking-${analysis.verdict.reactiveTarget}` as PolicyId);
}

/** Dollars of 30 days at the rate of the judged ones. */
export function perMonth(policy: PolicyResult, analysis: Analysis): number {
  return (policy.dollars.total / analysis.judged.days) * MONTH_DAYS;
}

export function verdictText(analysis: Analysis, options: Options): VerdictText {
  const { verdict, price } = analysis;
  const ours = policyOf(analysis, 'applied');
  const theirs = reactiveOf(analysis);
  const change = ours.score.money / theirs.score.money - 1;
  const only = change < 0 && change > -LITTLE ? 'only ' : '';
  const difference =
    Math.abs(change) < SAME ? 'as much as' : `${only}${percent(Math.abs(change))} ${change < 0 ? 'less' : 'more'} than`;
  const why =
    `Counting a cold unit-minute as ${price} idle ones, the last ${Math.round(analysis.judged.days)} days would have cost ${difference} ` +
    `under ${theirs.name}: ${percent(ours.score.cold)} of demand cold instead of ${percent(theirs.score.cold)}, and a bill of ` +
    `${dollars(perMonth(ours, analysis))} instead of ${dollars(perMonth(theirs, analysis))} in ${MONTH_DAYS} days.`;
  const limit = options.goal.kind === 'limit' ? limitSentence(options.goal.cold, ours) : '';
  return verdict.act
    ? {
        headline: 'Switch it on',
        why: why + limit,
        meaning:
          'Deployed with these settings, the gate lets the forecast set the floor, and target tracking at 0.95 catches what it missed. ' +
          'It is judged again every week.',
      }
    : {
        headline: 'Leave it off',
        why: why + limit,
        meaning:
          `Deployed with these settings, the gate refuses${because(verdict.reasons)}. The forecast then only watches, capacity stays ` +
          `with ${theirs.name}, and the gate looks again every week.`,
      };
}

/** The conditions that failed begin with what must hold. */
export function isFailed(reason: string): boolean {
  return reason.startsWith('must ');
}

function because(reasons: readonly string[]): string {
  const failed = reasons.filter(isFailed);
  return failed.length === 0 ? '' : `: the forecast ${failed.join('; it ')}`;
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
