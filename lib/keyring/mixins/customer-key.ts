import { Lazy, Mixin, Stack } from 'aws-cdk-lib';
import { CfnGlobalTable, CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnTopic } from 'aws-cdk-lib/aws-sns';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { BreakwaterError, invalid, shown } from '../../validation';

/**
 * Encrypts tables, queues, topics, buckets and log groups of other libraries with a customer
 * managed key. The mixin replaces their encryption, but adds no permissions. The grants of an L2
 * construct don't include this key, so also grant the use of the key.
 *
 * A `TableV2` must have only the replica of its home Region, because a key can't be used outside of
 * its Region. If it has other replicas, synth fails.
 *
 * ```ts
 * table.with(new CustomerKey(Keyring.of(table).keyFor(DataClass.PERSONAL)));
 * ```
 */
export class CustomerKey extends Mixin {
  /**
   * @param key key for encryption. For log groups, the key's policy must allow CloudWatch Logs. The
   * policy of the keyring's key for `DataClass.LOGS` does.
   * @throws BreakwaterError if `key` isn't a key
   */
  public constructor(private readonly key: IKey) {
    super();
    if (typeof key !== 'object' || key === null || !('keyArn' in key)) {
      throw new BreakwaterError(
        `CustomerKey: key must be an IKey, got ${shown(key)}; use Key.fromKeyArn() for an existing key`,
      );
    }
  }

  /**
   * Supports `Table`, `TableV2`, queues, topics, buckets and log groups. The mixin changes the L1
   * resource that an L2 construct contains.
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
 * Sets the key on each replica of a global table (`TableV2`). Apps can add replicas until synth, so
 * the replicas are read lazily.
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
      const problem = `must be only the one of the home Region, because a key can't be used outside of its Region, got ${regions.join(', ')}. Set a key for each Region with TableEncryptionV2.customerManagedKey`;
      return [invalid(table, 'replicas', problem).message];
    },
  });
}
