import { ACCOUNT, LAMBDA } from '../../lib/limits';
import { type Analysis, greatest, type PolicyResult } from './analysis';
import { count, dollars, duration, percent } from './format';
import type { Options } from './options';
import { MONTH_DAYS, onDemandPerMonth, perMonth, policyOf, reactiveOf } from './result-text';
import type { Tuning } from './tuning';

/** One way to provide capacity for this load. */
export interface Method {
  readonly direction: 'vertical' | 'horizontal';
  readonly method: string;
  /** Limit of the method, and the part of this limit that the load would use. */
  readonly limit: string;
  readonly reliability: string;
  readonly cost: string;
  /** How the cost was obtained. */
  readonly basis: 'measured' | 'modelled' | 'simulated';
}

const whole = (value: number) => value.toLocaleString('en-US');

/** Compares vertical with horizontal scaling for this load. */
export function methodsOf(analysis: Analysis, options: Options, tuning?: Tuning): Method[] {
  const { demand } = analysis.traces;
  const { from, to } = analysis.judged;
  const judged = demand.subarray(from, to);
  const peak = Math.ceil(greatest(judged));
  const rise = Math.ceil(steepest(judged));
  const onDemand = onDemandPerMonth(analysis);
  const ratePerMinute = (LAMBDA.MAX_SCALING_RATE * 60) / LAMBDA.SCALING_RATE_SECONDS;
  const provisionable = Math.max(0, options.quota - ACCOUNT.MIN_UNRESERVED_CONCURRENCY);
  const wait = options.initMs === undefined ? 'as long as an initialisation takes' : duration(options.initMs / 1000);
  const provisioned = (policy: PolicyResult, method: string): Method => ({
    direction: 'horizontal',
    method,
    limit:
      `${whole(provisionable)} of the account's ${whole(options.quota)} (${ACCOUNT.MIN_UNRESERVED_CONCURRENCY} stay unreserved), ` +
      `${whole(LAMBDA.MAX_PROVISIONING_RATE_MINUTE)} more a minute; here at most ${count(policy.peak)}${policy.peak > provisionable ? ': too many' : ''}`,
    reliability: `${percent(policy.score.cold)} of demand exceeds it and is served on demand`,
    cost: `${dollars(perMonth(policy, analysis))} in ${MONTH_DAYS} days${policy.dollars.isWhole ? '' : ', without executions'}`,
    basis: 'simulated',
  });
  const fixed = policyOf(analysis, 'fixed');
  const theirs = reactiveOf(analysis);
  const ours = policyOf(analysis, 'applied');
  return [
    vertical(tuning),
    {
      direction: 'horizontal',
      method: 'more instances, on demand',
      limit:
        `${whole(options.quota)} in the account (a new one has ${LAMBDA.MAX_NEW_ACCOUNT_CONCURRENCY}), ${whole(LAMBDA.MAX_SCALING_RATE)} more every ` +
        `${LAMBDA.SCALING_RATE_SECONDS} s for a function; here at most ${whole(peak)}, and ${whole(rise)} more within a minute` +
        (peak > options.quota
          ? ': beyond the quota, requests are refused'
          : rise > ratePerMinute
            ? ': faster than Lambda adds instances'
            : ''),
      reliability: `each new instance starts cold (${wait}); beyond quota or rate requests are refused (429)`,
      cost:
        onDemand === undefined
          ? 'unknown: give --requests-per-day and --duration-ms'
          : `${dollars(onDemand)} in ${MONTH_DAYS} days, nothing while idle`,
      basis: 'modelled',
    },
    provisioned(fixed, `provisioned, ${fixed.name}`),
    provisioned(theirs, `provisioned, ${theirs.name}`),
    provisioned(ours, 'provisioned, predictive floor'),
  ];
}

function vertical(tuning: Tuning | undefined): Method {
  const method = 'a bigger function (more memory, more CPU)';
  const limit =
    `${whole(LAMBDA.MIN_MEMORY_MB)} to ${whole(LAMBDA.MAX_MEMORY_MB)} MB; one vCPU at ${whole(LAMBDA.ONE_VCPU_MEMORY_MB)} MB, ` +
    'above which only work on several threads is faster';
  if (tuning === undefined) {
    return {
      direction: 'vertical',
      method,
      limit,
      reliability: 'shorter requests need fewer concurrent instances; no cold start is avoided',
      cost: 'unknown: give --tuning FILE, or --cpu-ms and --wait-ms',
      basis: 'modelled',
    };
  }
  const { present, balanced, cheapest } = tuning;
  return {
    direction: 'vertical',
    method,
    limit,
    reliability:
      `at ${whole(balanced.memoryMb)} MB (balanced) a request takes ${count(balanced.durationMs)} ms instead of ` +
      `${count(present.durationMs)}, so ${percent(balanced.units)} of the concurrent instances; no cold start is avoided`,
    cost:
      `there, warm capacity costs x ${balanced.provisioned.toFixed(2)}; the cheapest on demand is ${whole(cheapest.memoryMb)} MB: ` +
      `${dollars(cheapest.usdPerMillion)} a million requests, now ${dollars(present.usdPerMillion)}`,
    basis: tuning.source,
  };
}

/** Maximum increase of demand from one minute to the next. */
function steepest(demand: Float64Array): number {
  let max = 0;
  for (let i = 1; i < demand.length; i++) max = Math.max(max, demand[i]! - demand[i - 1]!);
  return max;
}
