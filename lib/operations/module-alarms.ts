import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { MicroModule } from '../modules';
import { type AlarmPlan, IDLE_IS_FINE, tailErrors, WINDOW } from './alarm-plan';

/**
 * Minimum number of failures in five minutes for an alarm. With fewer failures, a percentage isn't
 * meaningful.
 */
export const MIN_FAILURES = 3;
/**
 * Percentage of failed requests at which an alarm is raised. Callers retry failed requests. Above
 * this percentage, too many retries also fail.
 */
export const MAX_FAILED_PERCENT = 5;

/**
 * The alarm of a micro-module. The alarm watches the percentage of requests that the module
 * answered with 5xx or that Lambda throttled. The alarm reads the function URL's count of 5xx
 * answers, because Lambda's metric `Errors` doesn't count an answer with 500.
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
