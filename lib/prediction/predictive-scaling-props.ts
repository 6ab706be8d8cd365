import type { Duration } from 'aws-cdk-lib';
import type { IWorkload } from '../functions';
import type { DeploymentProfile } from '../profile';
import type { AnnouncedEvent } from './announced-event';
import type { ColdStartGoal } from './cold-start-goal';

/** Props of `PredictiveScaling`. */
export interface PredictiveScalingProps {
  /**
   * The function to scale: a micro-module or an `AliasedFunction` with
   * `Scaling.provisioned({ min, max })`. The floor stays within these bounds and within the
   * account's concurrency.
   */
  readonly target: IWorkload;

  /**
   * Limit of cold starts, or price of a cold start in idle instance-minutes.
   * @default ColdStartGoal.pricedAt(40)
   */
  readonly goal?: ColdStartGoal;

  /**
   * Lead time from the newest measured minute to the planned minute: whole minutes, 1 to 60. The
   * lead time must cover CloudWatch's delay (1 to 3 minutes) and the time that Lambda needs to
   * start instances (1 to 2 minutes). With a longer lead time, forecasts are less accurate, and
   * instances are billed before they are needed.
   * @default Duration.minutes(5)
   */
  readonly lead?: Duration;

  /**
   * IANA name of the callers' time zone, such as `Europe/Berlin`. The forecast follows its daylight
   * saving time.
   * @default 'UTC'
   */
  readonly timeZone?: string;

  /**
   * Days with demand that is unusual for their day of the week, such as public holidays. Up to 400
   * days as `YYYY-MM-DD` in the time zone. The forecast learns from past days in this list.
   * @default - none
   */
  readonly holidays?: string[];

  /**
   * Announced events with demand that history doesn't show. Up to 100. The forecast doesn't learn
   * from past events. Keep an event for a week after its end, because the backtest replays that
   * week.
   * @default - none
   */
  readonly events?: AnnouncedEvent[];

  /**
   * Micro-modules or functions whose requests precede requests to the target. For example, people
   * search before they order. Up to 10, in the target's Region and account. The forecast learns the
   * delay between both. Reading an indicator's metric costs as much as reading the target's metric.
   * @default - none
   */
  readonly indicators?: IWorkload[];

  /**
   * Purpose of the deployment. With the sandbox profile there is no provisioned concurrency, so
   * this construct creates nothing.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}
