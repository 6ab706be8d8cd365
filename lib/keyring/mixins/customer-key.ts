import { Mixin } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnTopic } from 'aws-cdk-lib/aws-sns';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';

/**
 * Encrypts tables, queues, topics, buckets and log groups that somebody else made with a customer-managed key, instead of whatever
 * encryption they state. It sets the key and grants nothing: an L2's own grants don't know the key, so grant its use as well.
 *
 * ```ts
 * table.with(new CustomerKey(Keyring.of(table).keyFor(DataClass.PERSONAL)));
 * ```
 */
export class CustomerKey extends Mixin {
  /** @param key key that encrypts; for log groups one whose policy lets CloudWatch Logs in, as `DataClass.LOGS` has it */
  public constructor(private readonly key: IKey) {
    super();
  }

  /** Tables, queues, topics, buckets and log groups; an L2 is reached through its L1. */
  public override supports(construct: IConstruct): boolean {
    return (
      CfnTable.isCfnTable(construct) ||
      CfnQueue.isCfnQueue(construct) ||
      CfnTopic.isCfnTopic(construct) ||
      CfnBucket.isCfnBucket(construct) ||
      CfnLogGroup.isCfnLogGroup(construct)
    );
  }

  public override applyTo(construct: IConstruct): void {
    const { keyArn } = this.key;
    if (CfnTable.isCfnTable(construct)) {
      construct.sseSpecification = { sseEnabled: true, sseType: 'KMS', kmsMasterKeyId: keyArn };
    } else if (CfnQueue.isCfnQueue(construct)) {
      construct.kmsMasterKeyId = keyArn;
      // The two kinds of encryption exclude each other.
      construct.sqsManagedSseEnabled = undefined;
    } else if (CfnTopic.isCfnTopic(construct)) {
      construct.kmsMasterKeyId = keyArn;
    } else if (CfnBucket.isCfnBucket(construct)) {
      construct.bucketEncryption = {
        serverSideEncryptionConfiguration: [
          {
            bucketKeyEnabled: true,
            serverSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: keyArn },
          },
        ],
      };
    } else if (CfnLogGroup.isCfnLogGroup(construct)) {
      construct.kmsKeyId = keyArn;
    }
  }
}
