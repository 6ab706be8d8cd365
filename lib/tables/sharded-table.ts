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
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct, IConstruct } from 'constructs';
import { acknowledgeTable } from '../dynamodb';
import { DataClass, Keyring } from '../keyring';
import { type DeploymentProfile, profileOf, whileRetained } from '../profile';
import { requireOwnProps, requireProps } from '../validation';
import { AdoptedTable, type AdoptedTableProps } from './adopted-table';
import type { IShardedTable } from './i-sharded-table';
import { ImportedTable, type ShardedTableAttributes } from './imported-table';
import { MapTable } from './map-table';
import { Outbox } from './outbox';
import type { IPublishTarget } from './publish-target';
import { ShardedTableBase, type TableAccess } from './sharded-table-base';
import type { ShardedTableIndex, ShardedTableProps } from './sharded-table-props';
import { checkTable, TABLE_PROPS } from './table-checks';

/**
 * A table that consists of several DynamoDB tables, its shards. A partition key hashes to one of
 * 16,384 slots. The stack's map table states which shard owns each slot. Handlers open the table by
 * its logical name: `table('Orders')`.
 *
 * Shards have on-demand capacity and streams, and are encrypted with the key of their data class.
 * In production they are protected from deletion, are retained when the stack is deleted, and can
 * be restored to any second of the last 35 days.
 *
 * ```ts
 * const orders = new ShardedTable(this, 'Orders', {
 *   partitionKey: { name: 'customerId', type: AttributeType.STRING },
 *   shards: 4,
 * });
 * orders.grantQueryPutData(checkout);
 * ```
 */
export class ShardedTable extends ShardedTableBase {
  /** Returns the map table of a scope's top-level stack, and creates it if there is none yet. */
  public static mapTableOf(scope: IConstruct): ITable {
    return MapTable.of(scope).table;
  }

  /**
   * Imports the sharded table of another app or stack, for grants. A function that uses it can't
   * also use tables of this stack, because a function finds all its tables in one map table.
   * @throws BreakwaterError if the list of shards is empty, or if the name is invalid
   */
  public static fromTableAttributes(scope: Construct, id: string, attributes: ShardedTableAttributes): IShardedTable {
    return new ImportedTable(scope, id, attributes);
  }

  /**
   * Uses an existing DynamoDB table with its data as a sharded table with one shard. No table is
   * created. To add shards later, the data must be copied to a new sharded table.
   * @throws BreakwaterError if a prop is missing, has a wrong type, is out of bounds or is a CDK
   * token, or if the top-level stack has another table with that name
   */
  public static adopt(scope: Construct, id: string, props: AdoptedTableProps): AdoptedTable {
    return new AdoptedTable(scope, id, props);
  }

  /** Logical name that functions pass to `table()` to open the table. */
  public readonly tableName: string;
  /** The DynamoDB tables. A shard is identified by its index in this list. */
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
   * @throws BreakwaterError if a prop is missing, has a wrong type, is out of bounds or is a CDK
   * token, or if the top-level stack has another table with that name
   */
  public constructor(scope: Construct, id: string, props: ShardedTableProps) {
    super(scope, id);
    requireProps(this, props, 'partitionKey');
    requireOwnProps(this, ShardedTable, props, TABLE_PROPS);
    this.tableName = props.tableName ?? id;
    checkTable(this, this.tableName, props);
    this.profile = profileOf(this, props.profile);
    this.encryptionKey =
      props.encryptionKey ?? Keyring.of(this, this.profile).keyFor(props.dataClass ?? DataClass.PERSONAL);
    this.shardCount = props.shards ?? 1;
    this.hasIndexes = (props.globalSecondaryIndexes ?? []).length > 0;
    this.shards = Array.from({ length: this.shardCount }, (_, i) => this.createShard(i, props));
    // If there are several shards, none of them is the default child.
    if (this.shardCount === 1) this.node.defaultChild = this.shards[0]?.node.defaultChild;
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
   * Declares a target for the table's outbox messages. If a message has the target's name in `to`,
   * the relay sends it to the target's queue. If no target has the name, the relay moves the
   * message to the relay's dead-letter queue.
   *
   * A message is stored in the same write as its data, so neither is saved without the other. A
   * message may be delivered more than once, with the same ID. A grantee that may write to the
   * table may also publish to its targets.
   *
   * Targets may be in up to two top-level stacks of the same account and Region, and in the nested
   * stacks of these stacks.
   * @throws BreakwaterError if the value isn't a target, if another target of the stack has the
   * same name, if the target is in a third top-level stack, or if the table's stack depends on the
   * target's stack
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

  /** @internal */
  protected override _access(): TableAccess {
    return { maps: this.maps, encryptionKeys: [this.encryptionKey], hasIndexes: this.hasIndexes };
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
      // The relay compares the new image with the old image to see whether a write added messages.
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
