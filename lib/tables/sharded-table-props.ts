import type { Attribute, WarmThroughput } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { DataClass } from '../keyring';
import type { DeploymentProfile } from '../profile';

/**
 * A global secondary index on every shard. `query` reads one shard. `scatter` reads all, a few at a
 * time.
 */
export interface ShardedTableIndex {
  /** Name of the index: 3 to 255 letters, digits and `-._`. */
  readonly indexName: string;

  /** Attributes of its partition key, 1 to 4. A query must set all of them. */
  readonly partitionKeys: Attribute[];

  /**
   * Attributes of its sort key, up to 4. A query may set them from the first on.
   * @default - none
   */
  readonly sortKeys?: Attribute[];

  /**
   * Attributes that the index contains in addition to the keys. An empty list means none.
   * @default - all attributes
   */
  readonly nonKeyAttributes?: string[];
}

/** Props of a `ShardedTable`. */
export interface ShardedTableProps {
  /**
   * Partition key. Its value decides the shard. Names that start with `_` belong to the library.
   */
  readonly partitionKey: Attribute;

  /**
   * Sort key.
   * @default - none
   */
  readonly sortKey?: Attribute;

  /**
   * Number of DynamoDB tables, 1 to 128. One suffices up to a table's quota: 40,000 read and 40,000
   * write units a second, unless the quota was raised. With more shards, a throttled or damaged
   * table affects a smaller part of the data.
   * @default 1
   */
  readonly shards?: number;

  /**
   * Logical name that functions pass to `table()` to open the table. Unique in its stack; 1 to 255
   * letters, digits, `-`, `_` and `.`.
   * @default - the construct's id
   */
  readonly tableName?: string;

  /**
   * Attribute that holds an item's expiry, in seconds since 1970.
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
   * Throughput that each shard supports immediately. AWS charges once for the part above a new
   * table's own.
   * @default - DynamoDB's own: 12,000 read and 4,000 write units a second
   */
  readonly warmThroughput?: WarmThroughput;

  /**
   * Whether CloudWatch Contributor Insights records which keys are throttled. It shows keys in
   * plain text to everybody who may read CloudWatch, and costs $0.50 a month for each key attribute
   * of each shard.
   * @default false
   */
  readonly contributorInsights?: boolean;
}
