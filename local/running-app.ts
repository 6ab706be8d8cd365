import type { LocalIdentity } from './identity';
import type { Monitoring } from './monitoring';

/** A deployed app, as programs on this machine reach it. */
export interface RunningApp {
  /** Address of the distribution, without a trailing slash: `http://localhost:<port>`. */
  readonly edgeUrl: string;
  /** Address of the local AWS emulator for SDK clients: `https://127.0.0.1:<port>`. This process trusts its certificate. */
  readonly endpoint: string;
  /** Folder of this run: the emulator's state and the code of its functions. */
  readonly folder: string;
  readonly region: string;
  readonly account: string;
  /** Name of the stack with the distribution. */
  readonly stackName: string;
  /** Outputs of that stack. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Resources of that stack, nested stacks included. */
  readonly resources: readonly LocalResource[];
  /** Sign-in of its user pool; undefined if it has none. */
  readonly identity?: LocalIdentity;
  /** Its metrics and alarms. */
  readonly monitoring: Monitoring;
}

/** A deployed resource. */
export interface LocalResource {
  readonly logicalId: string;
  readonly physicalId: string;
  /** CloudFormation type: `AWS::DynamoDB::Table`. */
  readonly type: string;
  /** Path in the construct tree, if the template states it: `Shop/Orders/Shard0/Resource`. */
  readonly path?: string;
}
