import { Duration } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
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
import { Construct } from 'constructs';
import { acknowledgeParts, DataClass, grantKeyUse, Keyring, KeyUse } from '../keyring';
import { type DeploymentProfile, profileOf } from '../profile';
import { acknowledge } from '../validation';
import { emptyOnDelete } from './empty-on-delete';

/** How long a document that was overwritten or deleted by mistake can be brought back. */
const OLD_VERSIONS = Duration.days(30);

/** Props of a `DocumentStore`. */
export interface DocumentStoreProps {
  /**
   * What kind of data it holds, which decides its key.
   * @default DataClass.PERSONAL
   */
  readonly dataClass?: DataClass;

  /**
   * Key of the documents.
   * @default - the key of the stack's keyring for the data class
   */
  readonly encryptionKey?: IKey;

  /**
   * Bucket that takes the access logs.
   * @default - no access logs; data events of CloudTrail tell more, and when they must be there
   */
  readonly accessLogsBucket?: IBucket;

  /**
   * What the deployment is for: in production documents are versioned and outlive the stack.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/**
 * A private bucket for documents: invoices, exports, mail. Nobody reads it from outside; functions hand out what their caller may see.
 *
 * Encrypted with the key of its data class, reached over TLS alone, closed to the public, to access lists and to keys that callers bring.
 *
 * ```ts
 * const invoices = new DocumentStore(this, 'Invoices');
 * invoices.grantWrite(worker);
 * ```
 */
export class DocumentStore extends Construct {
  /** The bucket. */
  public readonly bucket: IBucket;
  /** Key of the documents. */
  public readonly encryptionKey: IKey;

  public constructor(scope: Construct, id: string, props: DocumentStoreProps = {}) {
    super(scope, id);
    const profile = profileOf(this, props.profile);
    const lasting = profile.deletionProtection;
    this.encryptionKey = props.encryptionKey ?? Keyring.of(this, profile).keyFor(props.dataClass ?? DataClass.PERSONAL);
    const bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.KMS,
      encryptionKey: this.encryptionKey,
      bucketKeyEnabled: true,
      // With a key of its own choice, a stolen right to write would suffice to hold documents to ransom.
      blockedEncryptionTypes: [BlockedEncryptionType.SSE_C],
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: lasting,
      lifecycleRules: lifecycle(lasting),
      serverAccessLogsBucket: props.accessLogsBucket,
      serverAccessLogsPrefix: props.accessLogsBucket && `${this.node.path}/`,
      removalPolicy: profile.removalPolicy,
    });
    this.bucket = bucket;
    emptyOnDelete(bucket, profile);
    this.acknowledgeFindings(bucket, lasting, props.accessLogsBucket !== undefined);
  }

  /** Lets a grantee read documents and tell whether one is there; without the right to list, S3 hides a missing document behind a 403. */
  public grantRead(grantee: IGrantable): Grant {
    this.acknowledgeObjects(grantee);
    return Grant.addToPrincipal({ grantee, actions: ['s3:GetObject'], resourceArns: [this.bucket.arnForObjects('*')] })
      .combine(Grant.addToPrincipal({ grantee, actions: ['s3:ListBucket'], resourceArns: [this.bucket.bucketArn] }))
      .combine(grantKeyUse(this.encryptionKey, grantee, KeyUse.READ, 's3'));
  }

  /**
   * Lets a grantee store documents in one piece, up to 5 GB each; it can neither read nor delete them. A multipart upload needs to open
   * its own parts again: add `store.encryptionKey.grantDecrypt(grantee)` for a function that makes one.
   */
  public grantWrite(grantee: IGrantable): Grant {
    this.acknowledgeObjects(grantee);
    return Grant.addToPrincipal({
      grantee,
      actions: ['s3:PutObject'],
      resourceArns: [this.bucket.arnForObjects('*')],
    }).combine(grantKeyUse(this.encryptionKey, grantee, KeyUse.PUT, 's3'));
  }

  private acknowledgeObjects(grantee: IGrantable): void {
    const reason = 'Documents are named while the system runs; the right ends with the bucket';
    acknowledgeParts(grantee, this.bucket, this.bucket.bucketArn, '/*', reason);
  }

  private acknowledgeFindings(bucket: Bucket, lasting: boolean, logged: boolean): void {
    const replication =
      'One Region is a stated limit of the system; replicas would put personal data in a second place';
    acknowledge(
      bucket,
      { id: 'NIST.800.53.R5-S3BucketReplicationEnabled', reason: replication },
      { id: 'CKV_AWS_144', reason: replication },
      { id: 'CKV2_AWS_62', reason: 'Nothing follows from a stored document; what must follow goes through the outbox' },
    );
    if (!logged) {
      const reason =
        'Only functions of the stack reach it, and each logs what it reads; accessLogsBucket turns access logs on';
      acknowledge(
        bucket,
        { id: 'AwsSolutions-S1', reason },
        { id: 'NIST.800.53.R5-S3BucketLoggingEnabled', reason },
        { id: 'CKV_AWS_18', reason },
      );
    }
    if (!lasting) {
      const reason = 'A sandbox holds nothing worth bringing back; the production profile keeps versions';
      acknowledge(bucket, { id: 'NIST.800.53.R5-S3BucketVersioningEnabled', reason }, { id: 'CKV_AWS_21', reason });
    }
  }
}

function lifecycle(lasting: boolean): LifecycleRule[] {
  return [
    {
      id: 'UnfinishedUploads',
      abortIncompleteMultipartUploadAfter: Duration.days(1),
      ...(lasting ? { noncurrentVersionExpiration: OLD_VERSIONS } : {}),
    },
  ];
}
