import { Annotations, Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { type IPrincipal, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Alias,
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct, type IConstruct } from 'constructs';
import { DataClass, Keyring } from '../keyring';
import { LAMBDA } from '../limits';
import { type DeploymentProfile, profileOf } from '../profile';
import { Environment } from '../protocol';
import { requireAwsPartition } from '../stacks';
import {
  acknowledge,
  invalid,
  mustBe,
  requireInteger,
  requireLiteral,
  requireOwnProps,
  requireProps,
} from '../validation';
import { ALIASED_FUNCTION_PROPS, type AliasedFunctionProps } from './aliased-function-props';
import { environmentErrors } from './environment-size';
import type { IFunctionGrantee } from './function-grantee';
import { Scaling } from './scaling';
import { watchStackSize } from './stack-size';
import { allowNetworkInterfaces, checkedVpcProps } from './vpc-access';

/**
 * A handler with the AWS SDK needs 45 to 65 MB. CPU power is proportional to memory. With 1,769 MB
 * a function has one vCPU, so with 512 MB it has nearly a third of one. With 256 MB a cold start
 * takes twice as long. With 1,024 MB an invocation costs more but is hardly faster, because it
 * mostly waits for DynamoDB.
 */
const DEFAULT_MEMORY_MB = 512;
const DEFAULT_TIMEOUT = Duration.seconds(10);

/**
 * If a larger share of the provisioned instances is busy, target tracking adds instances. The idle
 * instances serve further requests until new instances have started.
 */
const TARGET_UTILISATION = 0.7;

/** Name of the alias that receives traffic. */
const LIVE = 'live';

/** An `AliasedFunction`, or a micro-module or worker that contains one. */
export interface IWorkload {
  /** The function, with its alias, role and log group. */
  readonly workload: AliasedFunction;
}

/**
 * A Lambda function with this library's defaults. It runs on arm64 and writes JSON logs. Its
 * runtime is Node.js 24, unless its handler states another runtime. Its role can only write its own
 * logs and traces. Its log group is encrypted and has a retention time. Its alias `live` refers to
 * an immutable version, so a release can be rolled back.
 *
 * ```ts
 * const search = new AliasedFunction(this, 'Search', { handler: code.handler('search') });
 * ```
 */
export class AliasedFunction extends Construct implements IFunctionGrantee, IWorkload {
  /**
   * The function. Callers must invoke `alias`, because a release takes effect when it moves the
   * alias.
   */
  public readonly function: LambdaFunction;
  /** The alias `live`. */
  public readonly alias: Alias;
  /** The function's own role. */
  public readonly role: Role;
  /** Its log group. */
  public readonly logGroup: ILogGroup;
  /** The role, to which grants add permissions. */
  public readonly grantPrincipal: IPrincipal;
  /** Timeout of an invocation. */
  public readonly timeout: Duration;
  /**
   * The effective scaling. The sandbox profile replaces provisioned concurrency with on-demand
   * scaling.
   */
  public readonly scaling: Scaling;
  /** This function. */
  public readonly workload: AliasedFunction;
  /**
   * Requested scaling.
   * @internal
   */
  public readonly _wantedScaling: Scaling;
  /** Target tracking of the provisioned instances. */
  private scaler?: IConstruct;
  private scaledBy?: IConstruct;

  /**
   * @throws BreakwaterError if memory or timeout is out of bounds or a CDK token. Synth fails if
   * the environment exceeds 4 KB.
   */
  public constructor(scope: Construct, id: string, props: AliasedFunctionProps) {
    super(scope, id);
    requireProps(this, props, 'handler');
    requireOwnProps(this, AliasedFunction, props, ALIASED_FUNCTION_PROPS);
    requireAwsPartition(this);
    watchStackSize(this);
    const profile = profileOf(this, props.profile);
    const name = props.workloadName ?? id;
    this.timeout = props.timeout ?? DEFAULT_TIMEOUT;
    requireLiteral(this, 'timeout', this.timeout, 'its limits are checked at synth');
    requireInteger(
      this,
      'timeout in seconds',
      this.timeout.toSeconds({ integral: false }),
      1,
      LAMBDA.MAX_TIMEOUT_SECONDS,
    );
    requireInteger(this, 'memorySize', props.memorySize, LAMBDA.MIN_MEMORY_MB, LAMBDA.MAX_MEMORY_MB);
    this.workload = this;
    this._wantedScaling = props.scaling ?? Scaling.onDemand();
    this.scaling = this.scalingFor(profile, this._wantedScaling);

    this.logGroup = new LogGroup(this, 'Logs', {
      encryptionKey: props.logKey ?? Keyring.of(this, profile).keyFor(DataClass.LOGS),
      retention: profile.logRetention,
      removalPolicy: profile.removalPolicy,
    });
    this.role = this.createRole(name, this.logGroup);
    this.grantPrincipal = this.role;
    if (props.vpc !== undefined) allowNetworkInterfaces(this.role);
    this.function = this.createFunction(props, profile.removalPolicy);
    this.node.defaultChild = this.function.node.defaultChild;
    this.addEnvironment(Environment.NAME, name);
    this.alias = new Alias(this, 'Live', {
      aliasName: LIVE,
      version: this.function.currentVersion,
      provisionedConcurrentExecutions: this.scaling.minProvisioned,
    });
    if (this.scaling.minProvisioned !== undefined) {
      const scaler = this.alias.addAutoScaling({
        minCapacity: this.scaling.minProvisioned,
        maxCapacity: this.scaling.maxProvisioned!,
      });
      scaler.scaleOnUtilization({ utilizationTarget: TARGET_UTILISATION });
      this.scaler = scaler;
    }
    this.node.addValidation({ validate: () => environmentErrors(this.function) });
  }

  /**
   * Sets an environment variable.
   * @throws BreakwaterError if the variable already has another value, or a name or value isn't a
   * text
   */
  public addEnvironment(name: string, value: string): void {
    mustBe.text(this, 'name', name);
    mustBe.texts(this, 'environment', { [name]: value });
    const known = this.variables.get(name);
    if (known !== undefined && known !== value) {
      throw invalid(this, `environment variable '${name}'`, `must have one value, got '${known}' and '${value}'`);
    }
    this.variables.set(name, value);
    this.function.addEnvironment(name, value);
  }

  /**
   * States that another construct scales the alias. If `takesOver` is true, that construct
   * registers the alias and changes its provisioned concurrency, so the template contains no
   * scalable target. A deployment still provisions the minimum.
   * @throws BreakwaterError if another construct already scales this function
   * @internal
   */
  public _scaleBy(other: IConstruct, takesOver: boolean): void {
    if (this.scaledBy !== undefined) {
      throw invalid(
        other,
        'target',
        `must be scaled by one construct, got '${this.node.path}', which ${this.scaledBy.node.path} scales already`,
      );
    }
    this.scaledBy = other;
    if (takesOver) this.scaler?.node.scope?.node.tryRemoveChild(this.scaler.node.id);
  }

  private readonly variables = new Map<string, string>();

  private scalingFor(profile: DeploymentProfile, wanted: Scaling): Scaling {
    if (wanted.minProvisioned === undefined || profile.provisionsCapacity) return wanted;
    Annotations.of(this).addInfoV2(
      'breakwater:provisioned-is-on-demand',
      `the ${profile.profileName} profile provisions no concurrency: instead of ${wanted.minProvisioned} to ${wanted.maxProvisioned} provisioned instances, the function scales on demand`,
    );
    return Scaling.onDemand();
  }

  private createRole(name: string, logGroup: ILogGroup): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Rights of ${name}`,
    });
    role.addToPolicy(
      new PolicyStatement({
        sid: 'OwnLogs',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );
    return role;
  }

  private createFunction(props: AliasedFunctionProps, removalPolicy: RemovalPolicy): LambdaFunction {
    const tracing = props.tracing ?? true;
    const fn = new LambdaFunction(this, 'Function', {
      runtime: props.handler.runtime,
      architecture: Architecture.ARM_64,
      code: props.handler.code,
      handler: props.handler.entrypoint,
      description: props.description,
      role: this.role,
      timeout: this.timeout,
      memorySize: props.memorySize ?? DEFAULT_MEMORY_MB,
      reservedConcurrentExecutions: this.scaling.reservedConcurrency,
      tracing: tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.INFO,
      ...checkedVpcProps(this, props),
      // A rollback needs the earlier versions.
      currentVersionOptions: { removalPolicy },
    });
    for (const [variable, value] of Object.entries(props.environment ?? {})) {
      if (variable === Environment.NAME) {
        throw invalid(this, `environment variable '${variable}'`, `is set by the library; use workloadName instead`);
      }
      this.variables.set(variable, value);
      fn.addEnvironment(variable, value);
    }
    if (tracing) {
      const reason = 'X-Ray defines its two write actions without resources';
      acknowledge(this.role, { id: 'AwsSolutions-IAM5[Resource::*]', reason }, { id: 'CKV_AWS_111', reason });
    }
    acknowledge(this.role, {
      id: 'NIST.800.53.R5-IAMNoInlinePolicy',
      reason: 'Only this function has the role and its policy; CloudFormation creates and deletes them together',
    });
    const reserved =
      'A new account has 10 concurrent executions and refuses reservations; Scaling.reserved() makes one';
    const deadLetters =
      'No caller invokes it asynchronously: callers wait for the answer, and queues have their own dead-letter queues';
    const vpc = 'It calls services over TLS with IAM signatures; a VPC would add cost but no protection';
    acknowledge(
      fn,
      {
        id: 'W3005',
        reason: 'The CDK lists the role next to its policy, because the policy must exist before the function runs',
      },
      ...(fn.runtime === Runtime.NODEJS_24_X
        ? [{ id: 'AwsSolutions-L1', reason: 'nodejs24.x is the newest Node.js runtime of Lambda' }]
        : []),
      { id: 'CKV_AWS_115', reason: reserved },
      { id: 'NIST.800.53.R5-LambdaConcurrency', reason: reserved },
      { id: 'CKV_AWS_116', reason: deadLetters },
      { id: 'NIST.800.53.R5-LambdaDLQ', reason: deadLetters },
      { id: 'Serverless-LambdaDLQ', reason: deadLetters },
      ...(props.vpc === undefined
        ? [
            { id: 'CKV_AWS_117', reason: vpc },
            { id: 'NIST.800.53.R5-LambdaInsideVPC', reason: vpc },
          ]
        : []),
      {
        id: 'CKV_AWS_173',
        reason: 'Its environment contains only names and addresses, and Lambda encrypts them with its own key',
      },
    );
    return fn;
  }
}
