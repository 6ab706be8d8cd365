import type { Duration } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { DeploymentProfile } from '../profile';

/** Props of `Operations`. */
export interface OperationsProps {
  /**
   * Topic to which alarms publish. The policies of the topic and its key must allow CloudWatch to
   * publish and to use the key.
   * @default - a new topic, encrypted with its own key
   */
  readonly topic?: ITopic;

  /**
   * Address of the runbook. Each alarm text links to a section of it, such as `#dead-letters`.
   * @default - this library's documentation page about operations
   */
  readonly runbookUrl?: string;

  /**
   * Maximum age of a queue's oldest message, in whole minutes: 1 minute to 14 days. For a worker
   * with a long timeout, 12 times the timeout applies instead if that is longer. If a function is
   * killed, SQS redelivers its messages only after 6 times the timeout.
   * @default Duration.minutes(15)
   */
  readonly maxMessageAge?: Duration;

  /**
   * Purpose of the deployment. It decides whether the topic's key is retained when the stack is
   * deleted. It has no effect on the alarms and the dashboard.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}
