import { SLACK_MINUTES, WARM_UP_DAYS } from '../../forecast/backtest';
import type { BacktestResult } from '../../forecast/gate';
import { MINUTES_PER_DAY } from '../../forecast/minutes';
import { ACTING_TARGET } from '../../forecast/policies';
import type { Analysis, PolicyResult } from './analysis';
import type { PolicyId } from './contenders';
import { count, dollars, percent, ratio } from './format';
import { KEPT_MINUTES } from './nothing-warm';
import type { Options } from './options';

/** Days of a month in this report. */
export const MONTH_DAYS = 30;

/** Two costs are reported as equal if the saving is smaller than this share. */
const SAME = 0.0005;

/** Tolerance in days, because an export of whole days may lack its first or last minutes. */
export const SLACK_DAYS = SLACK_MINUTES / MINUTES_PER_DAY;
/** With fewer judged days the result is weak, because they don't cover a week. */
export const WEAK_DAYS = 7 - SLACK_DAYS;

/** The result in words. */
export interface ResultText {
  readonly headline: string;
  /** The comparison with target tracking at its best target, and with nothing kept warm. */
  readonly why: string;
  /** The saving by the forecast, and its certainty. */
  readonly certainty: string;
  /** A policy without a forecast that costs less. Undefined if there is none. */
  readonly better?: string;
  /** The decision that a deployed floor controller would make with this load. */
  readonly meaning: string;
}

export function policyOf(analysis: Analysis, id: PolicyId): PolicyResult {
  const found = analysis.policies.find((policy) => policy.id === id);
  if (found === undefined) throw new Error(`there is no policy '${id}'`);
  return found;
}

/** Target tracking at the target, from 0.5 to 0.9, that is cheapest over the judged minutes. */
export function reactiveOf(analysis: Analysis): PolicyResult {
  return policyOf(analysis, `tracking-${analysis.result.reactiveTarget}` as PolicyId);
}

/** Dollars for 30 days, at the rate of the compared days. */
export function perMonth(policy: PolicyResult, analysis: Analysis): number {
  return monthly(policy.dollars.total, analysis);
}

/**
 * Dollars of 30 days with nothing kept warm; undefined if the options don't state the average
 * concurrency.
 */
export function onDemandPerMonth(analysis: Analysis): number | undefined {
  const { dollars: judged } = analysis.nothingWarm;
  return judged === undefined ? undefined : monthly(judged.total, analysis);
}

function monthly(usd: number, { judged }: Analysis): number {
  return (usd / judged.days) * MONTH_DAYS;
}

/** @param doubts about the input, in a few words each */
export function resultText(analysis: Analysis, options: Options, doubts: readonly string[]): ResultText {
  const ours = policyOf(analysis, 'applied');
  const limit = options.goal.kind === 'limit' ? limitSentence(options.goal.cold, ours) : '';
  const better = betterSentence(analysis);
  return {
    headline: headlineOf(analysis, options) + (doubts.length === 0 ? '' : ` (in doubt: ${doubts.join(', ')})`),
    why: `${comparison(analysis)} ${bill(analysis)}${limit}`,
    certainty: certaintySentence(analysis),
    ...(better === undefined ? {} : { better }),
    meaning: meaningOf(analysis),
  };
}

function headlineOf(analysis: Analysis, { goal }: Options): string {
  const { result, judged } = analysis;
  const isWeak = judged.days < WEAK_DAYS;
  if (!result.act)
    return isWeak ? "Predictive scaling probably doesn't pay (few days)" : 'Leave predictive scaling off';
  const ours = policyOf(analysis, 'applied');
  const onDemand = onDemandPerMonth(analysis);
  const isDearer = onDemand !== undefined && onDemand < perMonth(ours, analysis);
  const isMissed = goal.kind === 'limit' && ours.score.cold > goal.cold;
  return (
    (isWeak ? 'Predictive scaling probably pays (few days)' : 'Switch predictive scaling on') +
    // Without a price for cold starts, on-demand scaling is cheapest.
    (isDearer ? ', if cold starts matter' : '') +
    (isMissed ? ', though it misses the limit' : '')
  );
}

/**
 * Sentences about the cost ratios of the forecast and of target tracking, and about the parts of
 * the cost.
 */
function comparison(analysis: Analysis): string {
  const { price, judged } = analysis;
  const [ours, theirs] = [policyOf(analysis, 'applied'), reactiveOf(analysis)];
  const daily = ({ coldRequests }: PolicyResult) => count(coldRequests / judged.days);
  return (
    `Over the last ${Math.round(judged.days)} days the cost ratio is ${ratio(ours.score.costRatio)} with the forecast and ` +
    `${ratio(theirs.score.costRatio)} with ${theirs.name}, the best reactive setting. The ratio is the instance-minutes ` +
    `kept warm, plus ${price} for each cold start, divided by the instance-minutes needed. The forecast keeps ` +
    `${ratio(ours.score.provisioningRatio)} times the needed instances warm instead of ` +
    `${ratio(theirs.score.provisioningRatio)}. It has at most ${daily(ours)} cold starts a day instead of ${daily(theirs)}.`
  );
}

/** A sentence with dollars. They don't include the waiting time of users. */
function bill(analysis: Analysis): string {
  const [applied, theirs] = [policyOf(analysis, 'applied'), reactiveOf(analysis)];
  const [ours, before] = [dollars(perMonth(applied, analysis)), dollars(perMonth(theirs, analysis))];
  const onDemand = onDemandPerMonth(analysis);
  const cold = `about ${count(analysis.nothingWarm.coldRequests / analysis.judged.days)} cold starts a day`;
  const what = onDemand === undefined ? 'The bill for warm capacity, without executions,' : 'The bill';
  return (
    `${what} would be ${ours} in ${MONTH_DAYS} days instead of ${before}. With nothing kept warm, ` +
    `${onDemand === undefined ? '' : `the bill would be ${dollars(onDemand)} in ${MONTH_DAYS} days, and `}` +
    `there would be ${cold}, if Lambda keeps an idle instance for ${KEPT_MINUTES} minutes.`
  );
}

function certaintySentence(analysis: Analysis): string {
  const { saved, low, high, daysWon, days } = analysis.certainty;
  const { results } = analysis.weekly;
  const theirs = reactiveOf(analysis).name;
  const adds =
    Math.abs(saved) < SAME
      ? `The forecast's cost ratio is the same as that of ${theirs}`
      : `The forecast's cost ratio is ${percent(Math.abs(saved))} ${saved > 0 ? 'lower' : 'higher'} than that of ${theirs}`;
  const sure =
    days < 2 ? 'one day is too little to tell' : `95 % of ${RANGE} lie from ${percent(low)} to ${percent(high)}`;
  const weeks = `${results.filter(({ act }) => act).length} of ${results.length} weekly backtests`;
  return `${adds}. Certainty: ${sure}; it is cheaper on ${daysWon} of ${days} days, and ${weeks} pass.`;
}

const RANGE = 'savings on resampled days';

function betterSentence(analysis: Analysis): string | undefined {
  const best = cheapest(analysis);
  const ours = policyOf(analysis, 'applied');
  const less = 1 - best.score.costRatio / ours.score.costRatio;
  if (best.id === 'applied' || less < SAME) return undefined;
  return (
    `Without a forecast, ${best.name} has a cost ratio that is ${percent(less)} lower than the forecast's, with ` +
    (percent(best.score.cold) === percent(ours.score.cold)
      ? `the same cold share, ${percent(ours.score.cold)} of demand.`
      : `${percent(best.score.cold)} of demand cold instead of ${percent(ours.score.cold)}.`)
  );
}

/** Sentences about the decisions of a deployed forecaster, whose backtest covers the last week. */
function meaningOf(analysis: Analysis): string {
  const { weekly, judged, result, days } = analysis;
  const { results, now, overBestTracking } = weekly;
  const acting = results.filter(({ act }) => act).length;
  const history = days < WARM_UP_DAYS - SLACK_DAYS ? `, once there are ${WARM_UP_DAYS} days of history` : '';
  const so = now.act
    ? `According to the last backtest, the forecast sets the floor${history}. Target tracking at ${ACTING_TARGET} adds capacity above the floor.`
    : `According to the last backtest, the forecast doesn't set the floor${because(now)}. Target tracking at ${now.reactiveTarget} scales alone.`;
  const apart =
    now.act === result.act
      ? ''
      : ` The backtest over all ${Math.round(judged.days)} days has the opposite result${because(result)}.`;
  const weeks = `${acting} of ${results.length} week${results.length === 1 ? '' : 's'}`;
  return (
    `Once deployed, the floor controller runs a backtest every week, on the previous week. Here the forecast would act in ${weeks}. ` +
    `This costs ${overBestTracking.toFixed(3)} times as much as target tracking alone, if each week uses the target utilisation ` +
    `that was cheapest in the previous week. ${so}${apart}`
  );
}

function because({ failed }: BacktestResult): string {
  return failed.length === 0 ? '' : ` (the forecast ${failed.join('; it ')})`;
}

function limitSentence(cold: number, ours: PolicyResult): string {
  return ours.score.cold <= cold
    ? ` The limit of ${percent(cold)} cold holds.`
    : ` The limit of ${percent(cold)} cold is missed.`;
}

/** The policy with the lowest cost ratio that can be deployed. */
function cheapest(analysis: Analysis): PolicyResult {
  return analysis.policies
    .filter(({ id }) => id !== 'oracle' && id !== 'floor')
    .reduce((best, policy) => (policy.score.costRatio < best.score.costRatio ? policy : best));
}
