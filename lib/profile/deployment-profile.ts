import { RemovalPolicy, Token } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { invalid } from '../validation';

/**
 * The purpose of a deployment. It sets defaults for protection, retention and capacity. Every
 * construct has the prop `profile`, and the default is `PRODUCTION`.
 */
export class DeploymentProfile {
  /**
   * Data is protected from deletion, is retained when the stack is deleted, and can be restored to
   * any second. Concurrency is provisioned as requested.
   */
  public static readonly PRODUCTION = new DeploymentProfile('production');

  /**
   * `cdk destroy` deletes everything. Functions with provisioned concurrency are on demand instead,
   * so they cost nothing while idle.
   */
  public static readonly SANDBOX = new DeploymentProfile('sandbox');

  /**
   * Reads the profile from the app's context: `profile` in cdk.json, or `-c profile=production` on
   * the command line.
   * @throws BreakwaterError if the context value is neither `production` nor `sandbox`
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
   * Removal policy of buckets, keys, log groups and function versions. In production they are
   * retained. But if the deployment that creates them is rolled back, they are deleted, so that a
   * failed first deployment can be repeated.
   */
  public readonly removalPolicy: RemovalPolicy;
  /**
   * Removal policy of resources with deletion protection: tables and user pools. In production they
   * are retained even if the deployment that creates them is rolled back. A rollback that deletes
   * them would fail, because deletion protection refuses the deletion.
   */
  public readonly protectedRemovalPolicy: RemovalPolicy;
  /** Whether tables and user pools have deletion protection. */
  public readonly deletionProtection: boolean;
  /** Whether tables can be restored to a point in time. */
  public readonly pointInTimeRecovery: boolean;
  /** Whether provisioned concurrency is provisioned as requested. */
  public readonly provisionsCapacity: boolean;
  /** Retention time of logs. */
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
