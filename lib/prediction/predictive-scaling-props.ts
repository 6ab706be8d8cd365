import type { Duration } from 'aws-cdk-lib';
import type { IWorkload } from '../functions';
import type { DeploymentProfile } from '../profile';
import type { AnnouncedEvent } from './announced-event';
import type { ColdStartGoal } from './cold-start-goal';

/** Props of `PredictiveScaling`. */
export interface PredictiveScalingProps {
  /**
   * What is scaled: a micro-module, or an `AliasedFunction`, with `Scaling.provisioned({ min, max })`. The floor stays within these
   * bounds, and within what the account's concurrency leaves.
   */
  readonly target: IWorkload;

  /**
   * What a cold start is worth.
   * @default ColdStartGoal.pricedAt(40)
   */
  readonly goal?: ColdStartGoal;

  /**
   * How long before the demand a floor must be set, so that the instances are there: whole minutes, 1 to 60, counted from the newest measured
   * minute. So CloudWatch's delay of one to three minutes and Lambda's one or two minutes of preparation must fit in it. More
   * than is needed costs: a forecast further ahead is less sure, and capacity is there, and paid, before its minute.
   * @default Duration.minutes(5)
   */
  readonly lead?: Duration;

  /**
   * Zone in which the days of whoever calls begin, as IANA names it: `Europe/Berlin`. The forecast follows it through daylight saving.
   * @default 'UTC'
   */
  readonly timeZone?: string;

  /**
   * Days that are unlike their day of the week, as `YYYY-MM-DD` in the time zone; up to 400, past ones too, from which it learns.
   * @default - none
   */
  readonly holidays?: string[];

  /**
   * What is known to come and no history shows; up to 100. One that is over raises no floor and is not learned from. Leave it for a week, for
   * which the gate replays it; after that it does nothing.
   * @default - none
   */
  readonly events?: AnnouncedEvent[];

  /**
   * Whose requests come before the target's, such as searches before orders: micro-modules or functions, up to 10, in the target's Region and
   * account. By how many minutes is learned. Each costs as much to read as the target itself.
   * @default - none
   */
  readonly indicators?: IWorkload[];

  /**
   * What the deployment is for. In the sandbox nothing is provisioned, so nothing is made, and synth says so.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}
