import { Annotations, Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { type IPrincipal, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Alias,
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct, type IConstruct } from 'constructs';
import { DataClass, Keyring } from '../keyring';
import { type DeploymentProfile, profileOf } from '../profile';
import { Environment } from '../protocol';
import { acknowledge, invalid, requireInteger, requireLiteral } from '../validation';
import { environmentErrors } from './environment-size';
import type { IFunctionGrantee } from './function-grantee';
import type { Handler } from './handler';
import { Scaling } from './scaling';

/**
 * A handler with the SDK holds 45-65 MB, so memory is bought for its share of a CPU (1,769 MB are a whole one). At 512 MB a cold
 * start has nearly a third of one; half of that makes it twice as long, and twice as much is paid for waiting on DynamoDB.
 */
const DEFAULT_MEMORY_MB = 512;
const DEFAULT_TIMEOUT = Duration.seconds(10);

/** Instances are added when this share of the provisioned ones is busy: room for what arrives while a new one starts. */
const TARGET_UTILISATION = 0.7;

/** Name of the alias that traffic goes to. */
const LIVE = 'live';

/** Props of an `AliasedFunction`. */
export interface AliasedFunctionProps {
  /** What it runs. */
  readonly handler: Handler;

  /**
   * Name by which it logs.
   * @default - the construct's id
   */
  readonly workloadName?: string;

  /**
   * What it is for, shown in the console.
   * @default - none
   */
  readonly description?: string;

  /**
   * Longest run; 1 to 900 seconds.
   * @default Duration.seconds(10)
   */
  readonly timeout?: Duration;

  /**
   * Memory in MB, 128 to 10,240; CPU grows with it, a whole one at 1,769.
   * @default 512
   */
  readonly memorySize?: number;

  /**
   * How its concurrency is bounded and paid.
   * @default Scaling.onDemand()
   */
  readonly scaling?: Scaling;

  /**
   * Environment variables; all of a function together may take 4 KB, and none may be a secret.
   * @default - only the workload's name
   */
  readonly environment?: { [name: string]: string };

  /**
   * What the deployment is for.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Key of its log group.
   * @default - the key of the stack's keyring for logs
   */
  readonly logKey?: IKey;

  /**
   * Whether X-Ray records its runs.
   * @default true
   */
  readonly tracing?: boolean;
}

/** What runs as an `AliasedFunction`: one itself, or a micro-module or worker that has one. */
export interface IWorkload {
  /** The function, with its alias, role and log group. */
  readonly workload: AliasedFunction;
}

/**
 * A function as this library deploys all of them: Node.js 24 on arm64, a role of its own that may write its own logs and nothing else,
 * an encrypted log group with an end, JSON logs, and an alias `live` on an immutable version, so that a release can be taken back.
 *
 * ```ts
 * const search = new AliasedFunction(this, 'Search', { handler: code.handler('search') });
 * ```
 */
export class AliasedFunction extends Construct implements IFunctionGrantee, IWorkload {
  /** The function. Call its `alias`, not it: the alias is what releases move. */
  public readonly function: LambdaFunction;
  /** The alias `live`. */
  public readonly alias: Alias;
  /** The function's own role. */
  public readonly role: Role;
  /** Where it logs. */
  public readonly logGroup: ILogGroup;
  /** The role, as grants want it. */
  public readonly grantPrincipal: IPrincipal;
  /** Longest run. */
  public readonly timeout: Duration;
  /** Scaling in force, after the profile had its say. */
  public readonly scaling: Scaling;
  /** Itself. */
  public readonly workload: AliasedFunction;
  /**
   * Scaling that was asked for.
   * @internal
   */
  public readonly _wantedScaling: Scaling;
  /** What scales the provisioned instances with the load. */
  private scaler?: IConstruct;
  private scaledBy?: IConstruct;

  /**
   * @throws BreakwaterError if memory or timeout is out of bounds or a token, or at synth if the environment exceeds 4 KB
   */
  public constructor(scope: Construct, id: string, props: AliasedFunctionProps) {
    super(scope, id);
    const profile = profileOf(this, props.profile);
    const name = props.workloadName ?? id;
    this.timeout = props.timeout ?? DEFAULT_TIMEOUT;
    requireLiteral(this, 'timeout', this.timeout, 'its limits are checked at synth');
    requireInteger(this, 'timeout in seconds', this.timeout.toSeconds({ integral: false }), 1, 900);
    requireInteger(this, 'memorySize', props.memorySize, 128, 10_240);
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
    this.function = this.createFunction(props, profile.removalPolicy);
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
   * @throws BreakwaterError if it is set already, to something else
   */
  public addEnvironment(name: string, value: string): void {
    const known = this.variables.get(name);
    if (known !== undefined && known !== value) {
      throw invalid(this, `environment variable '${name}'`, `must have one value, got '${known}' and '${value}'`);
    }
    this.variables.set(name, value);
    this.function.addEnvironment(name, value);
  }

  /**
   * Names what else scales the alias. Once that takes over, it registers the alias and moves its provisioned concurrency, and nothing of
   * CloudFormation's does; what a deployment provisions at once stays the minimum.
   * @throws BreakwaterError if something else was named before
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
      `the ${profile.profileName} profile provisions nothing: ${wanted.minProvisioned} to ${wanted.maxProvisioned} warm instances become on demand`,
    );
    return Scaling.onDemand();
  }

  private createRole(name: string, logGroup: ILogGroup): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What ${name} may do`,
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
      // A version that was live is what a release goes back to.
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
      reason: 'The role is this function’s alone, and so is what it may do: both come and go together',
    });
    const reserved = 'A new account has 10 executions at once and refuses reservations; Scaling.reserved() makes one';
    const deadLetters =
      'Nobody invokes it asynchronously: callers wait for the answer, queues keep their own dead letters';
    const vpc = 'Every service it calls is reached by IAM-signed TLS; a VPC would add cost and no boundary';
    acknowledge(
      fn,
      { id: 'W3005', reason: 'The CDK lists the role beside its policy, which must be there before the function runs' },
      { id: 'AwsSolutions-L1', reason: 'nodejs24.x is the newest Node.js runtime of Lambda' },
      { id: 'CKV_AWS_115', reason: reserved },
      { id: 'NIST.800.53.R5-LambdaConcurrency', reason: reserved },
      { id: 'CKV_AWS_116', reason: deadLetters },
      { id: 'NIST.800.53.R5-LambdaDLQ', reason: deadLetters },
      { id: 'Serverless-LambdaDLQ', reason: deadLetters },
      { id: 'CKV_AWS_117', reason: vpc },
      { id: 'NIST.800.53.R5-LambdaInsideVPC', reason: vpc },
      {
        id: 'CKV_AWS_173',
        reason: 'Its environment holds names and addresses only, which Lambda encrypts with its own key',
      },
    );
    return fn;
  }
}
