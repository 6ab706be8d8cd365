import type { Duration } from 'aws-cdk-lib';
import type { CfnVersion } from 'aws-cdk-lib/aws-lambda';
import type { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { DataClass, Keyring } from '../keyring';
import type { SharedProfile } from '../profile';
import { AliasedFunction } from './aliased-function';
import { systemHandler } from './system-handler';

/** Props of a function that a whole stack shares. */
export interface StackFunctionProps {
  /** Name of the function in the logs, and of its handler in lambdas/system. */
  readonly name: string;
  readonly description: string;
  readonly timeout: Duration;
  /** Memory in MB, if it differs from the default of `AliasedFunction`. */
  readonly memorySize?: number;
  /** Profile that its logs and versions follow. */
  readonly profile: SharedProfile;
}

/**
 * Makes a function that a whole stack shares. Its logs and versions are retained if a part of the
 * stack has the production profile.
 */
export function stackFunction(scope: Construct, id: string, props: StackFunctionProps): AliasedFunction {
  const made = new AliasedFunction(scope, id, {
    handler: systemHandler(props.name),
    workloadName: props.name,
    description: props.description,
    timeout: props.timeout,
    memorySize: props.memorySize,
    profile: props.profile.inForce,
    // The key is set here, because `AliasedFunction` would pass its profile to the keyring, and the
    // shared profile may change later.
    logKey: Keyring.of(scope).keyFor(DataClass.LOGS),
  });
  props.profile.follow(({ logRetention, removalPolicy }) => {
    const logs = made.logGroup.node.defaultChild as CfnLogGroup;
    logs.applyRemovalPolicy(removalPolicy);
    logs.retentionInDays = logRetention;
    (made.function.currentVersion.node.defaultChild as CfnVersion).applyRemovalPolicy(removalPolicy);
  });
  return made;
}
