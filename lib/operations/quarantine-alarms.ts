import { Duration, Stack } from 'aws-cdk-lib';
import { redriveCommand } from '../protocol';
import type { Quarantine } from '../quarantine';
import { rootStack } from '../stacks';
import { type AlarmPlan, IDLE_IS_FINE, MINUTE, tailErrors } from './alarm-plan';

/** A target that is throttled for a moment takes its messages within a few minutes. */
const MAX_WAIT = Duration.minutes(15);

/**
 * Minutes for which a policy differs until the alarm is raised. During a deployment, the policy and
 * the tick's copy of it may differ for a moment.
 */
const POLICY_MINUTES = 5;

/**
 * The alarms of a stack's quarantine: on messages that wait or are held, on its tick, and on
 * changed policies of queues, which the tick finds.
 */
export function quarantineAlarms(quarantine: Quarantine, id: string): AlarmPlan[] {
  const { tick } = quarantine;
  const { logGroupName } = tick.logGroup;
  return [
    {
      id: `${id}Held`,
      metric: quarantine.metricHeld(undefined, { period: MINUTE }),
      threshold: 1,
      periods: 1,
      breaching: 1,
      missing: IDLE_IS_FINE,
      happened: 'Messages are held: they were given up, or can not be sent. They are kept for 90 days.',
      command: redriveCommand(rootStack(quarantine).stackName, Stack.of(quarantine).region),
      section: 'messages-are-held',
    },
    {
      id: `${id}Waiting`,
      metric: quarantine.metricOldestWaiting(undefined, { period: MINUTE }),
      threshold: MAX_WAIT.toSeconds(),
      periods: 3,
      breaching: 3,
      missing: IDLE_IS_FINE,
      happened: `Messages have waited for their target for ${MAX_WAIT.toHumanString()} or longer: it is down, or no deployment has made it. They are sent when it takes them.`,
      command: `aws logs tail ${logGroupName} --since 30m --filter-pattern waiting`,
      section: 'messages-wait',
    },
    {
      id: `${id}TickFailing`,
      metric: tick.alias.metricErrors({ period: MINUTE }),
      threshold: 1,
      periods: 10,
      breaching: 5,
      missing: IDLE_IS_FINE,
      happened: 'The function that sends waiting messages fails: they wait until it works again.',
      command: tailErrors(logGroupName),
      section: 'the-tick-fails',
    },
    {
      id: `${id}PolicyChanged`,
      metric: quarantine.metricChangedPolicies(undefined, { period: MINUTE }),
      threshold: 1,
      periods: POLICY_MINUTES,
      breaching: POLICY_MINUTES,
      missing: IDLE_IS_FINE,
      happened:
        "Somebody changed the policy of a worker's queue outside of CloudFormation: others may send messages to the worker, or declared senders may not. Find the change in CloudTrail, and restore the policy.",
      command: `aws logs tail ${logGroupName} --since 30m --filter-pattern '"queue policy changed"'`,
      section: 'a-queue-policy-was-changed',
    },
  ];
}
