import type { CloudApi } from '../testing';
import type { Assembly } from './assembly';
import type { RunningStack } from './deploy';
import type { LocalAddress } from './entrances';
import type { LocalIdentity } from './identity';
import type { Monitoring } from './monitoring';

/** A deployed app, with the addresses for programs on this machine. */
export interface RunningApp {
  /**
   * Address of the local AWS emulator for SDK clients: `https://127.0.0.1:<port>`. This process
   * trusts its certificate.
   */
  readonly endpoint: string;
  /** Folder of this run: the emulator's state and the code of its functions. */
  readonly folder: string;
  /** Region of the first stack. */
  readonly region: string;
  readonly account: string;
  /** Clients of the emulator, by Region. */
  readonly api: (region: string) => CloudApi;
  /** The app as it was synthesized. */
  readonly assembly: Assembly;
  /** Stacks in the order of their deployment. */
  readonly stacks: readonly RunningStack[];
  /** Entrances of the app: distributions first. */
  readonly addresses: readonly LocalAddress[];
  /** Sign-in of the app's user pool. Undefined if the app has no pool. */
  readonly identity?: LocalIdentity;
  /** Address of the sign-in pages; undefined if there are none. */
  readonly signInUrl?: string;
  /** Metrics and alarms of the app. */
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
