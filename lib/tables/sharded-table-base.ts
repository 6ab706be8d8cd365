import { type IMetric, MathExpression, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { acknowledgeParts, grantKeyUse, KeyUse } from '../keyring';
import { noteGrant } from '../stacks';
import { requireGrantee } from '../validation';
import { grantOnEach } from './grant-on-each';
import type { IShardedTable } from './i-sharded-table';
import type { MapSource } from './map-source';
import { requireOneMapTable } from './one-map-table';
import { watchPolicySize } from './policy-size';

const QUERY_ACTIONS = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'];
const READ_ACTIONS = [...QUERY_ACTIONS, 'dynamodb:Scan'];
/** These actions don't include BatchWriteItem, because its permission also allows deletes. */
const PUT_ACTIONS = ['dynamodb:ConditionCheckItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'];
const WRITE_ACTIONS = ['dynamodb:BatchWriteItem', ...PUT_ACTIONS, 'dynamodb:DeleteItem'];

/** The data of a table that its grants need. */
export interface TableAccess {
  /** The map table with the table's map. */
  readonly maps: MapSource;
  /** Customer managed keys of the shards. */
  readonly encryptionKeys: IKey[];
  /** Whether grants cover indexes. */
  readonly hasIndexes: boolean;
}

/** Base class with the grants and metrics of tables that functions open by a logical name. */
export abstract class ShardedTableBase extends Construct implements IShardedTable {
  public abstract readonly tableName: string;
  public abstract readonly shards: ITable[];

  /**
   * Lets a grantee read single items, batches of items, and partitions by query, but not scan
   * shards. Prefer this grant to `grantReadData`.
   */
  public grantQueryData(grantee: IGrantable): Grant {
    return this.grantData(grantee, KeyUse.READ, QUERY_ACTIONS);
  }

  /** Lets a grantee read all items, also by scans. `scatter` without an index needs this grant. */
  public grantReadData(grantee: IGrantable): Grant {
    return this.grantData(grantee, KeyUse.READ, READ_ACTIONS);
  }

  /**
   * Lets a grantee create, replace and update items, also in transactions. The grantee can't read
   * or delete items, or write batches. Prefer this grant to `grantWriteData`.
   */
  public grantPutData(grantee: IGrantable): Grant {
    return this.grantData(grantee, KeyUse.WRITE, PUT_ACTIONS);
  }

  /** Lets a grantee delete items, also in transactions, but not read or change them. */
  public grantDeleteData(grantee: IGrantable): Grant {
    return this.grantData(grantee, KeyUse.WRITE, ['dynamodb:DeleteItem']);
  }

  /** Lets a grantee write and delete items, also in batches, but not read them. */
  public grantWriteData(grantee: IGrantable): Grant {
    return this.grantData(grantee, KeyUse.WRITE, WRITE_ACTIONS);
  }

  /** `grantQueryData` and `grantPutData` together. Most handlers need these rights. */
  public grantQueryPutData(grantee: IGrantable): Grant {
    return this.grantData(grantee, KeyUse.WRITE, [...QUERY_ACTIONS, ...PUT_ACTIONS]);
  }

  /** `grantReadData` and `grantWriteData` together. */
  public grantReadWriteData(grantee: IGrantable): Grant {
    return this.grantData(grantee, KeyUse.WRITE, [...READ_ACTIONS, ...WRITE_ACTIONS]);
  }

  /**
   * Reads and writes that DynamoDB throttled, summed over the shards. An alarm reads at most 10
   * metrics, so an alarm on this metric works for tables with up to 5 shards. For more shards, make
   * alarms on single shards.
   */
  public metricThrottledRequests(props: MetricOptions = {}): IMetric {
    const metrics = this.shards.flatMap((shard, i) => [
      [`r${i}`, shard.metric('ReadThrottleEvents', { statistic: 'Sum', ...props })] as const,
      [`w${i}`, shard.metric('WriteThrottleEvents', { statistic: 'Sum', ...props })] as const,
    ]);
    return new MathExpression({
      expression: 'SUM(METRICS())',
      usingMetrics: Object.fromEntries(metrics),
      label: props.label ?? `${this.tableName}: throttled requests`,
      period: props.period,
    });
  }

  /** @internal */
  protected abstract _access(): TableAccess;

  private grantData(grantee: IGrantable, use: KeyUse, actions: string[]): Grant {
    const { maps, encryptionKeys, hasIndexes } = this._access();
    requireGrantee(this, grantee);
    requireOneMapTable(this, maps.tableName, grantee);
    noteGrant(this, grantee);
    const resourceArns = this.shards.flatMap(({ tableArn }) =>
      hasIndexes ? [tableArn, `${tableArn}/index/*`] : [tableArn],
    );
    if (hasIndexes) {
      for (const shard of this.shards) {
        acknowledgeParts(grantee, shard, shard.tableArn, '/index/*', 'A grant on a table includes its own indexes');
      }
    }
    watchPolicySize(grantee);
    const data = grantOnEach(grantee, actions, resourceArns);
    const keys = encryptionKeys.map((key) => grantKeyUse(key, grantee, use, 'dynamodb'));
    return [...keys, maps.grantRead(grantee)].reduce((all, grant) => all.combine(grant), data);
  }
}
