import type { Attribute, WarmThroughput } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { DataClass } from '../keyring';
import type { DeploymentProfile } from '../profile';

/**
 * A global secondary index on every shard. `query` reads the index of one shard. `scatter` reads
 * the indexes of all shards, a few at a time.
 */
export interface ShardedTableIndex {
  /** Name of the index: 3 to 255 letters, digits and `-._`. */
  readonly indexName: string;

  /** Attributes of the index's partition key, 1 to 4. A query must set all of them. */
  readonly partitionKeys: Attribute[];

  /**
   * Attributes of the index's sort key, up to 4. A query may set the first few of them, without
   * gaps.
   * @default - none
   */
  readonly sortKeys?: Attribute[];

  /**
   * Attributes that the index contains in addition to the keys. With an empty list, the index
   * contains only the keys.
   * @default - all attributes
   */
  readonly nonKeyAttributes?: string[];
}

/** Props of a `ShardedTable`. */
export interface ShardedTableProps {
  /**
   * Partition key. Its value determines the shard of an item. Attribute names that start with `_`
   * are reserved for the library.
   */
  readonly partitionKey: Attribute;

  /**
   * Sort key.
   * @default - none
   */
  readonly sortKey?: Attribute;

  /**
   * Number of DynamoDB tables, 1 to 128. One shard suffices up to the quota of a DynamoDB table:
   * 40,000 read and 40,000 write units per second, unless the quota was raised. With more shards, a
   * throttled or damaged table affects a smaller part of the data.
   * @default 1
   */
  readonly shards?: number;

  /**
   * Logical name that functions pass to `table()` to open the table: 1 to 255 letters, digits, `-`,
   * `_` and `.`. The name must be unique in the top-level stack.
   * @default - the construct's id
   */
  readonly tableName?: string;

  /**
   * Attribute with the expiry time of an item, in seconds since 1970.
   * @default - items don't expire
   */
  readonly timeToLiveAttribute?: string;

  /**
   * Global secondary indexes, up to 20, with keys of one or more attributes.
   * @default - none
   */
  readonly globalSecondaryIndexes?: ShardedTableIndex[];

  /**
   * Kind of data. It decides which key encrypts the shards.
   * @default DataClass.PERSONAL
   */
  readonly dataClass?: DataClass;

  /**
   * Key that encrypts all shards.
   * @default - the key of the stack's keyring for the data class
   */
  readonly encryptionKey?: IKey;

  /**
   * Purpose of the deployment.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Throughput that each shard supports immediately. AWS charges once for the part above the
   * default.
   * @default - DynamoDB's default for a new table: 12,000 read and 4,000 write units per second
   */
  readonly warmThroughput?: WarmThroughput;

  /**
   * Whether CloudWatch Contributor Insights records which keys are throttled. Contributor Insights
   * shows keys in plain text to everybody who may read CloudWatch. It costs $0.50 a month for each
   * key attribute of each shard.
   * @default false
   */
  readonly contributorInsights?: boolean;
}
