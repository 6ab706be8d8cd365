import { type CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { AttributeType, type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct, type IConstruct } from 'constructs';
import { type AliasedFunction, stackFunction } from '../functions';
import { acknowledgeParts, DataClass, grantKeyUse, Keyring, KeyUse } from '../keyring';
import { IAM } from '../limits';
import { type DeploymentProfile, SharedProfile, stackPart } from '../profile';
import { CAPACITY, CAPACITY_TABLE_KEY, Environment } from '../protocol';
import { stackTable } from '../tables';
import { acknowledge, invalid } from '../validation';
import { RegisteredTarget } from './registered-target';

const STACK_CHILD = 'BreakwaterFloorController';

/** Four weeks of minutes and a week of coefficients are a few MB; the daily fit takes a share of a CPU. */
const MEMORY_MB = 256;
/** Targets and indicators that this is enough for: 83 MB were measured with one, 165 with 36, 233 with 99, Lambda's own part left out. */
const MOST_SERIES = 36;
/** A run takes well under a second, the daily one some seconds; the next minute brings another. */
const TIMEOUT = Duration.seconds(60);

/** Rights to a target take up to 800 characters, as long as names can be; what the floor controller may do besides, up to 2,700. */
const MOST_TARGETS = 9;

/** The role by which Application Auto Scaling moves provisioned concurrency. The account's first registration makes it. */
const SCALING_SERVICE = 'lambda.application-autoscaling.amazonaws.com';
const SCALING_ROLE = 'AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency';

/** Props of a `FloorController`. */
export interface FloorControllerProps {
  /**
   * What the deployment is for: in production history outlives the stack, as tables do.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/**
 * The one function of a stack that forecasts demand and sets floors, and the table in which it keeps history, models and verdicts.
 * `PredictiveScaling` makes it; take it from `FloorController.of(scope)` to look at either.
 */
export class FloorController extends Construct {
  /**
   * The floor controller of a scope's stack, made on first use. Asked for with different profiles, it takes the most careful one.
   * @param scope any construct of the stack
   * @param profile what the asker is for; without one, the floor controller stays as it is, and is for production if nobody says otherwise
   */
  public static of(scope: IConstruct, profile?: DeploymentProfile): FloorController {
    const part = stackPart(
      scope,
      STACK_CHILD,
      'floor controller',
      FloorController,
      (stack) => new FloorController(stack, STACK_CHILD, { profile }),
    );
    part.profile.serve(profile);
    return part;
  }

  /** The function that forecasts. */
  public readonly function: AliasedFunction;
  /** What it knows of each target. */
  public readonly table: ITable;
  private readonly profile: SharedProfile;
  /** Targets and their indicators. */
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
    // A run that failed is out of date before it could be tried again.
    this.function.alias.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    acknowledge(this.function.alias, {
      id: 'Serverless-LambdaAsyncFailureDestination',
      reason:
        'A minute that was missed is worth nothing a minute later; the metric Degraded and errors of the function tell',
    });
    this.function.addEnvironment(Environment.CAPACITY_TABLE, this.table.tableName);
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
   * Registers an alias, whose floor the floor controller may move from then on.
   * @param asker who wants it, for the message
   * @param description what the floor controller is told of it, as JSON
   * @returns what must be there before the floor controller works on it
   * @throws BreakwaterError if the rights to one more target could exceed what a role holds
   * @internal
   */
  public _register(
    asker: IConstruct,
    target: AliasedFunction,
    indicators: number,
    description: string,
  ): CustomResource {
    const before = this.targets.node.children.length;
    if (before >= MOST_TARGETS) {
      const why = `IAM keeps ${IAM.MAX_INLINE_POLICIES_CHARACTERS} characters of inline policies a role, and the stack has one floor controller`;
      const got = `got '${target.node.path}' after ${before} others: ${why}; scale it from another stack`;
      throw invalid(asker, 'target', `must be one of at most ${MOST_TARGETS} in a stack, ${got}`);
    }
    this.series += 1 + indicators;
    if (this.series > MOST_SERIES) (this.function.function.node.defaultChild as CfnFunction).memorySize = 2 * MEMORY_MB;
    return new RegisteredTarget(this.targets, this.function, target, description).registration;
  }

  /** Rights that name no alias, since AWS defines them without one. */
  private letScale(): void {
    const stack = Stack.of(this);
    const role = this.function.role;
    role.addToPolicy(
      new PolicyStatement({
        sid: 'AwsDefinesTheseWithoutResources',
        actions: [
          'application-autoscaling:DescribeScalableTargets',
          'application-autoscaling:DescribeScalingPolicies',
          'cloudwatch:GetMetricData',
          'lambda:GetAccountSettings',
        ],
        resources: ['*'],
      }),
    );
    const targets = stack.formatArn({
      service: 'application-autoscaling',
      resource: 'scalable-target',
      resourceName: '',
    });
    const reason = 'AWS makes the id of a scalable target when it is registered; the conditions name what it may scale';
    acknowledgeParts(role, this, targets, '*', reason);
    role.addToPolicy(
      new PolicyStatement({
        sid: 'FloorsOfProvisionedConcurrency',
        actions: [
          'application-autoscaling:DeleteScalingPolicy',
          'application-autoscaling:DeleteScheduledAction',
          'application-autoscaling:DeregisterScalableTarget',
          'application-autoscaling:PutScalingPolicy',
          'application-autoscaling:PutScheduledAction',
          'application-autoscaling:RegisterScalableTarget',
        ],
        resources: [`${targets}*`],
        conditions: {
          StringEquals: {
            'application-autoscaling:service-namespace': CAPACITY.serviceNamespace,
            'application-autoscaling:scalable-dimension': CAPACITY.scalableDimension,
          },
        },
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
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
      }),
    );
    acknowledge(role, {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'AWS defines these read actions without resources; none of them shows what functions work on',
    });
  }
}
