import { CustomResource, Duration } from 'aws-cdk-lib';
import { AttributeType, type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct, type IConstruct } from 'constructs';
import { type AliasedFunction, stackFunction } from '../functions';
import { DataClass, grantKeyUse, Keyring, KeyUse } from '../keyring';
import { type DeploymentProfile, SharedProfile, stackPart } from '../profile';
import { Environment, MAP_TABLE_KEY } from '../protocol';
import { invalid } from '../validation';
import { stackTable } from './stack-table';
import { tellEnvironment } from './tell-environment';

const STACK_CHILD = 'BreakwaterMapTable';

/** Writing a map takes a second or two; a function that can't start must not hold the stack for an hour. */
const WRITER_TIMEOUT = Duration.seconds(30);
const DEPLOYMENT_TIMEOUT = Duration.minutes(5);

/** Props of a `MapTable`. */
export interface MapTableProps {
  /**
   * What the deployment is for: in production the map outlives the stack, as the tables do.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/** What is known of a sharded table when its map is first written. */
export interface MapEntry {
  /** Logical name of the sharded table. */
  readonly table: string;
  /** Physical names, in the order of the shards. */
  readonly shards: string[];
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly timeToLive?: string;
  /** Whether the map goes with the stack: only where its tables do. */
  readonly removeWithStack: boolean;
}

/**
 * The one table of a stack that says where each sharded table keeps each slot. A function is told its name and nothing else, so that
 * a published version of it keeps finding the data after slots have moved.
 */
export class MapTable extends Construct {
  /**
   * The map table of a scope's stack, made on first use. Asked for with different profiles, it takes the most careful one.
   * @param scope any construct of the stack
   * @param profile what the asker is for; without one, the table stays as it is, and is for production if nobody says otherwise
   */
  public static of(scope: IConstruct, profile?: DeploymentProfile): MapTable {
    const part = stackPart(
      scope,
      STACK_CHILD,
      'map table',
      MapTable,
      (stack) => new MapTable(stack, STACK_CHILD, { profile }),
    );
    part.profile.serve(profile);
    return part;
  }

  /** The physical table. */
  public readonly table: ITable;
  private readonly key: IKey;
  private readonly writer: AliasedFunction;
  private readonly owners = new Map<string, IConstruct>();
  private readonly profile: SharedProfile;

  public constructor(scope: Construct, id: string, props: MapTableProps = {}) {
    super(scope, id);
    this.profile = new SharedProfile(props.profile);
    this.profile.followStated((profile) => void Keyring.of(this, profile));
    this.key = Keyring.of(this).keyFor(DataClass.CONTROL);
    this.table = stackTable(this, 'Table', {
      partitionKey: { name: MAP_TABLE_KEY, type: AttributeType.STRING },
      encryptionKey: this.key,
      profile: this.profile,
    });
    this.writer = stackFunction(this, 'Writer', {
      name: 'shard-map',
      description: 'Writes the shard map of each table when the stack is deployed',
      timeout: WRITER_TIMEOUT,
      profile: this.profile,
    });
    this.grantRead(this.writer);
    Grant.addToPrincipal({
      grantee: this.writer,
      actions: ['dynamodb:PutItem', 'dynamodb:DeleteItem'],
      resourceArns: [this.table.tableArn],
    });
    grantKeyUse(this.key, this.writer, KeyUse.WRITE, 'dynamodb');
  }

  /** Lets a grantee read maps, and tells it the table's name if it can be told. */
  public grantRead(grantee: IGrantable): Grant {
    tellEnvironment(grantee, Environment.MAP_TABLE, this.table.tableName);
    return Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:GetItem'],
      resourceArns: [this.table.tableArn],
    }).combine(grantKeyUse(this.key, grantee, KeyUse.READ, 'dynamodb'));
  }

  /**
   * Has a sharded table's map written when the stack is deployed.
   * @throws BreakwaterError if the stack has a sharded table of that name
   * @internal
   */
  public _add(owner: Construct, entry: MapEntry): void {
    const other = this.owners.get(entry.table);
    if (other !== undefined) {
      throw invalid(
        owner,
        'tableName',
        `must be unique in its stack, got '${entry.table}', which is ${other.node.path}`,
      );
    }
    this.owners.set(entry.table, owner);
    new CustomResource(owner, 'Map', {
      serviceToken: this.writer.function.functionArn,
      serviceTimeout: DEPLOYMENT_TIMEOUT,
      resourceType: 'Custom::BreakwaterShardMap',
      properties: {
        Table: entry.table,
        Shards: entry.shards,
        PartitionKey: entry.partitionKey,
        SortKey: entry.sortKey,
        TimeToLive: entry.timeToLive,
        RemoveWithStack: String(entry.removeWithStack),
      },
    });
  }
}
