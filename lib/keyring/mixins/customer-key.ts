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
 * customer-managed key. It replaces their encryption, but adds no permissions. The grants of an L2
 * construct don't include the key, so grant its use as well.
 *
 * A `TableV2` must have only the replica of its home Region, because a key can't be used outside
 * its Region. Otherwise synth fails.
 *
 * ```ts
 * table.with(new CustomerKey(Keyring.of(table).keyFor(DataClass.PERSONAL)));
 * ```
 */
export class CustomerKey extends Mixin {
  /**
   * @param key key for encryption. For log groups, its policy must allow CloudWatch Logs. The
   * policy of `DataClass.LOGS` does.
   */
  public constructor(private readonly key: IKey) {
    super();
  }

  /**
   * Supports `Table`, `TableV2`, queues, topics, buckets and log groups. It changes the L1
   * resource, which an L2 construct contains.
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
      // CloudFormation accepts only one kind of encryption for a queue.
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
