import { randomUUID } from 'node:crypto';
import { type Answer, arnOf, NAMESPACE, notFound, type Place, page } from './answers';
import type { Input } from './input';
import { refused } from './scaling-error';

interface ScalingPolicy {
  readonly name: string;
  readonly resourceId: string;
  readonly arn: string;
  readonly createdAt: number;
  /** The configuration as in the request. */
  readonly configuration: unknown;
  readonly alarms: readonly { readonly AlarmName: string; readonly AlarmARN: string }[];
}

const TARGET_TRACKING = 'TargetTrackingScaling';
const TYPES = ['PredictiveScaling', 'StepScaling', TARGET_TRACKING];
const METRIC = 'LambdaProvisionedConcurrencyUtilization';

/**
 * Scaling policies of the fake. It checks, stores and describes them, but doesn't apply them,
 * because it reads no metrics.
 */
export class ScalingPolicies {
  private readonly policies = new Map<string, ScalingPolicy>();

  public constructor(
    private readonly place: Place,
    private readonly now: () => number,
  ) {}

  /** @throws ScalingError unless the policy is target tracking of a registered alias */
  public put(input: Input, isRegistered: (resourceId: string) => boolean): Answer {
    const name = input.name('PolicyName');
    const { resourceId } = input.target();
    const configuration = readConfiguration(input);
    if (!isRegistered(resourceId)) throw notFound('No scalable target registered', resourceId);
    const key = `${resourceId} ${name}`;
    const known = this.policies.get(key);
    const resource = `scalingPolicy:${randomUUID()}:resource/${NAMESPACE}/${resourceId}:policyName/${name}`;
    const policy: ScalingPolicy = {
      name,
      resourceId,
      arn: known?.arn ?? arnOf(this.place, 'autoscaling', resource),
      createdAt: known?.createdAt ?? this.now(),
      configuration,
      alarms: known?.alarms ?? ['AlarmHigh', 'AlarmLow'].map((side) => this.alarm(resourceId, side)),
    };
    this.policies.set(key, policy);
    return { PolicyARN: policy.arn, Alarms: policy.alarms };
  }

  public describe(input: Input): Answer {
    const names = input.list('PolicyNames');
    const found = [...this.policies.values()].filter(({ name }) => names?.includes(name) ?? true);
    return page(input, 'ScalingPolicies', found, (policy) => ({
      PolicyARN: policy.arn,
      PolicyName: policy.name,
      PolicyType: TARGET_TRACKING,
      TargetTrackingScalingPolicyConfiguration: policy.configuration,
      Alarms: policy.alarms,
      CreationTime: policy.createdAt / 1000,
    }));
  }

  /** @throws ScalingError if no policy has that name */
  public delete(input: Input): Answer {
    const name = input.name('PolicyName');
    const { resourceId } = input.target();
    if (this.policies.delete(`${resourceId} ${name}`)) return {};
    throw notFound('No scaling policy found', resourceId, `, policy name: ${name}`);
  }

  /** Deletes the policies of a deleted target. */
  public forget(resourceId: string): void {
    for (const [key, policy] of this.policies) if (policy.resourceId === resourceId) this.policies.delete(key);
  }

  /** Makes the name of an alarm. No alarm is created. */
  private alarm(resourceId: string, side: string): ScalingPolicy['alarms'][number] {
    const name = `TargetTracking-${resourceId}-${side}-${randomUUID()}`;
    return { AlarmName: name, AlarmARN: arnOf(this.place, 'cloudwatch', `alarm:${name}`) };
  }
}

function readConfiguration(input: Input): unknown {
  // The default type of the service is step scaling.
  const type = input.oneOf('PolicyType', TYPES) ?? 'StepScaling';
  const configuration = input.object('TargetTrackingScalingPolicyConfiguration');
  input.done();
  // According to the service's user guide, Lambda supports no step scaling, and only ECS supports
  // predictive scaling.
  if (type !== TARGET_TRACKING) throw refused(`${type} is not supported for service namespace: ${NAMESPACE}`);
  if (configuration === undefined) {
    throw refused('TargetTrackingScalingPolicyConfiguration is required for a target tracking scaling policy');
  }
  const target = configuration.number('TargetValue');
  const predefined = configuration.object('PredefinedMetricSpecification');
  const customized = configuration.object('CustomizedMetricSpecification');
  for (const member of ['ScaleInCooldown', 'ScaleOutCooldown']) configuration.integer(member, 0);
  configuration.boolean('DisableScaleIn');
  const metric = predefined?.name('PredefinedMetricType');
  configuration.done();
  predefined?.done();
  if (target === undefined || target <= 0) throw refused('TargetValue must be greater than 0');
  if ((predefined === undefined) === (customized === undefined)) {
    throw refused('Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified');
  }
  if (metric !== undefined && metric !== METRIC) {
    throw refused(`PredefinedMetricType ${metric} is not supported for service namespace: ${NAMESPACE}`);
  }
  // The target is a share of the provisioned instances, so it is at most 1.
  if (metric !== undefined && target > 1) throw refused(`TargetValue of ${METRIC} must be at most 1, got ${target}`);
  return input.raw('TargetTrackingScalingPolicyConfiguration');
}
