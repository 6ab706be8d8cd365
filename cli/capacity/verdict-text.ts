import { SLACK_MINUTES, WARM_UP_DAYS } from '../../forecast/backtest';
import type { Verdict } from '../../forecast/gate';
import { MINUTES_PER_DAY } from '../../forecast/minutes';
import { ACTING_TARGET } from '../../forecast/policies';
import type { Analysis, PolicyResult } from './analysis';
import type { PolicyId } from './contenders';
import { count, dollars, percent, ratio } from './format';
import type { Options } from './options';

/** Days of a month, as bills are compared here. */
export const MONTH_DAYS = 30;

/** What differs by less is told as the same. */
const SAME = 0.0005;
/** What the gate wants saved at least. */
const LITTLE = 0.03;

/** An export of so many days may lack its first or last minutes. */
export const SLACK_DAYS = SLACK_MINUTES / MINUTES_PER_DAY;
/** Fewer judged days have seen less than a week. */
export const WEAK_DAYS = 7 - SLACK_DAYS;

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

/** What 30 days would bill with nothing kept warm; undefined where nobody said how much runs. */
export function onDemandPerMonth({ onDemand, judged }: Analysis): number | undefined {
  return onDemand === undefined ? undefined : (onDemand.total / judged.days) * MONTH_DAYS;
}

export function verdictText(analysis: Analysis, options: Options): VerdictText {
  const { price, judged } = analysis;
  const ours = policyOf(analysis, 'applied');
  const theirs = reactiveOf(analysis);
  const daily = ({ coldRequests }: PolicyResult) => count(coldRequests / judged.days);
  const why =
    `Idle instances and cold requests together, one cold request as ${price} idle minutes of an instance, the last ` +
    `${Math.round(judged.days)} days would have taken ${difference(ours, theirs)} with the forecast than with ${theirs.name}: ${ratio(ours.score.cost)} ` +
    `times what was needed kept warm instead of ${ratio(theirs.score.cost)}, and at most ${daily(ours)} cold requests a day, ` +
    `${compared(daily(ours), daily(theirs), ours.coldRequests > theirs.coldRequests)}. ${bill(analysis)}`;
  const limit = options.goal.kind === 'limit' ? limitSentence(options.goal.cold, ours) : '';
  const better = betterSentence(analysis);
  return {
    headline: headlineOf(analysis, options),
    why: why + limit,
    ...(better === undefined ? {} : { better }),
    meaning: meaningOf(analysis),
  };
}

/** How a number lies to that of target tracking. */
function compared(ours: string, theirs: string, isMore: boolean): string {
  if (ours === theirs) return 'as many as with that';
  return `${isMore ? 'more than its' : 'instead of'} ${theirs}`;
}

function headlineOf(analysis: Analysis, { goal }: Options): string {
  const { verdict, judged } = analysis;
  const isWeak = judged.days < WEAK_DAYS;
  if (!verdict.act)
    return isWeak ? "Predictive scaling probably doesn't pay, on few days" : 'Leave predictive scaling off';
  const ours = policyOf(analysis, 'applied');
  const onDemand = onDemandPerMonth(analysis);
  const isDearer = onDemand !== undefined && onDemand < perMonth(ours, analysis);
  const isMissed = goal.kind === 'limit' && ours.score.cold > goal.cold;
  return (
    (isWeak ? 'Predictive scaling probably pays, on few days' : 'Switch predictive scaling on') +
    // Whoever doesn't mind cold starts pays least with nothing kept warm.
    (isDearer ? ', if cold starts hurt' : '') +
    (isMissed ? ', though the limit is out of reach' : '')
  );
}

/** `12 % less money`: goes before "than". */
function difference(ours: PolicyResult, theirs: PolicyResult): string {
  const change = ours.score.money / theirs.score.money - 1;
  if (Math.abs(change) < SAME) return 'no more and no less money';
  const only = change < 0 && change > -LITTLE ? 'only ' : '';
  return `${only}${percent(Math.abs(change))} ${change < 0 ? 'less' : 'more'} money`;
}

/** Money counts what users wait for; the bill doesn't, and whoever pays it asks for it by itself. */
function bill(analysis: Analysis): string {
  const [applied, theirs] = [policyOf(analysis, 'applied'), reactiveOf(analysis)];
  const [ours, before] = [perMonth(applied, analysis), perMonth(theirs, analysis)];
  const change = ours / before - 1;
  const as = Math.abs(change) < SAME ? 'the same' : change < 0 ? 'lower' : 'higher';
  const onDemand = onDemandPerMonth(analysis);
  const what = onDemand === undefined ? 'The bill for what is kept warm, all that peaks tell of it,' : 'The bill alone';
  const nothing =
    onDemand === undefined
      ? ''
      : `; ${dollars(onDemand)} with nothing kept warm and a cold start for each new instance`;
  return `${what} would be ${as}: ${dollars(ours)} instead of ${dollars(before)} in ${MONTH_DAYS} days${nothing}.`;
}

function betterSentence(analysis: Analysis): string | undefined {
  const best = cheapest(analysis);
  const ours = policyOf(analysis, 'applied');
  const less = 1 - best.score.money / ours.score.money;
  if (best.id === 'applied' || less < SAME) return undefined;
  return (
    `Without any foresight, ${best.name} would have taken ${percent(less)} less money than the forecast, with ` +
    (percent(best.score.cold) === percent(ours.score.cold)
      ? `as much cold, ${percent(ours.score.cold)} of demand.`
      : `${percent(best.score.cold)} of demand cold instead of ${percent(ours.score.cold)}.`)
  );
}

/** What the library does by itself: its gate sees a week at a time. */
function meaningOf(analysis: Analysis): string {
  const { weekly, judged, verdict, days } = analysis;
  const { verdicts, now, overBetterTracking } = weekly;
  const acting = verdicts.filter(({ act }) => act).length;
  const history = days < WARM_UP_DAYS - SLACK_DAYS ? `, once it has ${WARM_UP_DAYS} days of history,` : '';
  const so = now.act
    ? `By the last one${history} it lets the forecast set the floor, and target tracking at ${ACTING_TARGET} catches what that missed.`
    : `By the last one${history} it refuses${because(now)}: the forecast then only watches, and capacity stays with target ` +
      `tracking ${now.reactiveTarget}.`;
  const apart =
    now.act === verdict.act ? '' : ` All ${Math.round(judged.days)} days together say otherwise${because(verdict)}.`;
  const weeks = `${acting} of ${verdicts.length} week${verdicts.length === 1 ? '' : 's'}`;
  return (
    `Deployed, the gate judges by the week before, every week. Here it would have let the forecast act in ${weeks}; what it chose, ` +
    `forecast or target, takes ${overBetterTracking.toFixed(3)} of the money of the better of target tracking 0.7 and 0.5. ${so}${apart}`
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
function cheapest(analysis: Analysis): PolicyResult {
  return analysis.policies
    .filter(({ id }) => id !== 'oracle' && id !== 'floor')
    .reduce((best, policy) => (policy.score.money < best.score.money ? policy : best));
}
