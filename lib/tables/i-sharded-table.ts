import type { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/**
 * A table that functions open by its logical name: a `ShardedTable`, an `AdoptedTable`, or an
 * imported sharded table of another app.
 */
export interface IShardedTable extends IConstruct {
  /** Logical name that functions pass to `table()` to open the table. */
  readonly tableName: string;
  /** The DynamoDB tables. A shard is identified by its index in this list. */
  readonly shards: ITable[];
  /**
   * Lets a grantee read single items, batches of items, and partitions by query, but not scan
   * shards. Prefer this grant to `grantReadData`.
   */
  grantQueryData(grantee: IGrantable): Grant;
  /** Lets a grantee read all items, also by scans. `scatter` without an index needs this grant. */
  grantReadData(grantee: IGrantable): Grant;
  /**
   * Lets a grantee create, replace and update items, also in transactions. The grantee can't read
   * or delete items, or write batches. Prefer this grant to `grantWriteData`.
   */
  grantPutData(grantee: IGrantable): Grant;
  /** Lets a grantee delete items, also in transactions, but not read or change them. */
  grantDeleteData(grantee: IGrantable): Grant;
  /** Lets a grantee write and delete items, also in batches, but not read them. */
  grantWriteData(grantee: IGrantable): Grant;
  /** `grantQueryData` and `grantPutData` together. Most handlers need these rights. */
  grantQueryPutData(grantee: IGrantable): Grant;
  /** `grantReadData` and `grantWriteData` together. */
  grantReadWriteData(grantee: IGrantable): Grant;
  /**
   * Reads and writes that DynamoDB throttled, summed over the shards. An alarm reads at most 10
   * metrics, so an alarm on this metric works for tables with up to 5 shards. For more shards, make
   * alarms on single shards.
   */
  metricThrottledRequests(props?: MetricOptions): IMetric;
}
