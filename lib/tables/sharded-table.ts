import { type IMetric, MathExpression, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import {
  BillingMode,
  type CfnTable,
  ContributorInsightsMode,
  type ITable,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct, type IConstruct } from 'constructs';
import { acknowledgeParts, DataClass, grantKeyUse, Keyring, KeyUse } from '../keyring';
import { type DeploymentProfile, profileOf, whileRetained } from '../profile';
import { noteGrant } from '../stacks';
import { requireGrantee } from '../validation';
import { acknowledgeTable } from './acknowledge-table';
import { grantOnEach } from './grant-on-each';
import { MapTable } from './map-table';
import { requireOneMapTable } from './one-map-table';
import { Outbox } from './outbox';
import { watchPolicySize } from './policy-size';
import type { IPublishTarget } from './publish-target';
import type { ShardedTableIndex, ShardedTableProps } from './sharded-table-props';
import { checkTable } from './table-checks';

const QUERY_ACTIONS = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'];
const READ_ACTIONS = [...QUERY_ACTIONS, 'dynamodb:Scan'];
/** BatchWriteItem isn't among them, because its permission also allows deletes. */
const PUT_ACTIONS = ['dynamodb:ConditionCheckItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'];
const WRITE_ACTIONS = ['dynamodb:BatchWriteItem', ...PUT_ACTIONS, 'dynamodb:DeleteItem'];

/**
 * A table that consists of several DynamoDB tables, its shards. A partition key hashes to one of
 * 16,384 slots. The stack's map table states which shard owns each slot. Handlers open the table by
 * its logical name: `table('Orders')`.
 *
 * Shards are on demand, encrypted with the key of their data class, and have streams. In production
 * they are retained, protected from deletion, and restorable to any second of the last 35 days.
 *
 * ```ts
 * const orders = new ShardedTable(this, 'Orders', {
 *   partitionKey: { name: 'customerId', type: AttributeType.STRING },
 *   shards: 4,
 * });
 * orders.grantQueryPutData(checkout);
 * ```
 */
export class ShardedTable extends Construct {
  /** The map table of a scope's top-level stack, created if there is none yet. */
  public static mapTableOf(scope: IConstruct): ITable {
    return MapTable.of(scope).table;
  }

  /** Logical name that functions pass to `table()` to open the table. */
  public readonly tableName: string;
  /** The DynamoDB tables. The position identifies a shard. */
  public readonly shards: ITable[];
  /** Number of shards. */
  public readonly shardCount: number;
  /** Key of all shards. */
  public readonly encryptionKey: IKey;
  private readonly profile: DeploymentProfile;
  private readonly maps: MapTable;
  private readonly map: IConstruct;
  private readonly outbox = new Outbox(this);
  private readonly hasIndexes: boolean;

  /**
   * @throws BreakwaterError if a prop is missing, of another type, out of bounds or a token, or if
   * the stack has a table of that name
   */
  public constructor(scope: Construct, id: string, props: ShardedTableProps) {
    super(scope, id);
    this.tableName = props?.tableName ?? id;
    checkTable(this, this.tableName, props);
    this.profile = profileOf(this, props.profile);
    this.encryptionKey =
      props.encryptionKey ?? Keyring.of(this, this.profile).keyFor(props.dataClass ?? DataClass.PERSONAL);
    this.shardCount = props.shards ?? 1;
    this.hasIndexes = (props.globalSecondaryIndexes ?? []).length > 0;
    this.shards = Array.from({ length: this.shardCount }, (_, i) => this.createShard(i, props));
    this.maps = MapTable.of(this, this.profile);
    this.map = this.maps.add(this, {
      table: this.tableName,
      shards: this.shards.map(({ tableName }) => tableName),
      partitionKey: props.partitionKey.name,
      sortKey: props.sortKey?.name,
      timeToLive: props.timeToLiveAttribute,
      targets: () => this.outbox.declared(),
      profile: this.profile,
    });
  }

  /**
   * Lets a grantee read single items, batches of items, and partitions by query, but not scan
   * shards. Prefer it to `grantReadData`.
   */
  public grantQueryData(grantee: IGrantable): Grant {
    return this.grantData(grantee, KeyUse.READ, QUERY_ACTIONS);
  }

  /** Lets a grantee read all items, also by scans. `scatter` without an index needs it. */
  public grantReadData(grantee: IGrantable): Grant {
    return this.grantData(grantee, KeyUse.READ, READ_ACTIONS);
  }

  /**
   * Lets a grantee create, replace and update items, also in transactions. It can't read or delete
   * items, or write batches. Prefer it to `grantWriteData`.
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

  /** `grantQueryData` and `grantPutData` together: what most handlers need. */
  public grantQueryPutData(grantee: IGrantable): Grant {
    return this.grantData(grantee, KeyUse.WRITE, [...QUERY_ACTIONS, ...PUT_ACTIONS]);
  }

  /** `grantReadData` and `grantWriteData` together. */
  public grantReadWriteData(grantee: IGrantable): Grant {
    return this.grantData(grantee, KeyUse.WRITE, [...READ_ACTIONS, ...WRITE_ACTIONS]);
  }

  /**
   * Declares a target for the table's outbox messages. The relay sends messages with the target's
   * name in `to` to the target's queue. It moves a message for an undeclared target to its
   * dead-letter queue.
   *
   * A message is stored in the same write as its data, so neither is saved without the other. A
   * message may be delivered more than once, with the same ID. A grantee that may write to the
   * table may also publish to its targets.
   *
   * Targets may be in up to two top-level stacks of the same account and Region, besides nested
   * stacks of these.
   * @throws BreakwaterError if it isn't a target, if another target of the stack has its name, if
   * it is of a third stack, or if the table's stack needs its stack
   */
  public publishTo(target: IPublishTarget): void {
    this.outbox.publishTo(target, {
      table: this,
      tableName: this.tableName,
      shards: this.shards,
      encryptionKey: this.encryptionKey,
      maps: this.maps,
      map: this.map,
      profile: this.profile,
    });
  }

  /**
   * Reads and writes that DynamoDB throttled, summed over the shards. An alarm on it works for
   * tables with up to 5 shards, because an alarm reads at most 10 metrics. For more shards, make
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

  private grantData(grantee: IGrantable, use: KeyUse, actions: string[]): Grant {
    requireGrantee(this, grantee);
    requireOneMapTable(this, this.maps, grantee);
    noteGrant(this, grantee);
    const resourceArns = this.shards.flatMap(({ tableArn }) =>
      this.hasIndexes ? [tableArn, `${tableArn}/index/*`] : [tableArn],
    );
    if (this.hasIndexes) {
      for (const shard of this.shards) {
        acknowledgeParts(grantee, shard, shard.tableArn, '/index/*', 'A right to a table holds for its own indexes');
      }
    }
    watchPolicySize(grantee);
    return grantOnEach(grantee, actions, resourceArns)
      .combine(grantKeyUse(this.encryptionKey, grantee, use, 'dynamodb'))
      .combine(this.maps.grantRead(grantee));
  }

  private createShard(position: number, props: ShardedTableProps): Table {
    const table = new Table(this, `Shard${position}`, {
      partitionKey: props.partitionKey,
      sortKey: props.sortKey,
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.encryptionKey,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: this.profile.pointInTimeRecovery },
      removalPolicy: this.profile.protectedRemovalPolicy,
      timeToLiveAttribute: props.timeToLiveAttribute,
      // With the old image, the relay recognises whether a write added messages.
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      warmThroughput: props.warmThroughput,
      contributorInsightsSpecification: throttledKeys(props.contributorInsights ?? false),
    });
    const resource = table.node.defaultChild as CfnTable;
    resource.deletionProtectionEnabled = whileRetained(resource);
    for (const index of props.globalSecondaryIndexes ?? []) addIndex(table, index, props);
    acknowledgeTable(table, this.profile);
    return table;
  }
}

function addIndex(table: Table, index: ShardedTableIndex, props: ShardedTableProps): void {
  const others = index.nonKeyAttributes;
  table.addGlobalSecondaryIndex({
    indexName: index.indexName,
    partitionKeys: index.partitionKeys,
    sortKeys: index.sortKeys,
    projectionType:
      others === undefined
        ? ProjectionType.ALL
        : others.length === 0
          ? ProjectionType.KEYS_ONLY
          : ProjectionType.INCLUDE,
    nonKeyAttributes: others?.length ? others : undefined,
    contributorInsightsSpecification: throttledKeys(props.contributorInsights ?? false),
  });
}

function throttledKeys(enabled: boolean) {
  return { enabled, mode: enabled ? ContributorInsightsMode.THROTTLED_KEYS : undefined };
}
