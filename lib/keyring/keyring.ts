import { Duration, Stack } from 'aws-cdk-lib';
import { type CfnKey, Key } from 'aws-cdk-lib/aws-kms';
import { Construct, type IConstruct } from 'constructs';
import { type DeploymentProfile, PROFILE, SharedProfile } from '../profile';
import { requireAwsPartition, rootStack, stackPart } from '../stacks';
import { requireName, requireOwnProps, requirePart } from '../validation';
import { DataClass } from './data-class';
import { keyPolicy } from './key-policy';

const STACK_CHILD = 'BreakwaterKeyring';

/**
 * Shortest waiting time that KMS allows before it deletes a key. It is enough for a sandbox,
 * because nobody restores its data.
 */
const SANDBOX_PENDING_WINDOW = Duration.days(7);
const PENDING_WINDOW = Duration.days(30);

/**
 * Time between two rotations of a key. Auditors ask for a rotation every year. AWS bills only the
 * first two rotations of a key.
 */
const ROTATION_PERIOD = Duration.days(365);

/** Props of a `Keyring`. */
export interface KeyringProps {
  /**
   * Purpose of the deployment. In production keys are retained when the stack is deleted, like the
   * data that they decrypt.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/**
 * Customer managed keys, one for each data class. A key is created when its class is first used, so
 * unused classes cost nothing. Keys rotate every year.
 *
 * IAM policies of the account decide who administers a key. Callers can use a key only through the
 * services that store its class. The callers must be in the same account, and must have an IAM
 * policy that names the key. AWS Backup and Kinesis aren't among these services.
 *
 * ```ts
 * const key = Keyring.of(this).keyFor(DataClass.PERSONAL);
 * ```
 */
export class Keyring extends Construct {
  /**
   * Returns the keyring of a scope's top-level stack, and creates it on first use. Nested stacks
   * share it. If calls pass different profiles, the strictest applies, because a key must exist as
   * long as the data that it encrypts.
   * @param scope any construct of the stack
   * @param profile purpose of the caller's deployment; without a profile, the keyring doesn't
   * change
   */
  public static of(scope: IConstruct, profile?: DeploymentProfile): Keyring {
    const part = stackPart(
      rootStack(scope),
      STACK_CHILD,
      'keyring',
      Keyring,
      (stack) => new Keyring(stack, STACK_CHILD, { profile }),
    );
    part.profile.serve(scope, profile);
    return part;
  }

  private readonly profile: SharedProfile;
  private readonly keys = new Map<string, Key>();

  public constructor(scope: Construct, id: string, props: KeyringProps = {}) {
    super(scope, id);
    requireOwnProps(this, Keyring, props, { profile: PROFILE });
    requireAwsPartition(this);
    this.profile = new SharedProfile(props.profile);
  }

  /**
   * Returns the key of a data class, and creates it on first use.
   * @throws BreakwaterError if the class's name isn't made of lower-case letters, digits and dashes
   */
  public keyFor(dataClass: DataClass): Key {
    const uses = 'use DataClass.PERSONAL, another constant or DataClass.of()';
    requirePart(this, 'dataClass', dataClass, DataClass, uses);
    const known = this.keys.get(dataClass.className);
    if (known !== undefined) return known;
    const name = dataClass.className;
    requireName(this, 'dataClass', name, /^[a-z][a-z0-9-]{0,39}$/, 'up to 40 lower-case letters, digits and dashes');
    const stack = Stack.of(this);
    const key = new Key(this, name, {
      // An alias must be unique in an account and Region. So the aliases of a second keyring in a
      // stack contain the keyring's ID.
      alias:
        this.node.id === STACK_CHILD
          ? `breakwater/${stack.stackName}/${name}`
          : `breakwater/${stack.stackName}/${this.node.id}/${name}`,
      description: `Breakwater ${stack.stackName}: data of class ${name}`,
      enableKeyRotation: true,
      rotationPeriod: ROTATION_PERIOD,
      policy: keyPolicy(stack, dataClass),
    });
    this.keys.set(name, key);
    this.profile.follow((profile) => applyProfile(key, profile));
    return key;
  }
}

function applyProfile(key: Key, { deletionProtection, removalPolicy }: DeploymentProfile): void {
  key.applyRemovalPolicy(removalPolicy);
  const window = deletionProtection ? PENDING_WINDOW : SANDBOX_PENDING_WINDOW;
  (key.node.defaultChild as CfnKey).pendingWindowInDays = window.toDays();
}
