import { Stack } from 'aws-cdk-lib';
import { type Attribute, CfnGlobalTable, CfnTable, type ITable, StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct, IConstruct } from 'constructs';
import { type DeploymentProfile, profileOf } from '../profile';
import { requireSameEnvironment } from '../stacks';
import { invalid, mustBe, type PropChecks, requireOwnProps, requireProps } from '../validation';
import { MapTable } from './map-table';
import { Outbox } from './outbox';
import type { IPublishTarget } from './publish-target';
import { ShardedTableBase, type TableAccess } from './sharded-table-base';
import { checkTable, keysOf, TABLE_PROPS } from './table-checks';

const { partitionKey, sortKey, tableName, timeToLiveAttribute, profile } = TABLE_PROPS;
const PROPS: PropChecks<AdoptedTableProps> = {
  table: mustBe.object<ITable>('ITable', 'tableArn'),
  partitionKey,
  sortKey,
  tableName,
  timeToLiveAttribute,
  hasIndexes: mustBe.flag,
  profile,
};

/** Props of an `AdoptedTable`. */
export interface AdoptedTableProps {
  /**
   * The existing table. It must be in this account and Region. If the table is imported, import it
   * with its key and its stream (`Table.fromTableAttributes`). An outbox needs a stream of new and
   * old images.
   */
  readonly table: ITable;

  /** Partition key of the existing table. */
  readonly partitionKey: Attribute;

  /**
   * Sort key, as the table has it.
   * @default - none
   */
  readonly sortKey?: Attribute;

  /**
   * Logical name by which functions open the table: 1 to 255 letters, digits, `-`, `_` and `.`. The
   * name must be unique in the top-level stack.
   * @default - the construct's id
   */
  readonly tableName?: string;

  /**
   * Attribute with the expiry time of an item, in seconds since 1970. The existing table must have
   * the same setting.
   * @default - items don't expire
   */
  readonly timeToLiveAttribute?: string;

  /**
   * Whether grants cover the table's indexes.
   * @default false
   */
  readonly hasIndexes?: boolean;

  /**
   * Purpose of the deployment. In production, the table's shard map is retained when the stack is
   * deleted.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/**
 * An existing DynamoDB table that is used as a sharded table with one shard. Functions open it by
 * its logical name. They can use conditions, transactions and an outbox. `ShardedTable.adopt` makes
 * an `AdoptedTable`.
 *
 * The table keeps its settings, its key and its data. Attributes that start with `_` belong to the
 * library.
 */
export class AdoptedTable extends ShardedTableBase {
  public readonly tableName: string;
  public readonly shards: ITable[];
  private readonly profile: DeploymentProfile;
  private readonly maps: MapTable;
  private readonly map: IConstruct;
  private readonly outbox = new Outbox(this);
  private readonly hasIndexes: boolean;

  /**
   * @throws BreakwaterError if a prop is missing, has a wrong type, is out of bounds or is a CDK
   * token; if the top-level stack has another table with that name; if another sharded table uses
   * the same DynamoDB table; or if the table is in another account or Region
   */
  public constructor(scope: Construct, id: string, props: AdoptedTableProps) {
    super(scope, id);
    requireProps(this, props, 'table', 'partitionKey');
    requireOwnProps(this, AdoptedTable, props, PROPS);
    this.tableName = props.tableName ?? id;
    const { table, partitionKey, sortKey, timeToLiveAttribute } = props;
    checkTable(this, this.tableName, { partitionKey, sortKey, timeToLiveAttribute });
    requireSameEnvironment(this, 'table', table, table.tableArn);
    this.checkKeys(table, partitionKey.name, sortKey?.name);
    this.profile = profileOf(this, props.profile);
    this.hasIndexes = props.hasIndexes ?? false;
    this.shards = [table];
    this.maps = MapTable.of(this, this.profile);
    this.map = this.maps.add(this, {
      table: this.tableName,
      shards: [table.tableName],
      partitionKey: partitionKey.name,
      sortKey: sortKey?.name,
      timeToLive: timeToLiveAttribute,
      targets: () => this.outbox.declared(),
      profile: this.profile,
    });
  }

  /**
   * Declares a target for the table's outbox messages, as `ShardedTable.publishTo` does.
   * @throws BreakwaterError if the table has no stream of new and old images, and in the cases of
   * `ShardedTable.publishTo`
   */
  public publishTo(target: IPublishTarget): void {
    const [table] = this.shards;
    const resource = resourceOf(table);
    // A `TableV2` sets its stream lazily, at synth.
    const view: CfnTable.StreamSpecificationProperty | undefined =
      resource && Stack.of(resource).resolve(resource.streamSpecification);
    if (view !== undefined && view.streamViewType !== StreamViewType.NEW_AND_OLD_IMAGES) {
      throw invalid(this, 'table', `must have a stream of new and old images, got ${view.streamViewType}`);
    }
    this.outbox.publishTo(target, {
      table: this,
      tableName: this.tableName,
      shards: this.shards,
      encryptionKey: table?.encryptionKey,
      maps: this.maps,
      map: this.map,
      profile: this.profile,
    });
  }

  /** @internal */
  protected override _access(): TableAccess {
    return { maps: this.maps, encryptionKeys: keysOf(this.shards), hasIndexes: this.hasIndexes };
  }

  /**
   * Checks that the keys are the table's own. The keys of an imported table are unknown, so they
   * aren't checked.
   */
  private checkKeys(table: ITable, partitionKey: string, sortKey: string | undefined): void {
    const schema = resourceOf(table)?.keySchema as CfnTable.KeySchemaProperty[] | undefined;
    if (!Array.isArray(schema)) return;
    const has = (type: string) => schema.find(({ keyType }) => keyType === type)?.attributeName;
    const [wanted, given] = [
      [has('HASH'), has('RANGE')],
      [partitionKey, sortKey],
    ];
    if (wanted[0] === given[0] && wanted[1] === given[1]) return;
    throw invalid(
      this,
      'partitionKey and sortKey',
      `must be the table's own keys, ${shownKeys(wanted)}, got ${shownKeys(given)}`,
    );
  }
}

function resourceOf(table: ITable | undefined): CfnTable | CfnGlobalTable | undefined {
  const resource = table?.node.defaultChild;
  return CfnTable.isCfnTable(resource) || CfnGlobalTable.isCfnGlobalTable(resource) ? resource : undefined;
}

function shownKeys(keys: readonly (string | undefined)[]): string {
  return keys.flatMap((key) => (key === undefined ? [] : [`'${key}'`])).join(' and ');
}
