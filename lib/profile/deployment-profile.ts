import { RemovalPolicy, Token } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { invalid } from '../validation';

/**
 * The purpose of a deployment, which sets the defaults of its parts. Every construct takes one. The
 * default is `PRODUCTION`.
 */
export class DeploymentProfile {
  /**
   * Data outlives the stack: it is retained, protected from deletion, and restorable to any second.
   * Requested capacity is provisioned.
   */
  public static readonly PRODUCTION = new DeploymentProfile('production');

  /**
   * `cdk destroy` deletes everything. Provisioned capacity becomes on demand, so it costs nothing
   * while idle.
   */
  public static readonly SANDBOX = new DeploymentProfile('sandbox');

  /**
   * The profile that the app's context names: `profile` in cdk.json, or `-c profile=production` on
   * the command line.
   * @throws BreakwaterError unless it is `production` or `sandbox`
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
   * Removal policy of buckets, keys, logs and versions. In production they are retained, unless the
   * deployment that made them is rolled back. Then they are deleted, so that a failed first
   * deployment can be repeated.
   */
  public readonly removalPolicy: RemovalPolicy;
  /**
   * Removal policy of stores with deletion protection: tables and user pools. In production they
   * are retained even if the deployment that made them is rolled back. Their protection would
   * refuse the deletion, and the rollback would fail half way.
   */
  public readonly protectedRemovalPolicy: RemovalPolicy;
  /** Whether stores refuse to be deleted. */
  public readonly deletionProtection: boolean;
  /** Whether tables can be restored to a point in time. */
  public readonly pointInTimeRecovery: boolean;
  /** Whether requested capacity is provisioned. */
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
