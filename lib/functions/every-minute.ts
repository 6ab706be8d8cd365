import { Stack } from 'aws-cdk-lib';
import { Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { acknowledge } from '../validation';
import type { AliasedFunction } from './aliased-function';

/**
 * EventBridge Scheduler drops a run that is delayed by more than this time, because the next run
 * has already started.
 */
const MAX_AGE_SECONDS = 60;

/** The function that a schedule calls, and the event. */
export interface EveryMinuteProps {
  readonly function: AliasedFunction;
  /** Description of the schedule. */
  readonly description: string;
  /** Description of the role that starts the function. */
  readonly roleDescription: string;
  /** Event of the function, as JSON. */
  readonly input: string;
}

/** Calls a function every minute. A missed run isn't made up for. @returns the schedule */
export function everyMinute(scope: Construct, props: EveryMinuteProps): CfnSchedule {
  const { functionArn } = props.function.alias;
  const role = scheduleRole(scope, props.roleDescription);
  const schedule = new CfnSchedule(scope, 'Schedule', {
    description: props.description,
    scheduleExpression: 'rate(1 minute)',
    flexibleTimeWindow: { mode: 'OFF' },
    target: {
      arn: functionArn,
      roleArn: role.roleArn,
      input: props.input,
      retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: MAX_AGE_SECONDS },
    },
  });
  Grant.addToPrincipal({
    grantee: role,
    actions: ['lambda:InvokeFunction'],
    resourceArns: [functionArn],
  }).applyBefore(schedule);
  return schedule;
}

function scheduleRole(scope: Construct, description: string): Role {
  const stack = Stack.of(scope);
  const role = new Role(scope, 'ScheduleRole', {
    description,
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: {
        StringEquals: {
          'aws:SourceAccount': stack.account,
          // The condition names the schedule group, because the guide of EventBridge Scheduler
          // says: "The ARN you specify must be a schedule group".
          'aws:SourceArn': stack.formatArn({
            service: 'scheduler',
            resource: 'schedule-group',
            resourceName: 'default',
          }),
        },
      },
    }),
  });
  acknowledge(role, {
    id: 'NIST.800.53.R5-IAMNoInlinePolicy',
    reason: 'Only this schedule has the role, and CloudFormation deletes both together',
  });
  return role;
}
