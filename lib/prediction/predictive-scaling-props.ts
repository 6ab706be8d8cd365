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
   * Limit of cold starts, or price of a cold start in idle instances.
   * @default ColdStartGoal.pricedAt(40)
   */
  readonly goal?: ColdStartGoal;

  /**
   * Lead time: whole minutes, 1 to 60, from the newest measured minute to the planned one. It must
   * cover CloudWatch's delay (1 to 3 minutes) and Lambda's start of instances (1 to 2 minutes).
   * With a longer lead time, forecasts are less accurate, and instances are billed before they are
   * needed.
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
   * Days with demand that differs from their day of the week, as `YYYY-MM-DD` in the time zone. Up
   * to 400. The forecast learns from past ones.
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
   * Micro-modules or functions with requests that precede the target's, such as searches before
   * orders. Up to 10, in the target's Region and account. The forecast learns the delay. Reading
   * the metric of an indicator costs as much as reading the target's.
   * @default - none
   */
  readonly indicators?: IWorkload[];

  /**
   * Purpose of the deployment. The sandbox profile provisions nothing, so this construct creates
   * nothing.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}
