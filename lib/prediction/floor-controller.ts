import { ArnFormat, type CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { AttributeType, type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct, type IConstruct } from 'constructs';
import { type AliasedFunction, stackFunction } from '../functions';
import { acknowledgeParts, DataClass, grantKeyUse, Keyring, KeyUse } from '../keyring';
import { IAM } from '../limits';
import { type DeploymentProfile, SharedProfile } from '../profile';
import { CAPACITY, CAPACITY_TABLE_KEY, Environment } from '../protocol';
import { stackPart } from '../stacks';
import { stackTable } from '../tables';
import { acknowledge, invalid } from '../validation';
import { RegisteredTarget } from './registered-target';

const STACK_CHILD = 'BreakwaterFloorController';

/**
 * Four weeks of minutes and a week of coefficients are a few MB. The daily fit needs a share of a
 * CPU.
 */
const MEMORY_MB = 256;
/**
 * Targets and indicators that fit into it. Measured without Lambda's own part: 83 MB with one, 165
 * with 36, 233 with 99.
 */
const MAX_SERIES = 36;
/**
 * A run takes well under a second, the daily fit some seconds. The next run starts a minute later.
 */
const TIMEOUT = Duration.seconds(60);

/**
 * Rights to a target take up to 760 characters with the longest names, all other rights up to
 * 3,800.
 */
const MAX_TARGETS = 8;

/**
 * Application Auto Scaling's own role, which provisions concurrency. The account's first
 * registration creates it.
 */
const SCALING_SERVICE = 'lambda.application-autoscaling.amazonaws.com';
const SCALING_ROLE = 'AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency';

/** Application Auto Scaling as it calls other services with the caller's rights. */
const THROUGH_SCALING = { StringEquals: { 'aws:CalledViaLast': 'application-autoscaling.amazonaws.com' } };

/** Props of a `FloorController`. */
export interface FloorControllerProps {
  /**
   * Purpose of the deployment. In production the history is retained when the stack is deleted, as
   * tables are.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/**
 * The function that forecasts demand and sets floors, and the table with its history, models and
 * backtest results. A stack has one. `PredictiveScaling` creates it; get it by
 * `FloorController.of(scope)`.
 */
export class FloorController extends Construct {
  /**
   * The floor controller of a scope's stack, created by the first call. If calls pass different
   * profiles, the strictest applies. If none passes one, it is for production.
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
    part.profile.serve(profile);
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
    // A failed run is out of date before a retry could start.
    this.function.alias.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    acknowledge(this.function.alias, {
      id: 'Serverless-LambdaAsyncFailureDestination',
      reason: 'A missed minute is worth nothing a minute later; the metric Degraded and the function’s errors show it',
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
   * Registers an alias. The floor controller may move its floor from then on.
   * @param asker construct that asks, for the message
   * @param description the `CapacityTarget`, as JSON
   * @returns the registration, which must exist before the first run
   * @throws BreakwaterError if the rights to one more target could exceed IAM's limit of a role
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
      const why = `IAM keeps ${IAM.MAX_INLINE_POLICIES_CHARACTERS} characters of inline policies a role, and the stack has one floor controller`;
      const got = `got '${target.node.path}' after ${before} others: ${why}; scale it from another stack`;
      throw invalid(asker, 'target', `must be one of at most ${MAX_TARGETS} in a stack, ${got}`);
    }
    this.series += 1 + indicators;
    if (this.series > MAX_SERIES) (this.function.function.node.defaultChild as CfnFunction).memorySize = 2 * MEMORY_MB;
    return new RegisteredTarget(this.targets, this.function, target, description).registration;
  }

  /** Rights that name no alias, because AWS doesn't check them on one. */
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
          // Application Auto Scaling checks this one of its caller, "with the maximum number of
          // records set to 1".
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
        // Registering with a tag needs it. A target that has the tag keeps it, so another stack's
        // can't be taken over.
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
        // Application Auto Scaling checks both of its caller without naming an alarm, and refuses
        // the call without them. Source: its user guide, "Permissions validation for Application
        // Auto Scaling API calls on target resources".
        sid: 'CheckedAlarms',
        actions: ['cloudwatch:DeleteAlarms', 'cloudwatch:PutMetricAlarm'],
        resources: [`${alarms}*`],
        conditions: THROUGH_SCALING,
      },
      {
        // Checked without naming an alias. The rights to use them directly name one: see
        // RegisteredTarget.
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
    const ids = 'AWS chooses the id of a scalable target; the conditions demand this stack’s tag';
    acknowledgeParts(role, this, scalableTargets, '*', ids);
    const alarmNames = 'Application Auto Scaling checks its caller without an alarm name, and only it may use these';
    acknowledgeParts(role, this, alarms, '*', alarmNames);
    acknowledge(role, {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'AWS checks these reads, and what Application Auto Scaling does for its caller, without a resource',
    });
  }
}
