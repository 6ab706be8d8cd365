import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type DeploymentProfile, PROFILE } from '../profile';
import { mustBe, type PropChecks } from '../validation';
import { Handler } from './handler';
import { Scaling } from './scaling';
import { VPC_PROPS, type VpcProps } from './vpc-access';

/** Props of an `AliasedFunction`. */
export interface AliasedFunctionProps extends VpcProps {
  /** Code, runtime and entry point. */
  readonly handler: Handler;

  /**
   * Name of the function in its log lines.
   * @default - the construct's id
   */
  readonly workloadName?: string;

  /**
   * Purpose of the function, shown in the AWS console.
   * @default - none
   */
  readonly description?: string;

  /**
   * Timeout of an invocation; 1 to 900 seconds.
   * @default Duration.seconds(10)
   */
  readonly timeout?: Duration;

  /**
   * Memory in MB, 128 to 10,240. CPU power is proportional to memory: with 1,769 MB, a function has
   * one vCPU.
   * @default 512
   */
  readonly memorySize?: number;

  /**
   * Whether the function's concurrency is on demand, reserved or provisioned.
   * @default Scaling.onDemand()
   */
  readonly scaling?: Scaling;

  /**
   * Environment variables. Together they must not exceed 4 KB. They must not contain secrets.
   * @default - only the workload's name
   */
  readonly environment?: { [name: string]: string };

  /**
   * Purpose of the deployment: sandbox or production.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Key that encrypts the function's log group.
   * @default - the key of the stack's keyring for logs
   */
  readonly logKey?: IKey;

  /**
   * Whether X-Ray traces the function's invocations.
   * @default true
   */
  readonly tracing?: boolean;
}

/** Names of all props, to find misspelt ones in apps without a type checker. */
export const ALIASED_FUNCTION_PROPS: PropChecks<AliasedFunctionProps> = {
  handler: mustBe.instance(Handler, 'use HandlerBundle.handler() or Handler.fromCode()'),
  workloadName: mustBe.text,
  description: mustBe.text,
  timeout: mustBe.instance(Duration, 'use Duration.seconds()'),
  memorySize: mustBe.checkedLater,
  scaling: mustBe.instance(Scaling, 'use Scaling.onDemand(), reserved() or provisioned()'),
  environment: mustBe.texts,
  profile: PROFILE,
  logKey: mustBe.object<IKey>('IKey', 'keyArn'),
  tracing: mustBe.flag,
  ...VPC_PROPS,
};
