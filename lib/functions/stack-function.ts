import type { Duration } from 'aws-cdk-lib';
import type { CfnVersion } from 'aws-cdk-lib/aws-lambda';
import type { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { DataClass, Keyring } from '../keyring';
import type { SharedProfile } from '../profile';
import { AliasedFunction } from './aliased-function';
import { systemHandler } from './system-handler';

/** What a function is that a whole stack shares. */
export interface StackFunctionProps {
  /** Name of its handler among the library's own, by which it logs too. */
  readonly name: string;
  readonly description: string;
  readonly timeout: Duration;
  /** Memory in MB, where that of all functions isn't meant. */
  readonly memorySize?: number;
  /** Profile that its logs and versions follow. */
  readonly profile: SharedProfile;
}

/** Makes a function of the library that a whole stack shares: its logs and versions are kept once one thing of the stack is kept. */
export function stackFunction(scope: Construct, id: string, props: StackFunctionProps): AliasedFunction {
  const made = new AliasedFunction(scope, id, {
    handler: systemHandler(props.name),
    workloadName: props.name,
    description: props.description,
    timeout: props.timeout,
    memorySize: props.memorySize,
    profile: props.profile.inForce,
    // Named here, since a function that asks the keyring itself would state a profile that may not be decided yet.
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
