import { Duration } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockedEncryptionType,
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct, type IConstruct } from 'constructs';
import { DataClass, Keyring } from '../keyring';
import { type DeploymentProfile, PROFILE, profileOf } from '../profile';
import { acknowledge, mustBe, type PropChecks, requireInteger, requireLiteral, requireOwnProps } from '../validation';
import { DocumentStoreBase } from './document-store-base';
import { emptyOnDelete } from './empty-on-delete';
import type { IDocumentStore } from './i-document-store';
import { checkStoreName, ImportedDocumentStore } from './imported-document-store';

const DEFAULT_OLD_VERSIONS = Duration.days(30);
/** Maximum days of a lifecycle rule in this library: about 100 years. */
const MAX_DAYS = 36_500;

/** Names of all props, to find misspelt ones in apps without a type checker. */
const DAYS = mustBe.instance(Duration, 'use Duration.days()');
const PROPS: PropChecks<DocumentStoreProps> = {
  storeName: mustBe.text,
  dataClass: mustBe.instance(DataClass, 'use DataClass.PERSONAL, another constant or DataClass.of()'),
  encryptionKey: mustBe.object<IKey>('IKey', 'keyArn'),
  expireAfter: DAYS,
  oldVersionsExpireAfter: DAYS,
  accessLogsBucket: mustBe.object<IBucket>('IBucket', 'bucketArn'),
  profile: PROFILE,
};

/** Props of a `DocumentStore`. */
export interface DocumentStoreProps {
  /**
   * Name that functions pass to `documents()` to open the store: `documents('Invoices')`. 1 to 255
   * letters, digits, `-`, `_` and `.`.
   * @default - the construct's id
   */
  readonly storeName?: string;

  /**
   * Kind of data. It decides which key encrypts the documents.
   * @default DataClass.PERSONAL
   */
  readonly dataClass?: DataClass;

  /**
   * Key that encrypts the documents.
   * @default - the key of the stack's keyring for the data class
   */
  readonly encryptionKey?: IKey;

  /**
   * Time after which S3 deletes a document, counted from its last write, in whole days. In
   * production the document then becomes an old version. S3 deletes that after
   * `oldVersionsExpireAfter`.
   * @default - documents are kept
   */
  readonly expireAfter?: Duration;

  /**
   * Time for which an overwritten or deleted document can be restored, in whole days. This time
   * applies in production only, because a sandbox keeps no old versions.
   * @default Duration.days(30)
   */
  readonly oldVersionsExpireAfter?: Duration;

  /**
   * Bucket for access logs.
   * @default - no access logs; CloudTrail data events are more complete and arrive sooner
   */
  readonly accessLogsBucket?: IBucket;

  /**
   * Purpose of the deployment. In production documents are versioned and retained when the stack is
   * deleted.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/**
 * A private bucket for documents such as invoices, exports and mail. Only functions of the stack
 * read it, and they return documents to callers.
 *
 * The bucket is encrypted with the key of its data class. The bucket accepts only TLS 1.2 or newer.
 * It refuses public access, access control lists, and requests that bring their own encryption key
 * (SSE-C).
 *
 * Each grant also sets the bucket's name in the function's environment. The handler opens the store
 * by its name: `documents('Invoices')`.
 *
 * ```ts
 * const invoices = new DocumentStore(this, 'Invoices', { expireAfter: Duration.days(3650) });
 * invoices.grantWrite(worker);
 * ```
 */
export class DocumentStore extends DocumentStoreBase {
  /**
   * Imports an existing bucket as a store, for grants. Its settings, policy and content don't
   * change. If a customer managed key encrypts the bucket, import the bucket with its key
   * (`Bucket.fromBucketAttributes`).
   * @param storeName name by which functions open the store; by default the construct's id
   * @throws BreakwaterError if the store name is invalid
   */
  public static fromBucket(scope: Construct, id: string, bucket: IBucket, storeName?: string): IDocumentStore {
    return new ImportedDocumentStore(scope, id, bucket, storeName);
  }

  /** Name by which functions open the store. */
  public readonly storeName: string;
  /** The bucket. */
  public readonly bucket: IBucket;
  /** Key of the documents. */
  public readonly encryptionKey: IKey;
  private readonly emptier: IConstruct | undefined;

  /** @throws BreakwaterError if a prop is out of bounds or has a wrong type */
  public constructor(scope: Construct, id: string, props: DocumentStoreProps = {}) {
    super(scope, id);
    requireOwnProps(this, DocumentStore, props, PROPS);
    const profile = profileOf(this, props.profile);
    const lasting = profile.deletionProtection;
    this.storeName = props.storeName ?? id;
    checkStoreName(this, this.storeName);
    this.encryptionKey = props.encryptionKey ?? Keyring.of(this, profile).keyFor(props.dataClass ?? DataClass.PERSONAL);
    const bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.KMS,
      encryptionKey: this.encryptionKey,
      bucketKeyEnabled: true,
      // SSE-C is blocked. With it, an attacker with the right to write could encrypt documents with
      // their own key and demand a ransom.
      blockedEncryptionTypes: [BlockedEncryptionType.SSE_C],
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: lasting,
      lifecycleRules: this.lifecycle(props, lasting),
      serverAccessLogsBucket: props.accessLogsBucket,
      serverAccessLogsPrefix: props.accessLogsBucket && `${this.node.path}/`,
      removalPolicy: profile.removalPolicy,
    });
    this.bucket = bucket;
    this.node.defaultChild = bucket.node.defaultChild;
    this.emptier = emptyOnDelete(bucket, profile);
    this.acknowledgeFindings(bucket, lasting, props.accessLogsBucket !== undefined);
  }

  /** @internal */
  protected override _key(): IKey | undefined {
    return this.encryptionKey;
  }

  /**
   * Makes CloudFormation delete a writer before it empties the bucket of a deleted sandbox.
   * @internal
   */
  protected override _beforeWrites(grantee: IGrantable): void {
    if (this.emptier !== undefined && Construct.isConstruct(grantee.grantPrincipal)) {
      grantee.grantPrincipal.node.addDependency(this.emptier);
    }
  }

  private lifecycle(props: DocumentStoreProps, lasting: boolean): LifecycleRule[] {
    for (const prop of ['expireAfter', 'oldVersionsExpireAfter'] as const) {
      const duration = props[prop];
      if (duration === undefined) continue;
      requireLiteral(this, prop, duration, 'S3 counts whole days');
      requireInteger(this, `${prop} in days`, duration.toDays({ integral: false }), 1, MAX_DAYS);
    }
    const rules: LifecycleRule[] = [
      {
        id: 'UnfinishedUploads',
        abortIncompleteMultipartUploadAfter: Duration.days(1),
        ...(lasting && { noncurrentVersionExpiration: props.oldVersionsExpireAfter ?? DEFAULT_OLD_VERSIONS }),
      },
    ];
    if (props.expireAfter !== undefined) rules.push({ id: 'Expiry', expiration: props.expireAfter });
    // A delete marker without versions still contains a document's key, so this rule removes it. S3
    // accepts `expiredObjectDeleteMarker` only in a rule without an expiry. If there is a rule with
    // an expiry, S3 removes such markers without this setting.
    else if (lasting) rules.push({ id: 'DeleteMarkers', expiredObjectDeleteMarker: true });
    return rules;
  }

  private acknowledgeFindings(bucket: Bucket, lasting: boolean, logged: boolean): void {
    const replication =
      'The system is documented to use one Region; a replica would put personal data in a second place';
    acknowledge(
      bucket,
      { id: 'NIST.800.53.R5-S3BucketReplicationEnabled', reason: replication },
      { id: 'CKV_AWS_144', reason: replication },
      { id: 'CKV2_AWS_62', reason: 'No process listens to events of the bucket; messages go through the outbox' },
    );
    if (!logged) {
      const reason = 'Only functions of the stack can use the bucket; accessLogsBucket turns access logs on';
      acknowledge(
        bucket,
        { id: 'AwsSolutions-S1', reason },
        { id: 'NIST.800.53.R5-S3BucketLoggingEnabled', reason },
        { id: 'CKV_AWS_18', reason },
      );
    }
    if (!lasting) {
      const reason = 'A sandbox has no data to restore; the production profile keeps versions';
      acknowledge(bucket, { id: 'NIST.800.53.R5-S3BucketVersioningEnabled', reason }, { id: 'CKV_AWS_21', reason });
    }
  }
}
