import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { FloorController, type PredictiveScaling } from '../prediction';
import { type AlarmPlan, MINUTE, tailErrors } from './alarm-plan';

/**
 * A few degraded minutes cost nothing, because target tracking scales meanwhile. Half an hour
 * doesn't end by itself.
 */
const MAX_DEGRADED_MINUTES = 30;

/**
 * The alarm of a forecast: degraded, or silent. In a profile that provisions nothing there is no
 * forecast to watch.
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
      // A controller that stopped writes no metrics.
      missing: TreatMissingData.BREACHING,
      happened: `The forecast ${id} has been degraded or silent for ${MAX_DEGRADED_MINUTES} minutes. Target tracking scales alone.`,
      command: tailErrors(FloorController.of(scaling).function.logGroup.logGroupName, '1h').replace('ERROR', 'WARN'),
      section: 'a-forecast-is-degraded',
    },
  ];
}
