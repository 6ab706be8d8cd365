import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { MicroModule } from '../modules';
import { type AlarmPlan, IDLE_IS_FINE, tailErrors, WINDOW } from './alarm-plan';

/** Below this number of failures in five minutes, a share means nothing. */
export const MIN_FAILURES = 3;
/**
 * Percentage of requests that may fail. Callers retry a few of them; more is an outage for
 * somebody.
 */
export const MAX_FAILED_PERCENT = 5;

/**
 * The alarm of a micro-module: the share of requests that it answered with 5xx or that Lambda
 * throttled. Lambda counts no error when the runtime answers 500, so the function URL's own count
 * is used.
 */
export function moduleAlarms(module: MicroModule): AlarmPlan[] {
  const { id } = module.node;
  const options = { period: WINDOW, statistic: 'Sum' };
  return [
    {
      id: `${id}Failing`,
      metric: new MathExpression({
        expression:
          `IF(FILL(failed, 0) + FILL(throttled, 0) >= ${MIN_FAILURES}, ` +
          '100 * (FILL(failed, 0) + FILL(throttled, 0)) / (FILL(requests, 0) + FILL(throttled, 0)), 0)',
        usingMetrics: {
          failed: module.metricUrl5xx(options),
          throttled: module.metricThrottles(options),
          requests: module.metricUrlRequests(options),
        },
        label: `${id}: failed requests (%)`,
        period: WINDOW,
      }),
      threshold: MAX_FAILED_PERCENT,
      periods: 1,
      breaching: 1,
      missing: IDLE_IS_FINE,
      happened: `${id} fails or is throttled: at least ${MAX_FAILED_PERCENT} % of its requests in 5 minutes.`,
      command: tailErrors(module.function.logGroup.logGroupName),
      section: 'a-module-fails',
    },
  ];
}
