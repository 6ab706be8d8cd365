import { Duration, Stack } from 'aws-cdk-lib';
import { type CfnKey, Key } from 'aws-cdk-lib/aws-kms';
import { Construct, type IConstruct } from 'constructs';
import { type DeploymentProfile, SharedProfile, stackPart } from '../profile';
import { requireName } from '../validation';
import type { DataClass } from './data-class';
import { keyPolicy } from './key-policy';

const STACK_CHILD = 'BreakwaterKeyring';

/** The shortest wait KMS allows before a key is gone: a sandbox's data has no second life. */
const SANDBOX_PENDING_WINDOW = Duration.days(7);
const PENDING_WINDOW = Duration.days(30);

/** AWS bills the first two rotations of a key; yearly is what auditors ask for. */
const ROTATION_PERIOD = Duration.days(365);

/** Props of a `Keyring`. */
export interface KeyringProps {
  /**
   * What the deployment is for: in production the keys outlive the stack, as the data they open does.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/**
 * Customer-managed keys, one a data class, made when a class is first used: what isn't stored costs nothing.
 *
 * Rotation is on. A key's policy lets the account administer it, and lets data pass only through the services that store the class,
 * for callers of the same account whose own policy names the key.
 *
 * ```ts
 * const key = Keyring.of(this).keyFor(DataClass.PERSONAL);
 * ```
 */
export class Keyring extends Construct {
  /**
   * The keyring of a scope's stack, made on first use. Asked for with different profiles, it takes the most careful one: a key must live
   * as long as the longest-lived data under it.
   * @param scope any construct of the stack
   * @param profile what the asker is for; without one, the keyring stays as it is, and is for production if nobody says otherwise
   */
  public static of(scope: IConstruct, profile?: DeploymentProfile): Keyring {
    const part = stackPart(
      scope,
      STACK_CHILD,
      'keyring',
      Keyring,
      (stack) => new Keyring(stack, STACK_CHILD, { profile }),
    );
    part.profile.serve(profile);
    return part;
  }

  private readonly profile: SharedProfile;
  private readonly keys = new Map<string, Key>();

  public constructor(scope: Construct, id: string, props: KeyringProps = {}) {
    super(scope, id);
    this.profile = new SharedProfile(props.profile);
  }

  /**
   * The key of a data class; a class used for the first time gets one.
   * @throws BreakwaterError if the class's name isn't made of lower-case letters, digits and dashes
   */
  public keyFor(dataClass: DataClass): Key {
    const known = this.keys.get(dataClass.className);
    if (known !== undefined) return known;
    const name = dataClass.className;
    requireName(this, 'dataClass', name, /^[a-z][a-z0-9-]{0,39}$/, 'up to 40 lower-case letters, digits and dashes');
    const stack = Stack.of(this);
    const key = new Key(this, name, {
      // An own keyring beside the stack's has its path in the alias, since aliases are unique in an account and Region.
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
