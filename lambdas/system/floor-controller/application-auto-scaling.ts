import {
  DeleteScalingPolicyCommand,
  DeleteScheduledActionCommand,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  PutScalingPolicyCommand,
  PutScheduledActionCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { MS_PER_MINUTE } from '../../../forecast/minutes';
import { backoffMs, CAPACITY } from '../../../lib/protocol';
import { isRefusal } from '../aws-errors';
import type { AwsClients } from './aws-clients';
import type { Bounds, Policies, ScalableTargets } from './scalable-targets';

/** Name of the scheduled action that resets the floor, if no run postpones it. */
const FALL_BACK = 'breakwater-fall-back';

/**
 * Maximum number of attempts of a change. Application Auto Scaling refuses a change while another
 * change of the same target is pending.
 */
const PENDING_ATTEMPTS = 3;
const PENDING_BACKOFF = { baseMs: 400, capMs: 2_000 };

const DIMENSION = {
  ServiceNamespace: CAPACITY.serviceNamespace,
  ScalableDimension: CAPACITY.scalableDimension,
} as const;

/** Dependencies of `ApplicationAutoScaling` besides its client. */
export interface ApplicationAutoScalingDependencies {
  readonly sleep: (ms: number) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Calls Application Auto Scaling for scalable targets. */
export class ApplicationAutoScaling implements ScalableTargets {
  /** @param owner value of the tag that marks the targets of this stack */
  public constructor(
    private readonly client: AwsClients['autoScaling'],
    private readonly abortSignal: AbortSignal,
    private readonly owner: string,
    private readonly dependencies: ApplicationAutoScalingDependencies,
  ) {}

  public async bounds(resourceId: string): Promise<Bounds | undefined> {
    const command = new DescribeScalableTargetsCommand({ ...DIMENSION, ResourceIds: [resourceId] });
    const { ScalableTargets = [] } = await this.client.send(command, { abortSignal: this.abortSignal });
    const found = ScalableTargets.find(({ ResourceId }) => ResourceId === resourceId);
    return found === undefined ? undefined : { min: found.MinCapacity ?? 0, max: found.MaxCapacity ?? 0 };
  }

  public async policies(resourceId: string): Promise<Policies> {
    // One page suffices: it contains 50 policies, the maximum of a scalable target.
    const command = new DescribeScalingPoliciesCommand({ ...DIMENSION, ResourceId: resourceId });
    const { ScalingPolicies = [] } = await this.client.send(command, { abortSignal: this.abortSignal });
    const ours = ScalingPolicies.find(({ PolicyName }) => PolicyName === CAPACITY.policyName);
    const utilisation = ours?.TargetTrackingScalingPolicyConfiguration?.TargetValue;
    return {
      ...(utilisation === undefined ? {} : { utilisation }),
      others: ScalingPolicies.filter((policy) => policy !== ours).map(({ PolicyName = '' }) => PolicyName),
    };
  }

  public create(resourceId: string, { min, max }: Bounds): Promise<void> {
    return this.change(() => {
      const Tags = { [CAPACITY.ownerTag]: this.owner };
      const input = { ...DIMENSION, ResourceId: resourceId, MinCapacity: min, MaxCapacity: max, Tags };
      return this.client.send(new RegisterScalableTargetCommand(input), { abortSignal: this.abortSignal });
    });
  }

  public update(resourceId: string, { min, max }: Partial<Bounds>): Promise<void> {
    return this.change(() => {
      const input = { ...DIMENSION, ResourceId: resourceId, MinCapacity: min, MaxCapacity: max };
      return this.client.send(new RegisterScalableTargetCommand(input), { abortSignal: this.abortSignal });
    });
  }

  public track(resourceId: string, utilisation: number): Promise<void> {
    const command = new PutScalingPolicyCommand({
      ...DIMENSION,
      ResourceId: resourceId,
      PolicyName: CAPACITY.policyName,
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: utilisation,
        CustomizedMetricSpecification: maximumUtilisationOf(resourceId),
      },
    });
    return this.change(() => this.client.send(command, { abortSignal: this.abortSignal }));
  }

  public fallBackAt(resourceId: string, minute: number, min: number): Promise<void> {
    const command = new PutScheduledActionCommand({
      ...DIMENSION,
      ResourceId: resourceId,
      ScheduledActionName: FALL_BACK,
      Schedule: `at(${new Date(minute * MS_PER_MINUTE).toISOString().slice(0, 19)})`,
      ScalableTargetAction: { MinCapacity: min },
    });
    return this.change(() => this.client.send(command, { abortSignal: this.abortSignal }));
  }

  public async withdraw(resourceId: string): Promise<void> {
    const target = { ...DIMENSION, ResourceId: resourceId };
    const policy = new DeleteScalingPolicyCommand({ ...target, PolicyName: CAPACITY.policyName });
    await this.remove(() => this.client.send(policy, { abortSignal: this.abortSignal }));
    const action = new DeleteScheduledActionCommand({ ...target, ScheduledActionName: FALL_BACK });
    await this.remove(() => this.client.send(action, { abortSignal: this.abortSignal }));
  }

  public deregister(resourceId: string): Promise<void> {
    const command = new DeregisterScalableTargetCommand({ ...DIMENSION, ResourceId: resourceId });
    return this.remove(() => this.client.send(command, { abortSignal: this.abortSignal }));
  }

  private async remove(call: () => Promise<unknown>): Promise<void> {
    try {
      await this.change(call);
    } catch (error) {
      // The target never existed, or an earlier delivery of this event removed it.
      if (!isRefusal(error, 'ObjectNotFoundException')) throw error;
    }
  }

  /** Runs a call, and retries it while another change of the target is pending. */
  private async change(call: () => Promise<unknown>): Promise<void> {
    const { sleep, random } = this.dependencies;
    for (let attempt = 1; ; attempt++) {
      try {
        await call();
        return;
      } catch (error) {
        if (attempt === PENDING_ATTEMPTS || !isRefusal(error, 'ConcurrentUpdateException')) throw error;
        await sleep(backoffMs(attempt, PENDING_BACKOFF, random));
      }
    }
  }
}

/**
 * Metric of target tracking: the maximum utilisation in each minute, which forecast and backtest
 * use too. AWS's predefined metric would be the average of each minute.
 */
function maximumUtilisationOf(resourceId: string) {
  const [, functionName = '', aliasName = ''] = resourceId.split(':');
  return {
    Namespace: 'AWS/Lambda',
    MetricName: 'ProvisionedConcurrencyUtilization',
    Statistic: 'Maximum' as const,
    Dimensions: [
      { Name: 'FunctionName', Value: functionName },
      { Name: 'Resource', Value: `${functionName}:${aliasName}` },
    ],
  };
}
