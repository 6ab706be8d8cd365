import { MS_PER_MINUTE } from '../../../../forecast/minutes';
import { CAPACITY } from '../../../../lib/protocol';
import { type Bounds, type Policies, type ScalableTargets, SURE_UTILISATION } from '../scalable-targets';
import { AUTO_SCALING, type AwsApi } from './aws-api';
import { isAwsError } from './aws-error';

/** Scheduled action that takes the floor back when nobody renews it. */
const FALL_BACK = 'breakwater-fall-back';

const DIMENSION = {
  ServiceNamespace: CAPACITY.serviceNamespace,
  ScalableDimension: CAPACITY.scalableDimension,
} as const;

/** Scalable targets in Application Auto Scaling. */
export class ApplicationAutoScaling implements ScalableTargets {
  public constructor(private readonly api: AwsApi) {}

  public async bounds(resourceId: string): Promise<Bounds | undefined> {
    const { ScalableTargets = [] } = await this.call<{
      ScalableTargets?: { ResourceId: string; MinCapacity: number; MaxCapacity: number }[];
    }>('DescribeScalableTargets', { ...DIMENSION, ResourceIds: [resourceId] });
    const found = ScalableTargets.find(({ ResourceId }) => ResourceId === resourceId);
    return found === undefined ? undefined : { min: found.MinCapacity, max: found.MaxCapacity };
  }

  public async policies(resourceId: string): Promise<Policies> {
    // One page of 50 holds the 50 policies that a scalable target may have.
    const { ScalingPolicies = [] } = await this.call<{
      ScalingPolicies?: { PolicyName: string; TargetTrackingScalingPolicyConfiguration?: { TargetValue: number } }[];
    }>('DescribeScalingPolicies', { ...DIMENSION, ResourceId: resourceId });
    const ours = ScalingPolicies.find(({ PolicyName }) => PolicyName === CAPACITY.policyName);
    const utilisation = ours?.TargetTrackingScalingPolicyConfiguration?.TargetValue;
    return {
      ...(utilisation === undefined ? {} : { utilisation }),
      others: ScalingPolicies.filter((policy) => policy !== ours).map(({ PolicyName }) => PolicyName),
    };
  }

  public async register(resourceId: string, bounds: Partial<Bounds>): Promise<void> {
    await this.call('RegisterScalableTarget', {
      ...DIMENSION,
      ResourceId: resourceId,
      ...(bounds.min === undefined ? {} : { MinCapacity: bounds.min }),
      ...(bounds.max === undefined ? {} : { MaxCapacity: bounds.max }),
    });
  }

  public async track(resourceId: string, utilisation: number): Promise<void> {
    try {
      await this.putPolicy(resourceId, utilisation);
    } catch (error) {
      if (utilisation <= SURE_UTILISATION || !isAwsError(error, 'ValidationException')) throw error;
      await this.putPolicy(resourceId, SURE_UTILISATION);
    }
  }

  private async putPolicy(resourceId: string, utilisation: number): Promise<void> {
    await this.call('PutScalingPolicy', {
      ...DIMENSION,
      ResourceId: resourceId,
      PolicyName: CAPACITY.policyName,
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: utilisation,
        CustomizedMetricSpecification: busiestOfMinute(resourceId),
      },
    });
  }

  public async fallBackAt(resourceId: string, minute: number, min: number): Promise<void> {
    await this.call('PutScheduledAction', {
      ...DIMENSION,
      ResourceId: resourceId,
      ScheduledActionName: FALL_BACK,
      Schedule: `at(${new Date(minute * MS_PER_MINUTE).toISOString().slice(0, 19)})`,
      ScalableTargetAction: { MinCapacity: min },
    });
  }

  public async withdraw(resourceId: string): Promise<void> {
    await this.remove('DeleteScalingPolicy', { ...DIMENSION, ResourceId: resourceId, PolicyName: CAPACITY.policyName });
    await this.remove('DeleteScheduledAction', {
      ...DIMENSION,
      ResourceId: resourceId,
      ScheduledActionName: FALL_BACK,
    });
  }

  public async deregister(resourceId: string): Promise<void> {
    await this.remove('DeregisterScalableTarget', { ...DIMENSION, ResourceId: resourceId });
  }

  private async remove(action: string, input: unknown): Promise<void> {
    try {
      await this.call(action, input);
    } catch (error) {
      // Never there, or removed by an earlier delivery.
      if (!isAwsError(error, 'ObjectNotFoundException')) throw error;
    }
  }

  private call<T = unknown>(action: string, input: unknown): Promise<T> {
    return this.api.json<T>(AUTO_SCALING, '1.1', 'AnyScaleFrontendService', action, input);
  }
}

/**
 * The busiest moment of each minute, which is what was forecast and judged. The predefined metric is a minute's mean, and is known to be
 * taken for targets up to 0.9 only.
 */
function busiestOfMinute(resourceId: string) {
  const [, functionName = '', aliasName = ''] = resourceId.split(':');
  return {
    Namespace: 'AWS/Lambda',
    MetricName: 'ProvisionedConcurrencyUtilization',
    Statistic: 'Maximum',
    Dimensions: [
      { Name: 'FunctionName', Value: functionName },
      { Name: 'Resource', Value: `${functionName}:${aliasName}` },
    ],
  };
}
