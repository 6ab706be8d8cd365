import type { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/**
 * A table that functions open by its logical name: a `ShardedTable`, an adopted table, or the table
 * of another app.
 */
export interface IShardedTable extends IConstruct {
  /** Logical name that functions pass to `table()` to open the table. */
  readonly tableName: string;
  /** The DynamoDB tables. The position identifies a shard. */
  readonly shards: ITable[];
  /**
   * Lets a grantee read single items, batches of items, and partitions by query, but not scan
   * shards. Prefer it to `grantReadData`.
   */
  grantQueryData(grantee: IGrantable): Grant;
  /** Lets a grantee read all items, also by scans. `scatter` without an index needs it. */
  grantReadData(grantee: IGrantable): Grant;
  /**
   * Lets a grantee create, replace and update items, also in transactions. It can't read or delete
   * items, or write batches. Prefer it to `grantWriteData`.
   */
  grantPutData(grantee: IGrantable): Grant;
  /** Lets a grantee delete items, also in transactions, but not read or change them. */
  grantDeleteData(grantee: IGrantable): Grant;
  /** Lets a grantee write and delete items, also in batches, but not read them. */
  grantWriteData(grantee: IGrantable): Grant;
  /** `grantQueryData` and `grantPutData` together: what most handlers need. */
  grantQueryPutData(grantee: IGrantable): Grant;
  /** `grantReadData` and `grantWriteData` together. */
  grantReadWriteData(grantee: IGrantable): Grant;
  /**
   * Reads and writes that DynamoDB throttled, summed over the shards. An alarm on it works for
   * tables with up to 5 shards, because an alarm reads at most 10 metrics. For more shards, make
   * alarms on single shards.
   */
  metricThrottledRequests(props?: MetricOptions): IMetric;
}
