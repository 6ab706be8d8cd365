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
  /** Name of its handler among the library's own, and its name in the logs. */
  readonly name: string;
  readonly description: string;
  readonly timeout: Duration;
  /** Memory in MB, if it differs from other functions. */
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
    // The key is set here, because the shared profile may change later. The function itself would
    // pass the current profile to the keyring.
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
