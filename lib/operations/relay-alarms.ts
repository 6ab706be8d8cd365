import { Duration } from 'aws-cdk-lib';
import type { Relay } from '../tables';
import { type AlarmPlan, IDLE_IS_FINE, MINUTE, tailErrors } from './alarm-plan';

/**
 * Maximum delay of the relay. It usually sends within about a second. A stream keeps its records
 * for 24 hours.
 */
const MAX_LAG = Duration.minutes(5);

/** The alarms of a stack's relay, on its dead letters and on its delay behind the streams. */
export function relayAlarms(relay: Relay, id: string): AlarmPlan[] {
  return [
    {
      id: `${id}DeadLetters`,
      metric: relay.metricDeadLetters({ period: MINUTE }),
      threshold: 1,
      periods: 1,
      breaching: 1,
      missing: IDLE_IS_FINE,
      happened: 'The relay has dead letters: outbox messages that it could not send. They are kept for 14 days.',
      command: `aws sqs receive-message --queue-url ${relay.deadLetterQueue.queueUrl} --visibility-timeout 0 --max-number-of-messages 10`,
      section: 'dead-letters-of-the-relay',
    },
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
