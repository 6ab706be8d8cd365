import { Duration, Stack } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { redriveCommand } from '../protocol';
import { rootStack } from '../stacks';
import type { QueueWorker } from '../workers';
import { type AlarmPlan, IDLE_IS_FINE, MINUTE, tailErrors, WINDOW } from './alarm-plan';

/**
 * Minimum age of a message at which the alarm is raised, in timeouts of the function. It is twice
 * the default visibility timeout, which is 6 times the function's timeout.
 */
const TIMEOUTS_PER_AGE = 12;

/**
 * The alarms of a worker: on dead letters, on messages that wait too long, and on crashes and
 * throttling of its function.
 */
export function workerAlarms(worker: QueueWorker, maxMessageAge: Duration): AlarmPlan[] {
  const { id } = worker.node;
  const logs = worker.function.logGroup.logGroupName;
  const longest = Math.max(maxMessageAge.toSeconds(), TIMEOUTS_PER_AGE * worker.function.timeout.toSeconds());
  // An existing dead-letter queue may have messages of other queues, so it is left alone.
  const isAdopted = worker.deadLetterQueue.node.scope === worker;
  const options = { period: WINDOW, statistic: 'Sum' };
  return [
    {
      id: `${id}DeadLetters`,
      metric: worker.metricDeadLetters({ period: MINUTE }),
      threshold: 1,
      periods: 1,
      breaching: 1,
      missing: IDLE_IS_FINE,
      happened: `${id} has dead letters: messages that SQS gave up after 1,000 receives, because the function couldn't start or the quarantine couldn't be written. ${isAdopted ? 'They move to the quarantine within minutes.' : 'They are kept until 14 days after they were sent.'}`,
      command: isAdopted
        ? redriveCommand(rootStack(worker).stackName, Stack.of(worker).region)
        : `aws sqs receive-message --queue-url ${worker.deadLetterQueue.queueUrl} --visibility-timeout 0 --max-number-of-messages 10`,
      section: 'dead-letters',
    },
    {
      id: `${id}OldestMessage`,
      metric: worker.metricBacklogAge({ period: MINUTE }),
      threshold: longest,
      periods: 3,
      breaching: 3,
      missing: IDLE_IS_FINE,
      happened: `${id} is late: its oldest message has waited for ${Duration.seconds(longest).toHumanString()} or longer.`,
      command: tailErrors(logs),
      section: 'a-worker-is-late',
    },
    {
      id: `${id}Failing`,
      metric: new MathExpression({
        expression: 'FILL(errors, 0) + FILL(throttled, 0)',
        usingMetrics: { errors: worker.metricErrors(options), throttled: worker.metricThrottles(options) },
        label: `${id}: crashes and throttled batches`,
        period: WINDOW,
      }),
      threshold: 1,
      periods: 2,
      breaching: 2,
      missing: IDLE_IS_FINE,
      happened: `${id} crashes, times out or is throttled, for 10 minutes now. SQS redelivers its messages.`,
      command: tailErrors(logs),
      section: 'a-worker-fails',
    },
  ];
}
