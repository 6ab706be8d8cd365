import { Stack } from 'aws-cdk-lib';
import { type Attribute, CfnGlobalTable, CfnTable, type ITable, StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct, IConstruct } from 'constructs';
import { type DeploymentProfile, profileOf } from '../profile';
import { requireSameEnvironment } from '../stacks';
import { invalid, requireKnownProps, requireProps } from '../validation';
import { MapTable } from './map-table';
import { Outbox } from './outbox';
import type { IPublishTarget } from './publish-target';
import { ShardedTableBase, type TableAccess } from './sharded-table-base';
import { checkTable, keysOf } from './table-checks';

const PROPS = ['table', 'partitionKey', 'sortKey', 'tableName', 'timeToLiveAttribute', 'hasIndexes', 'profile'];

/** Props of an `AdoptedTable`. */
export interface AdoptedTableProps {
  /**
   * The existing table, of this account and Region. If it is imported, import it with its key and
   * its stream (`Table.fromTableAttributes`). An outbox needs a stream of new and old images.
   */
  readonly table: ITable;

  /** Partition key, as the table has it. */
  readonly partitionKey: Attribute;

  /**
   * Sort key, as the table has it.
   * @default - none
   */
  readonly sortKey?: Attribute;

  /**
   * Logical name by which functions open the table. Unique in its top-level stack; 1 to 255
   * letters, digits, `-`, `_` and `.`.
   * @default - the construct's id
   */
  readonly tableName?: string;

  /**
   * Attribute that holds an item's expiry, in seconds since 1970, as the table has it.
   * @default - items don't expire
   */
  readonly timeToLiveAttribute?: string;

  /**
   * Whether grants cover the table's indexes.
   * @default false
   */
  readonly hasIndexes?: boolean;

  /**
   * Purpose of the deployment. In production the table's map is retained when the stack is deleted.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/**
 * An existing DynamoDB table as a table of one shard. Functions open it by its logical name, with
 * conditions, transactions and an outbox. `ShardedTable.adopt` makes one.
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
   * @throws BreakwaterError if a prop is missing, of another type, out of bounds or a token, if the
   * top-level stack has a table of that name, if another sharded table has the table, or if the
   * table is of another account or Region
   */
  public constructor(scope: Construct, id: string, props: AdoptedTableProps) {
    super(scope, id);
    requireProps(this, props, 'table', 'partitionKey');
    requireKnownProps(this.node.path, props, PROPS);
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
   * @throws BreakwaterError if the table has no stream of new and old images, or as
   * `ShardedTable.publishTo`
   */
  public publishTo(target: IPublishTarget): void {
    const [table] = this.shards;
    const resource = resourceOf(table);
    // A `TableV2` decides its stream at synth.
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

  /** Keys of an imported table aren't known. */
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
      `must be the table's own, ${shownKeys(wanted)}, got ${shownKeys(given)}`,
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
