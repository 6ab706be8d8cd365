import { Lazy, Mixin, Stack } from 'aws-cdk-lib';
import { CfnGlobalTable, CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnTopic } from 'aws-cdk-lib/aws-sns';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { invalid } from '../../validation';

/**
 * Encrypts tables, queues, topics, buckets and log groups of other libraries with a
 * customer-managed key, and replaces their encryption. It sets the key and grants nothing. An L2's
 * own grants don't know the key, so grant its use as well.
 *
 * A `TableV2` must have only its home Region's replica, because a key can't be used outside its
 * Region. Otherwise synth fails.
 *
 * ```ts
 * table.with(new CustomerKey(Keyring.of(table).keyFor(DataClass.PERSONAL)));
 * ```
 */
export class CustomerKey extends Mixin {
  /**
   * @param key key that encrypts. For log groups its policy must allow CloudWatch Logs, as the one
   * of `DataClass.LOGS` does.
   */
  public constructor(private readonly key: IKey) {
    super();
  }

  /**
   * Tables of both kinds, queues, topics, buckets and log groups; an L2 is reached through its L1.
   */
  public override supports(construct: IConstruct): boolean {
    return (
      CfnTable.isCfnTable(construct) ||
      CfnGlobalTable.isCfnGlobalTable(construct) ||
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
    } else if (CfnGlobalTable.isCfnGlobalTable(construct)) {
      encryptGlobalTable(construct, keyArn);
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

/**
 * A global table (`TableV2`) sets the key on each replica. Replicas may still be added until synth.
 */
function encryptGlobalTable(table: CfnGlobalTable, kmsMasterKeyId: string): void {
  table.sseSpecification = { sseEnabled: true, sseType: 'KMS' };
  const { replicas } = table;
  const stack = Stack.of(table);
  const resolved = () => stack.resolve(replicas) as CfnGlobalTable.ReplicaSpecificationProperty[];
  table.replicas = Lazy.any({
    produce: () => resolved().map((replica) => ({ ...replica, sseSpecification: { kmsMasterKeyId } })),
  });
  table.node.addValidation({
    validate: () => {
      const regions = resolved().map(({ region }) => JSON.stringify(region));
      if (regions.length === 1) return [];
      const problem = `must be the home Region's only under one customer-managed key, got ${regions.join(', ')}: a key can't be used outside its Region. Set one for each Region with TableEncryptionV2.customerManagedKey`;
      return [invalid(table, 'replicas', problem).message];
    },
  });
}
