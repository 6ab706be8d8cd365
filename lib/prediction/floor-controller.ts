import { ArnFormat, type CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { AttributeType, type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct, type IConstruct } from 'constructs';
import { stackTable } from '../dynamodb';
import { type AliasedFunction, stackFunction } from '../functions';
import { acknowledgeParts, DataClass, grantKeyUse, Keyring, KeyUse } from '../keyring';
import { IAM } from '../limits';
import { type DeploymentProfile, PROFILE, SharedProfile } from '../profile';
import { CAPACITY, CAPACITY_TABLE_KEY, Environment } from '../protocol';
import { stackPart } from '../stacks';
import { acknowledge, invalid, requireOwnProps } from '../validation';
import { RegisteredTarget } from './registered-target';

const STACK_CHILD = 'BreakwaterFloorController';

/**
 * Memory of the function. The data (four weeks of minutes, one week of coefficients) needs only a
 * few MB. But CPU power is proportional to memory, and the daily fit of the model needs it.
 */
const MEMORY_MB = 256;
/**
 * Maximum number of targets and indicators with this memory. Measured memory, without the part that
 * Lambda itself needs: 83 MB with 1, 165 MB with 36, 233 MB with 99.
 */
const MAX_SERIES = 36;
/**
 * Timeout of a run. A run takes less than a second, and with the daily fit a few seconds. Runs
 * start every minute.
 */
const TIMEOUT = Duration.seconds(60);

/**
 * Maximum number of targets. IAM's limit for a role's inline policies is 10,240 characters. With
 * the longest names, the policy for one target has up to 760 characters. All other policies have up
 * to 3,800.
 */
const MAX_TARGETS = 8;

/**
 * Service principal of Application Auto Scaling's service-linked role. This role provisions
 * concurrency. The first registration in an account creates the role.
 */
const SCALING_SERVICE = 'lambda.application-autoscaling.amazonaws.com';
const SCALING_ROLE = 'AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency';

/** Condition that Application Auto Scaling makes the call, with the permissions of its caller. */
const THROUGH_SCALING = { StringEquals: { 'aws:CalledViaLast': 'application-autoscaling.amazonaws.com' } };

/** Props of a `FloorController`. */
export interface FloorControllerProps {
  /**
   * Purpose of the deployment. In production, the table with the history is retained when the stack
   * is deleted.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/**
 * A function that forecasts demand and sets floors, and its table of history, models and backtest
 * results. A stack has one floor controller. The stack's first `PredictiveScaling` creates it.
 * `FloorController.of(scope)` returns it.
 */
export class FloorController extends Construct {
  /**
   * Returns the floor controller of a scope's stack. The first call creates it. If calls pass
   * different profiles, the strictest applies. If no call passes a profile, production applies.
   * @param scope any construct of the stack
   * @param profile purpose of the caller; undefined changes nothing
   */
  public static of(scope: IConstruct, profile?: DeploymentProfile): FloorController {
    const part = stackPart(
      Stack.of(scope),
      STACK_CHILD,
      'floor controller',
      FloorController,
      (stack) => new FloorController(stack, STACK_CHILD, { profile }),
    );
    part.profile.serve(scope, profile);
    return part;
  }

  /** The function that forecasts and sets floors. */
  public readonly function: AliasedFunction;
  /** History, models and backtest results of each target. */
  public readonly table: ITable;
  private readonly profile: SharedProfile;
  /** Number of targets and indicators. */
  private series = 0;
  private readonly targets: Construct;

  public constructor(scope: Construct, id: string, props: FloorControllerProps = {}) {
    super(scope, id);
    requireOwnProps(this, FloorController, props, { profile: PROFILE });
    this.profile = new SharedProfile(props.profile);
    this.profile.followStated((profile) => void Keyring.of(this, profile));
    const key = Keyring.of(this).keyFor(DataClass.CONTROL);
    this.table = stackTable(this, 'CapacityTable', {
      partitionKey: { name: CAPACITY_TABLE_KEY.partition, type: AttributeType.STRING },
      sortKey: { name: CAPACITY_TABLE_KEY.sort, type: AttributeType.STRING },
      encryptionKey: key,
      profile: this.profile,
    });
    this.function = stackFunction(this, 'Function', {
      name: 'floor-controller',
      description: 'Forecasts demand and sets the floor of provisioned concurrency',
      timeout: TIMEOUT,
      memorySize: MEMORY_MB,
      profile: this.profile,
    });
    // A failed run isn't retried, because the next run would start before the retry.
    this.function.alias.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    acknowledge(this.function.alias, {
      id: 'Serverless-LambdaAsyncFailureDestination',
      reason: 'A failed run has no value a minute later; the metrics Degraded and Errors show it',
    });
    this.function.addEnvironment(Environment.CAPACITY_TABLE, this.table.tableName);
    this.function.addEnvironment(Environment.STACK, Stack.of(this).stackName);
    Grant.addToPrincipal({
      grantee: this.function,
      actions: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
      resourceArns: [this.table.tableArn],
    });
    grantKeyUse(key, this.function, KeyUse.WRITE, 'dynamodb');
    this.letScale();
    this.targets = new Construct(this, 'Targets');
  }

  /**
   * Registers an alias. After the registration, the floor controller may change the floor of the
   * alias.
   * @param asker construct that needs the registration, for the error message
   * @param description the `CapacityTarget`, as JSON
   * @returns the registration, a resource that must exist before the first run
   * @throws BreakwaterError if the policy for one more target could exceed IAM's limit for a role
   * @internal
   */
  public _register(
    asker: IConstruct,
    target: AliasedFunction,
    indicators: number,
    description: string,
  ): CustomResource {
    const before = this.targets.node.children.length;
    if (before >= MAX_TARGETS) {
      const why = `IAM allows ${IAM.MAX_INLINE_POLICIES_CHARACTERS} characters of inline policies per role, and the stack has one floor controller`;
      const got = `got '${target.node.path}' after ${before} others: ${why}; scale it from another stack`;
      throw invalid(asker, 'target', `must be one of at most ${MAX_TARGETS} in a stack, ${got}`);
    }
    this.series += 1 + indicators;
    if (this.series > MAX_SERIES) (this.function.function.node.defaultChild as CfnFunction).memorySize = 2 * MEMORY_MB;
    return new RegisteredTarget(this.targets, this.function, target, description).registration;
  }

  /** Adds the permissions that AWS checks without an alias as resource. */
  private letScale(): void {
    const stack = Stack.of(this);
    const role = this.function.role;
    const scalableTargets = stack.formatArn({
      service: 'application-autoscaling',
      resource: 'scalable-target',
      resourceName: '',
    });
    const isProvisionedConcurrency = {
      'application-autoscaling:service-namespace': CAPACITY.serviceNamespace,
      'application-autoscaling:scalable-dimension': CAPACITY.scalableDimension,
    };
    const tag = `aws:ResourceTag/${CAPACITY.ownerTag}`;
    const newTag = `aws:RequestTag/${CAPACITY.ownerTag}`;
    const alarms = stack.formatArn({
      service: 'cloudwatch',
      resource: 'alarm',
      resourceName: '',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const statements: PolicyStatementProps[] = [
      {
        sid: 'ReadsWithoutResources',
        actions: [
          'application-autoscaling:DescribeScalableTargets',
          'application-autoscaling:DescribeScalingPolicies',
          // Application Auto Scaling checks that its caller has this permission, "with the maximum
          // number of records set to 1".
          'cloudwatch:DescribeAlarms',
          'cloudwatch:GetMetricData',
          'lambda:GetAccountSettings',
        ],
        resources: ['*'],
      },
      {
        sid: 'RegisterWithTag',
        actions: ['application-autoscaling:RegisterScalableTarget'],
        resources: [`${scalableTargets}*`],
        conditions: { StringEquals: { ...isProvisionedConcurrency, [newTag]: stack.stackName } },
      },
      {
        // A registration with a tag needs this permission. The condition `Null` refuses the call if
        // the target already has the tag. So a stack can't take over another stack's target.
        sid: 'TagUntagged',
        actions: ['application-autoscaling:TagResource'],
        resources: [`${scalableTargets}*`],
        conditions: {
          StringEquals: { [newTag]: stack.stackName },
          'ForAllValues:StringEquals': { 'aws:TagKeys': [CAPACITY.ownerTag] },
          Null: { [tag]: 'true' },
        },
      },
      {
        sid: 'ChangeTagged',
        actions: [
          'application-autoscaling:DeleteScalingPolicy',
          'application-autoscaling:DeleteScheduledAction',
          'application-autoscaling:DeregisterScalableTarget',
          'application-autoscaling:PutScalingPolicy',
          'application-autoscaling:PutScheduledAction',
          'application-autoscaling:RegisterScalableTarget',
        ],
        resources: [`${scalableTargets}*`],
        conditions: { StringEquals: { ...isProvisionedConcurrency, [tag]: stack.stackName } },
      },
      {
        // Application Auto Scaling checks that its caller has both permissions, without the name of
        // a specific alarm. Otherwise it refuses the call. Source: its user guide, "Permissions
        // validation for Application Auto Scaling API calls on target resources".
        sid: 'CheckedAlarms',
        actions: ['cloudwatch:DeleteAlarms', 'cloudwatch:PutMetricAlarm'],
        resources: [`${alarms}*`],
        conditions: THROUGH_SCALING,
      },
      {
        // AWS checks these permissions without an alias. For the calls themselves, RegisteredTarget
        // adds permissions that name the alias.
        sid: 'CheckedConcurrency',
        actions: [
          'lambda:DeleteProvisionedConcurrencyConfig',
          'lambda:GetProvisionedConcurrencyConfig',
          'lambda:PutProvisionedConcurrencyConfig',
        ],
        resources: ['*'],
        conditions: THROUGH_SCALING,
      },
      {
        sid: 'RoleOfApplicationAutoScaling',
        actions: ['iam:CreateServiceLinkedRole'],
        resources: [
          stack.formatArn({
            service: 'iam',
            region: '',
            resource: 'role',
            resourceName: `aws-service-role/${SCALING_SERVICE}/${SCALING_ROLE}`,
          }),
        ],
        conditions: { StringEquals: { 'iam:AWSServiceName': SCALING_SERVICE } },
      },
    ];
    for (const statement of statements) role.addToPolicy(new PolicyStatement(statement));
    const ids = 'AWS assigns the ID of a scalable target; the conditions require this stack’s tag';
    acknowledgeParts(role, this, scalableTargets, '*', ids);
    const alarmNames =
      'AWS checks these actions without an alarm name; a condition allows them to Application Auto Scaling only';
    acknowledgeParts(role, this, alarms, '*', alarmNames);
    acknowledge(role, {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'AWS checks these actions without a resource: they are reads, or calls that Application Auto Scaling makes',
    });
  }
}
