import { randomUUID } from 'node:crypto';
import { type Answer, arnOf, notFound, type Place, page } from './answers';
import type { Concurrency } from './concurrency';
import { Input, type TargetName } from './input';
import { refused, ScalingError } from './scaling-error';
import { ScalingPolicies } from './scaling-policies';
import { ScheduledActions } from './scheduled-actions';

export interface FakeScalingProps extends Place {
  readonly concurrency: Concurrency;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /**
   * Required actions that the caller has no permission for: see `missingRights`.
   * @default - none is missing
   */
  readonly missingRights?: () => readonly string[];
  /** Receives a line for each change of capacity, also for a failed change. */
  readonly log?: (line: string) => void;
}

interface ScalableTarget extends TargetName {
  readonly arn: string;
  readonly createdAt: number;
  readonly min: number;
  readonly max: number;
  readonly suspended: Readonly<Record<string, boolean>>;
}

interface Activity {
  readonly id: string;
  readonly resourceId: string;
  readonly at: number;
  readonly cause: string;
  readonly description: string;
  readonly failure?: string;
}

/** Maximum number of stored activities. */
const MAX_ACTIVITIES = 200;
const SUSPENSIONS = ['DynamicScalingInSuspended', 'DynamicScalingOutSuspended', 'ScheduledScalingSuspended'];
/** Role that AWS creates when an account registers its first alias. */
const ROLE =
  'aws-service-role/lambda.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency';

/**
 * A fake of AWS Application Auto Scaling, which the local AWS emulator lacks: the part that scales
 * the provisioned concurrency of Lambda aliases, in memory. As the service does, it changes the
 * capacity to be within the bounds when an alias is registered or an `at()` action is due. It
 * checks, stores and describes scaling policies, but doesn't apply them.
 *
 * Sources: the service's API reference and user guide. If these documents don't contain the text of
 * an error, only the error's type is taken from them.
 */
export class FakeScaling {
  private readonly targets = new Map<string, ScalableTarget>();
  private readonly policies: ScalingPolicies;
  private readonly actions: ScheduledActions;
  private readonly activities: Activity[] = [];
  private readonly operations: ReadonlyMap<string, (input: Input) => Answer | Promise<Answer>>;

  public constructor(private readonly props: FakeScalingProps) {
    this.policies = new ScalingPolicies(props, props.now);
    this.actions = new ScheduledActions(props, props.now);
    const isRegistered = (resourceId: string) => this.targets.has(resourceId);
    this.operations = new Map<string, (input: Input) => Answer | Promise<Answer>>([
      ['RegisterScalableTarget', (input) => this.register(input)],
      ['DeregisterScalableTarget', (input) => this.deregister(input)],
      ['DescribeScalableTargets', (input) => this.describeTargets(input)],
      ['DescribeScalingActivities', (input) => this.describeActivities(input)],
      [
        'PutScalingPolicy',
        (input) => {
          this.requireRights();
          return this.policies.put(input, isRegistered);
        },
      ],
      ['DescribeScalingPolicies', (input) => this.policies.describe(input)],
      ['DeleteScalingPolicy', (input) => this.policies.delete(input)],
      ['PutScheduledAction', (input) => this.actions.put(input, isRegistered)],
      ['DescribeScheduledActions', (input) => this.actions.describe(input)],
      ['DeleteScheduledAction', (input) => this.actions.delete(input)],
    ]);
  }

  /**
   * Answers one request.
   * @param operation name without the protocol's prefix: `RegisterScalableTarget`
   * @throws ScalingError if the service would refuse the request
   */
  public async call(operation: string, request: Readonly<Record<string, unknown>>): Promise<Answer> {
    const run = this.operations.get(operation);
    if (run === undefined) {
      throw new ScalingError('UnknownOperationException', `the fake has no operation '${operation}'`);
    }
    return run(new Input(request));
  }

  /** Runs due scheduled actions. */
  public async runDueActions(): Promise<void> {
    for (const { name, resourceId, min, max } of this.actions.takeDue()) {
      const target = this.targets.get(resourceId)!;
      if (target.suspended['ScheduledScalingSuspended'] === true) continue;
      const changed = { ...target, min: min ?? target.min, max: max ?? target.max };
      const cause = `scheduled action name ${name} was triggered`;
      if (changed.max < changed.min) {
        this.note(resourceId, cause, 'Setting the bounds.', 'Maximum capacity cannot be less than minimum capacity');
        continue;
      }
      this.targets.set(resourceId, changed);
      await this.keepBetween(changed, cause);
    }
  }

  /**
   * Fails if the caller lacks permissions. The service calls CloudWatch and Lambda with the
   * caller's permissions, and checks these permissions first.
   */
  private requireRights(): void {
    const missing = this.props.missingRights?.() ?? [];
    if (missing.length > 0) throw refused(`The caller is not authorized to perform: ${missing.join(', ')}`);
  }

  private async register(input: Input): Promise<Answer> {
    const [min, max] = [input.integer('MinCapacity', 0), input.integer('MaxCapacity', 0)];
    const suspending = input.object('SuspendedState');
    const stated = SUSPENSIONS.map((name) => [name, suspending?.boolean(name)] as const);
    const name = input.target();
    suspending?.done();
    this.requireRights();
    const known = this.targets.get(name.resourceId);
    if (known !== undefined && input.object('Tags') !== undefined) {
      throw refused(
        'The scalable target that you tried to tag already exists. To update tags on an existing scalable target, ' +
          'use the TagResource API',
      );
    }
    const target: ScalableTarget = {
      ...name,
      arn: known?.arn ?? arnOf(this.props, 'application-autoscaling', `scalable-target/${randomUUID()}`),
      createdAt: known?.createdAt ?? this.props.now(),
      ...this.bounds(min ?? known?.min, max ?? known?.max),
      suspended: Object.fromEntries(stated.map(([key, value]) => [key, value ?? known?.suspended[key] ?? false])),
    };
    this.targets.set(target.resourceId, target);
    await this.keepBetween(target, `bounds were set to ${target.min} and ${target.max}`);
    return { ScalableTargetARN: target.arn };
  }

  private bounds(min: number | undefined, max: number | undefined): { readonly min: number; readonly max: number } {
    if (min === undefined || max === undefined) {
      throw refused('Minimum and maximum capacity must be specified to register a new scalable target');
    }
    if (max < min) throw refused('Maximum capacity cannot be less than minimum capacity');
    return { min, max };
  }

  /**
   * Changes the capacity to be within the bounds. This happens before the answer, so that a test
   * can check it immediately. AWS changes the capacity shortly after the answer.
   */
  private async keepBetween(target: ScalableTarget, cause: string): Promise<void> {
    let description = 'Reading the concurrency.';
    let failure: string | undefined;
    try {
      const current = await this.props.concurrency.read(target);
      // The alias doesn't exist.
      if (current === undefined) return;
      const wanted = Math.min(Math.max(current, target.min), target.max);
      if (wanted === current) return;
      description = `Setting concurrency to ${wanted}.`;
      await this.props.concurrency.write(target, wanted);
    } catch (error) {
      failure = (error as Error).message;
    }
    this.note(target.resourceId, cause, description, failure);
  }

  private note(resourceId: string, cause: string, description: string, failure?: string): void {
    this.activities.unshift({ id: randomUUID(), resourceId, at: this.props.now(), cause, description, failure });
    this.activities.splice(MAX_ACTIVITIES);
    const outcome = failure === undefined ? '' : ` It failed: ${failure}`;
    this.props.log?.(`fake scaling: ${resourceId}: ${description} Cause: ${cause}.${outcome}`);
  }

  private deregister(input: Input): Answer {
    const { resourceId } = input.target();
    if (!this.targets.delete(resourceId)) throw notFound('No scalable target found', resourceId);
    // AWS deletes policies and scheduled actions with their target, and keeps the capacity.
    this.policies.forget(resourceId);
    this.actions.forget(resourceId);
    return {};
  }

  private describeTargets(input: Input): Answer {
    return page(input, 'ScalableTargets', this.targets.values(), (target) => ({
      MinCapacity: target.min,
      MaxCapacity: target.max,
      RoleARN: `arn:aws:iam::${this.props.account}:role/${ROLE}`,
      CreationTime: target.createdAt / 1000,
      SuspendedState: target.suspended,
      ScalableTargetARN: target.arn,
    }));
  }

  private describeActivities(input: Input): Answer {
    return page(input, 'ScalingActivities', this.activities, (activity) => ({
      ActivityId: activity.id,
      Cause: activity.cause,
      Description: activity.description,
      StartTime: activity.at / 1000,
      EndTime: activity.at / 1000,
      StatusCode: activity.failure === undefined ? 'Successful' : 'Failed',
      StatusMessage: activity.failure ?? 'Successfully set concurrency.',
    }));
  }
}
