import type { Duration } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { DeploymentProfile } from '../profile';

/** Props of `Operations`. */
export interface OperationsProps {
  /**
   * Topic that alarms publish to. CloudWatch must be allowed to publish to it and to use its key.
   * @default - a new topic, encrypted with a key of its own
   */
  readonly topic?: ITopic;

  /**
   * Address of the page that alarm texts link to. Each text appends the anchor of its section, such
   * as `#dead-letters`.
   * @default - this library's page about operations
   */
  readonly runbookUrl?: string;

  /**
   * Maximum age of the oldest message of a queue, in whole minutes: 1 minute to 14 days. A worker
   * whose function may run long gets 12 times its timeout if that is more, because a killed
   * function's message returns after 6 times the timeout.
   * @default Duration.minutes(15)
   */
  readonly maxMessageAge?: Duration;

  /**
   * Purpose of the deployment. It decides whether the topic's key outlives the stack.
   * Alarms and dashboard are the same in both.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}
