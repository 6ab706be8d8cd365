import { CustomResource, Duration, Lazy } from 'aws-cdk-lib';
import { AttributeType, type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct, type IConstruct } from 'constructs';
import { type AliasedFunction, stackFunction } from '../functions';
import { DataClass, grantKeyUse, Keyring, KeyUse } from '../keyring';
import { type DeploymentProfile, SharedProfile, stackPart } from '../profile';
import { Environment, MAP_TABLE_KEY } from '../protocol';
import { invalid } from '../validation';
import type { IPublishTarget } from './publish-target';
import { setEnvironment } from './set-environment';
import { stackTable } from './stack-table';

const STACK_CHILD = 'BreakwaterMapTable';

/**
 * Writing a map takes 1 to 2 seconds. A function that can't start must not hold the stack for an
 * hour.
 */
const WRITER_TIMEOUT = Duration.seconds(30);
const DEPLOYMENT_TIMEOUT = Duration.minutes(5);

/** Props of a `MapTable`. */
export interface MapTableProps {
  /**
   * Purpose of the deployment. In production the map table is retained, as the tables are.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/** A sharded table as its map is first written. */
export interface MapEntry {
  /** Logical name of the sharded table. */
  readonly table: string;
  /** Physical names, in the order of the shards. */
  readonly shards: string[];
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly timeToLive?: string;
  /** Targets that the table publishes to; read at synth, since `publishTo` may still add some. */
  readonly targets: () => IPublishTarget[];
  /** Decides what becomes of the map when its table leaves the stack. */
  readonly profile: DeploymentProfile;
}

/**
 * The one table of a stack that says which shard owns each slot of its sharded tables, and which
 * targets each table publishes to. Functions know only its name. So a published version of a
 * function still finds the data after slots have moved.
 */
export class MapTable extends Construct {
  /**
   * The map table of a scope's stack, created on first use. If calls pass different profiles, the
   * strictest applies.
   * @param scope any construct of the stack
   * @param profile purpose of the caller's deployment; without one the table stays as it is
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
      actions: ['dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      resourceArns: [this.table.tableArn],
    });
    grantKeyUse(this.key, this.writer, KeyUse.WRITE, 'dynamodb');
  }

  /** Lets a grantee read maps. If the grantee has an environment, the table's name is set there. */
  public grantRead(grantee: IGrantable): Grant {
    setEnvironment(grantee, Environment.MAP_TABLE, this.table.tableName);
    return Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:GetItem'],
      resourceArns: [this.table.tableArn],
    }).combine(grantKeyUse(this.key, grantee, KeyUse.READ, 'dynamodb'));
  }

  /**
   * Writes a sharded table's map, and what its shards may publish, when the stack is deployed.
   * @returns the resource that writes
   * @throws BreakwaterError if the stack has another sharded table of that name
   */
  public add(owner: Construct, entry: MapEntry): CustomResource {
    const other = this.owners.get(entry.table);
    if (other !== undefined) {
      throw invalid(
        owner,
        'tableName',
        `must be unique in its stack, got '${entry.table}', which is ${other.node.path}`,
      );
    }
    this.owners.set(entry.table, owner);
    return new CustomResource(owner, 'Map', {
      serviceToken: this.writer.function.functionArn,
      serviceTimeout: DEPLOYMENT_TIMEOUT,
      resourceType: 'Custom::BreakwaterShardMap',
      // In production CloudFormation deletes the map only if it rolls back its creation. The tables
      // are retained then, but empty, and the next deployment names new ones: it needs the name
      // again.
      removalPolicy: entry.profile.removalPolicy,
      properties: {
        Table: entry.table,
        Shards: entry.shards,
        PartitionKey: entry.partitionKey,
        SortKey: entry.sortKey,
        TimeToLive: entry.timeToLive,
        Targets: Lazy.any({ produce: () => entry.targets().map(targetProperties) }, { omitEmptyArray: true }),
      },
    });
  }
}

/** CloudFormation makes every scalar a string. */
function targetProperties({ targetName, queue, fifo }: IPublishTarget) {
  return { Name: targetName, Url: queue.queueUrl, Fifo: String(fifo) };
}
