import { RemovalPolicy, Token } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { invalid } from '../validation';

/**
 * What a deployment is for, and so what its parts default to. Every construct takes one; without it, `PRODUCTION` holds.
 */
export class DeploymentProfile {
  /** Data outlives the stack: retained, protected from deletion, restorable to any second. Capacity is provisioned where it is asked for. */
  public static readonly PRODUCTION = new DeploymentProfile('production');

  /** Everything goes with `cdk destroy`, and nothing costs while it idles: provisioned capacity becomes on demand. */
  public static readonly SANDBOX = new DeploymentProfile('sandbox');

  /**
   * The profile that the app's context names: `profile` in cdk.json, or `-c profile=production` on the command line.
   * @throws BreakwaterError if it names another than `production` and `sandbox`
   */
  public static fromContext(scope: Construct): DeploymentProfile {
    const name = scope.node.tryGetContext('profile') ?? 'production';
    if (name === 'production') return DeploymentProfile.PRODUCTION;
    if (name === 'sandbox') return DeploymentProfile.SANDBOX;
    throw invalid(
      scope,
      'context profile',
      `must be 'production' or 'sandbox', got ${Token.isUnresolved(name) ? 'a token' : JSON.stringify(name)}`,
    );
  }

  /**
   * What becomes of buckets, keys, logs and versions when they leave the stack. In production they stay, unless the deployment that
   * made them is rolled back: what never served goes again, so that a failed first deployment can simply be repeated.
   */
  public readonly removalPolicy: RemovalPolicy;
  /**
   * What becomes of stores under deletion protection: tables and user pools. In production they stay even if the deployment that made
   * them is rolled back: CloudFormation would be refused when it deletes them, and the rollback would fail half way.
   */
  public readonly protectedRemovalPolicy: RemovalPolicy;
  /** Whether stores refuse to be deleted. */
  public readonly deletionProtection: boolean;
  /** Whether tables can be restored to a point in time. */
  public readonly pointInTimeRecovery: boolean;
  /** Whether provisioned capacity that was asked for is really provisioned. */
  public readonly provisionsCapacity: boolean;
  /** How long logs are kept. */
  public readonly logRetention: RetentionDays;

  private constructor(
    /** `production` or `sandbox`. */
    public readonly profileName: string,
  ) {
    const lasting = profileName === 'production';
    this.removalPolicy = lasting ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
    this.protectedRemovalPolicy = lasting ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    this.deletionProtection = lasting;
    this.pointInTimeRecovery = lasting;
    this.provisionsCapacity = lasting;
    this.logRetention = lasting ? RetentionDays.THREE_MONTHS : RetentionDays.ONE_WEEK;
  }
}
