import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { requireSameEnvironment } from '../stacks';
import { invalid, mustBe, type PropChecks, requireOwnProps, requireProps } from '../validation';
import { ImportedMaps } from './map-source';
import { ShardedTableBase, type TableAccess } from './sharded-table-base';
import { checkTableName, keysOf } from './table-checks';

const TABLE = mustBe.object<ITable>('ITable', 'tableArn');
const ATTRIBUTES: PropChecks<ShardedTableAttributes> = {
  tableName: mustBe.text,
  mapTable: TABLE,
  shards: mustBe.listOf(TABLE),
  hasIndexes: mustBe.flag,
};

/** Attributes of a sharded table of another app or stack. */
export interface ShardedTableAttributes {
  /** Logical name that functions pass to `table()` to open the table. */
  readonly tableName: string;

  /**
   * Map table of the other app. Import the map table with its key (`Table.fromTableAttributes`),
   * because grants include the use of the key.
   */
  readonly mapTable: ITable;

  /** The DynamoDB tables, in the order of the shards. Import each with its key. */
  readonly shards: ITable[];

  /**
   * Whether grants cover the indexes of the shards.
   * @default false
   */
  readonly hasIndexes?: boolean;
}

/** A sharded table of another app or stack. */
export class ImportedTable extends ShardedTableBase {
  public readonly tableName: string;
  public readonly shards: ITable[];
  private readonly access: TableAccess;

  constructor(scope: Construct, id: string, attributes: ShardedTableAttributes) {
    super(scope, id);
    requireProps(this, attributes, 'tableName', 'mapTable', 'shards');
    requireOwnProps(this, ImportedTable, attributes, ATTRIBUTES);
    checkTableName(this, attributes.tableName);
    if (attributes.shards.length === 0) throw invalid(this, 'shards', 'must contain at least one table, got none');
    requireSameEnvironment(this, 'mapTable', attributes.mapTable, attributes.mapTable.tableArn);
    for (const shard of attributes.shards) requireSameEnvironment(this, 'shards', shard, shard.tableArn);
    this.tableName = attributes.tableName;
    this.shards = [...attributes.shards];
    this.access = {
      maps: new ImportedMaps(attributes.mapTable),
      encryptionKeys: keysOf(this.shards),
      hasIndexes: attributes.hasIndexes ?? false,
    };
  }

  protected override _access(): TableAccess {
    return this.access;
  }
}
