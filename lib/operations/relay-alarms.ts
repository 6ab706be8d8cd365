import { Duration } from 'aws-cdk-lib';
import type { Relay } from '../tables';
import { type AlarmPlan, IDLE_IS_FINE, MINUTE, tailErrors } from './alarm-plan';

/**
 * Maximum delay of the relay. It usually sends within about a second. A stream keeps its records
 * for 24 hours.
 */
const MAX_LAG = Duration.minutes(15);

/** The alarm of a stack's relay, on its delay behind the streams. */
export function relayAlarms(relay: Relay, id: string): AlarmPlan[] {
  return [
    {
      id: `${id}Lag`,
      metric: relay.metricIteratorAge({ period: MINUTE }),
      threshold: MAX_LAG.toMilliseconds(),
      periods: 5,
      breaching: 3,
      missing: IDLE_IS_FINE,
      happened: `The relay is ${MAX_LAG.toHumanString()} or more behind the tables' streams: outbox messages are delayed. The streams keep them for 24 hours.`,
      command: tailErrors(relay.function.logGroup.logGroupName),
      section: 'the-relay-lags',
    },
  ];
}
