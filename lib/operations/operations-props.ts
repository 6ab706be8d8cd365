import type { Duration } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { DeploymentProfile } from '../profile';

/** Props of `Operations`. */
export interface OperationsProps {
  /**
   * Topic to which alarms publish. CloudWatch must be allowed to publish to it and to use its key.
   * @default - a new topic, encrypted with a key of its own
   */
  readonly topic?: ITopic;

  /**
   * Address of the runbook. Each alarm text links to a section of it, such as `#dead-letters`.
   * @default - this library's documentation page about operations
   */
  readonly runbookUrl?: string;

  /**
   * Maximum age of a queue's oldest message, in whole minutes: 1 minute to 14 days. For a worker,
   * at least 12 times its timeout applies, because SQS redelivers the message of a killed function
   * after 6 times the timeout.
   * @default Duration.minutes(15)
   */
  readonly maxMessageAge?: Duration;

  /**
   * Purpose of the deployment. It decides whether the topic's key is retained when the stack is
   * deleted. It changes neither alarms nor dashboard.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}
