import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { FloorController, type PredictiveScaling } from '../prediction';
import { type AlarmPlan, MINUTE, tailErrors } from './alarm-plan';

/**
 * Minutes until the alarm is raised. Target tracking scales alone in that time. If a function that
 * was busy all day stops suddenly, its forecast is degraded for 50 minutes, until its missing
 * metrics count as idle (decision 23). This case needs no operator.
 */
const MAX_DEGRADED_MINUTES = 60;

/**
 * The alarm of a forecast, raised if the forecast is degraded or publishes no metrics. With a
 * profile without provisioned concurrency, there is no forecast and no alarm.
 */
export function forecastAlarms(scaling: PredictiveScaling): AlarmPlan[] {
  if (!scaling.provisions) return [];
  const { id } = scaling.node;
  return [
    {
      id: `${id}Degraded`,
      metric: scaling.metricDegraded({ period: MINUTE }),
      threshold: 1,
      periods: MAX_DEGRADED_MINUTES,
      breaching: MAX_DEGRADED_MINUTES,
      // A stopped floor controller publishes no metrics.
      missing: TreatMissingData.BREACHING,
      happened: `The forecast ${id} has been degraded, or has published no metrics, for ${MAX_DEGRADED_MINUTES} minutes. Target tracking scales alone.`,
      command: tailErrors(FloorController.of(scaling).function.logGroup.logGroupName, '1h').replace('ERROR', 'WARN'),
      section: 'a-forecast-is-degraded',
    },
  ];
}
