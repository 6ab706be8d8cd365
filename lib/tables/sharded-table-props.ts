import type { Attribute, WarmThroughput } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { DataClass } from '../keyring';
import type { DeploymentProfile } from '../profile';

/** A global secondary index of every shard; a question to it goes to one shard, or to all of them one after the other. */
export interface ShardedTableIndex {
  /** Name of the index: 3 to 255 letters, digits and `-._`. */
  readonly indexName: string;

  /** Attributes that form its partition key, 1 to 4; a query states all of them. */
  readonly partitionKeys: Attribute[];

  /**
   * Attributes that form its sort key, up to 4; a query states them from the left.
   * @default - none
   */
  readonly sortKeys?: Attribute[];

  /**
   * Attributes it holds besides the keys; an empty list: none.
   * @default - all attributes
   */
  readonly nonKeyAttributes?: string[];
}

/** Props of a `ShardedTable`. */
export interface ShardedTableProps {
  /** Partition key; its value decides the shard. Names that start with `_` are the library's. */
  readonly partitionKey: Attribute;

  /**
   * Sort key.
   * @default - none
   */
  readonly sortKey?: Attribute;

  /**
   * Number of physical tables, 1 to 128. One is enough up to a table's own quota (40,000 read and 40,000 write units a second, unless raised);
   * more of them bound what one hot or broken table can take down.
   * @default 1
   */
  readonly shards?: number;

  /**
   * Logical name, by which functions open the table; unique in its stack.
   * @default - the construct's id
   */
  readonly tableName?: string;

  /**
   * Attribute with the time, in seconds since 1970, after which an item is deleted.
   * @default - items stay
   */
  readonly timeToLiveAttribute?: string;

  /**
   * Global secondary indexes, up to 20, with keys of one or more attributes.
   * @default - none
   */
  readonly globalSecondaryIndexes?: ShardedTableIndex[];

  /**
   * What kind of data it holds, which decides its key.
   * @default DataClass.PERSONAL
   */
  readonly dataClass?: DataClass;

  /**
   * Key of all shards.
   * @default - the key of the stack's keyring for the data class
   */
  readonly encryptionKey?: IKey;

  /**
   * What the deployment is for.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Throughput that each shard takes at once, paid one time when it rises above what a new table has.
   * @default - DynamoDB's own: 12,000 read and 4,000 write units a second
   */
  readonly warmThroughput?: WarmThroughput;

  /**
   * Whether CloudWatch records which keys are throttled; paid for throttled requests only.
   * @default true
   */
  readonly contributorInsights?: boolean;
}
