import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { type AliasedFunction, everyMinute, stackFunction } from '../functions';
import type { SharedProfile } from '../profile';
import { Environment } from '../protocol';
import { rootStack } from '../stacks';
import { acknowledge } from '../validation';
import type { PolicyWatch } from './policy-watch';

/**
 * A run usually takes less than a second. After an outage, it sends messages for most of this time.
 */
const TIMEOUT = Duration.seconds(60);

/**
 * Makes the function that sends waiting messages every minute.
 * @param policies policies of queues, which it compares with the queues' own
 */
export function makeTick(scope: Construct, id: string, profile: SharedProfile, policies: PolicyWatch): AliasedFunction {
  const tick = new Construct(scope, id);
  const made = stackFunction(tick, 'Function', {
    name: 'tick',
    description: 'Sends messages that wait for their targets, counts those in quarantine, and compares queue policies',
    timeout: TIMEOUT,
    profile,
  });
  // A failed run isn't retried, because the next run starts first.
  made.alias.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
  acknowledge(made.alias, {
    id: 'Serverless-LambdaAsyncFailureDestination',
    reason: 'Each run gets the same event, so the next run a minute later does what a failed one has left',
  });
  made.addEnvironment(Environment.STACK, rootStack(scope).stackName);
  everyMinute(tick, {
    function: made,
    description: 'Sends messages that wait for their targets',
    roleDescription: 'Starts the tick every minute',
    input: policies.event(),
  });
  return made;
}
