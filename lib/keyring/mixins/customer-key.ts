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
 * Encrypts tables, queues, topics, buckets and log groups that somebody else made with a customer-managed key, instead of whatever
 * encryption they state. A `TableV2` must have its home Region's replica alone, since a key doesn't leave its Region: synth fails
 * otherwise. It sets the key and grants nothing: an L2's own grants don't know the key, so grant its use as well.
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

  /** Tables of both kinds, queues, topics, buckets and log groups; an L2 is reached through its L1. */
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

/** A global table, as `TableV2` makes it, names the key with each replica; replicas may still be added until synth. */
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
      const problem = `must be the home Region's alone under one customer-managed key, got ${regions.join(', ')}: a key doesn't leave its Region, so name one for each with TableEncryptionV2.customerManagedKey`;
      return [invalid(table, 'replicas', problem).message];
    },
  });
}
