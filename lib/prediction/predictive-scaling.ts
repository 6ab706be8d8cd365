import { Annotations, Duration, Stack } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct, type IConstruct } from 'constructs';
import { type AliasedFunction, everyMinute, type IWorkload } from '../functions';
import { profileOf } from '../profile';
import { CAPACITY, type CapacityTarget } from '../protocol';
import { requireOwnProps } from '../validation';
import { ColdStartGoal } from './cold-start-goal';
import { FloorController } from './floor-controller';
import { checkPredictiveScaling, PREDICTION_PROPS } from './predictive-scaling-checks';
import type { PredictiveScalingProps } from './predictive-scaling-props';

const DEFAULT_GOAL = ColdStartGoal.pricedAt(40);
const DEFAULT_LEAD = Duration.minutes(5);
/**
 * Minimum lead time without a warning. CloudWatch publishes metrics one to three minutes late, and
 * Lambda needs one or two minutes to start instances.
 */
const MIN_USEFUL_LEAD_MINUTES = 5;

/**
 * Raises a function's provisioned concurrency before demand arrives.
 *
 * Every minute the stack's floor controller forecasts the target's concurrent executions for the
 * minute that is one lead time ahead. The floor controller then sets the minimum of provisioned
 * concurrency, called the floor. If demand exceeds the forecast, target tracking adds instances.
 * The floor is never below the target's `min`, and never above its `max` or the account's available
 * concurrency.
 *
 * The forecast acts from the fifteenth day on. It acts only if a backtest on the target's own
 * history shows that it costs less than target tracking. The backtest runs again every week. If the
 * forecast doesn't act, target tracking scales alone.
 *
 * ```ts
 * new PredictiveScaling(this, 'CheckoutAhead', {
 *   target: checkout, // with Scaling.provisioned({ min: 2, max: 50 })
 *   indicators: [search], // people search before they buy
 *   timeZone: 'Europe/London',
 * });
 * ```
 */
export class PredictiveScaling extends Construct {
  /**
   * Stack name and path of the target. This name is the value of the metrics' dimension `Target`.
   */
  public readonly targetName: string;
  /** Whether instances are provisioned and demand is forecast. False with the sandbox profile. */
  public readonly provisions: boolean;

  /**
   * @throws BreakwaterError if the target has no provisioned concurrency, already has a
   * `PredictiveScaling`, or is the ninth target of its stack; if the target or an indicator is in a
   * stack with another env; or if a prop is out of bounds, a CDK token, or of a wrong type
   */
  public constructor(scope: Construct, id: string, props: PredictiveScalingProps) {
    super(scope, id);
    checkPredictiveScaling(this, props);
    requireOwnProps(this, PredictiveScaling, props, PREDICTION_PROPS);
    const profile = profileOf(this, props.profile);
    const target = props.target.workload;
    this.targetName = nameOf(props.target);
    this.provisions = profile.provisionsCapacity && target.scaling.minProvisioned !== undefined;
    target._scaleBy(this, this.provisions);
    this.warnIfNeverMoved(target);
    this.warnIfTooLate(props.lead);
    if (!this.provisions) {
      Annotations.of(this).addInfoV2(
        'breakwater:nothing-to-predict',
        `the sandbox profile provisions no concurrency, so there is no forecast for ${target.node.path}`,
      );
      return;
    }
    this.provision(target, FloorController.of(this, profile), this.describe(target, props));
  }

  /** The floor in instances (maximum of each minute). */
  public metricFloor(props?: MetricOptions): Metric {
    return this.metric('Floor', 'Maximum', props);
  }

  /**
   * 1 while the forecast sets the floor. 0 while the forecast learns, failed the backtest, is
   * degraded or is paused.
   */
  public metricActing(props?: MetricOptions): Metric {
    return this.metric('Acting', 'Minimum', props);
  }

  /**
   * 1 while the forecast is degraded, so that target tracking scales alone. The log line of the
   * same run states one of these reasons: measurements are late, missing or in the future; a call
   * or the forecast failed; the forecast's last day cost too much; the target isn't registered; or
   * a pause during traffic shifting lasts too long.
   *
   * A stopped floor controller publishes no metrics. So use an alarm with the threshold 1 that
   * treats missing data as breaching. If `provisions` is false, there are no metrics, so don't make
   * this alarm.
   */
  public metricDegraded(props?: MetricOptions): Metric {
    return this.metric('Degraded', 'Maximum', props);
  }

  /** The forecast of concurrent executions. */
  public metricForecast(props?: MetricOptions): Metric {
    return this.metric('Forecast', 'Maximum', props);
  }

  /** The measured concurrent executions. */
  public metricDemand(props?: MetricOptions): Metric {
    return this.metric('Demand', 'Maximum', props);
  }

  private metric(metricName: string, statistic: string, props?: MetricOptions): Metric {
    return new Metric({
      namespace: CAPACITY.metricNamespace,
      metricName,
      dimensionsMap: { Target: this.targetName },
      statistic,
      period: Duration.minutes(1),
      ...props,
    }).attachTo(this);
  }

  private describe(target: AliasedFunction, props: PredictiveScalingProps): CapacityTarget {
    const goal = props.goal ?? DEFAULT_GOAL;
    return {
      name: this.targetName,
      functionName: target.function.functionName,
      aliasName: target.alias.aliasName,
      min: target.scaling.minProvisioned!,
      max: target.scaling.maxProvisioned!,
      leadMinutes: (props.lead ?? DEFAULT_LEAD).toMinutes(),
      goal: goal.share === undefined ? { price: goal.idleUnitMinutes! } : { coldShare: goal.share },
      timeZone: props.timeZone,
      holidays: props.holidays?.length ? [...props.holidays].sort() : undefined,
      events: props.events?.length
        ? props.events.map(({ start, end, factor, demand }) => ({ from: start, until: end, factor, demand }))
        : undefined,
      indicators: props.indicators?.length
        ? props.indicators.map(({ workload }) => workload.function.functionName)
        : undefined,
    };
  }

  private warnIfNeverMoved(target: AliasedFunction): void {
    const { minProvisioned: min, maxProvisioned: max } = target._wantedScaling;
    if (min !== max) return;
    Annotations.of(this).addWarningV2(
      'breakwater:floor-cannot-move',
      `the floor of '${target.node.path}' cannot move: its min and max are both ${min}, so the forecast costs money and has no effect; give Scaling.provisioned a max above min, or remove this construct`,
    );
  }

  private warnIfTooLate(lead: Duration = DEFAULT_LEAD): void {
    if (lead.toMinutes() >= MIN_USEFUL_LEAD_MINUTES) return;
    Annotations.of(this).addWarningV2(
      'breakwater:lead-too-short',
      `a lead of ${lead.toMinutes()} minutes is short: it begins at the newest measured minute, and must cover CloudWatch's delay of one to three minutes ` +
        `and Lambda's one or two minutes to start instances; set ${MIN_USEFUL_LEAD_MINUTES} minutes or more`,
    );
  }

  private provision(target: AliasedFunction, controller: FloorController, description: CapacityTarget): void {
    const text = Stack.of(this).toJsonString(description);
    const registration = controller._register(this, target, description.indicators?.length ?? 0, text);
    const schedule = everyMinute(this, {
      function: controller.function,
      description: `Forecasts ${this.targetName}`,
      roleDescription: 'Starts the floor controller every minute',
      input: text,
    });
    schedule.node.addDependency(registration);
  }
}

/**
 * Returns the stack's name and the path within the stack. The path alone isn't unique, because two
 * stacks may contain the same path, and all stacks of an account share the metrics' namespace.
 */
function nameOf(target: IWorkload): string {
  // The path of the micro-module, not of the function in it.
  const named: IConstruct = Construct.isConstruct(target) ? target : target.workload;
  const stack = Stack.of(named);
  return `${stack.stackName}${named.node.path.slice(stack.node.path.length)}`;
}
