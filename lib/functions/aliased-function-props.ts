import type { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { DeploymentProfile } from '../profile';
import type { Handler } from './handler';
import type { Scaling } from './scaling';

/** Props of an `AliasedFunction`. */
export interface AliasedFunctionProps {
  /** Code, runtime and entry point. */
  readonly handler: Handler;

  /**
   * Name in its logs.
   * @default - the construct's id
   */
  readonly workloadName?: string;

  /**
   * Purpose, shown in the console.
   * @default - none
   */
  readonly description?: string;

  /**
   * Time limit of one run; 1 to 900 seconds.
   * @default Duration.seconds(10)
   */
  readonly timeout?: Duration;

  /**
   * Memory in MB, 128 to 10,240. CPU grows with it: 1,769 MB have one vCPU.
   * @default 512
   */
  readonly memorySize?: number;

  /**
   * Limits and payment of its concurrency.
   * @default Scaling.onDemand()
   */
  readonly scaling?: Scaling;

  /**
   * Environment variables: at most 4 KB together, and no secrets.
   * @default - only the workload's name
   */
  readonly environment?: { [name: string]: string };

  /**
   * Purpose of the deployment: sandbox or production.
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
