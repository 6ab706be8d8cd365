import { CustomResource, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { AttributeType, type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct, type IConstruct } from 'constructs';
import { stackTable } from '../dynamodb';
import { type AliasedFunction, setEnvironment, stackFunction } from '../functions';
import { DataClass, grantKeyUse, Keyring, KeyUse } from '../keyring';
import { type DeploymentProfile, SharedProfile } from '../profile';
import { Environment, MAP_TABLE_KEY } from '../protocol';
import { rootStack, stackPart } from '../stacks';
import { invalid } from '../validation';
import type { MapSource } from './map-source';
import type { IPublishTarget } from './publish-target';

const STACK_CHILD = 'BreakwaterMapTable';

/**
 * Writing a map takes 1 to 2 seconds. Without this limit, CloudFormation would wait an hour for a
 * function that can't start.
 */
const WRITER_TIMEOUT = Duration.seconds(30);
const DEPLOYMENT_TIMEOUT = Duration.minutes(5);

/** Props of a `MapTable`. */
export interface MapTableProps {
  /**
   * Purpose of the deployment. In production the map table is retained, like the tables.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/** A target with the relay that sends to it. */
export interface DeclaredTarget {
  readonly target: IPublishTarget;
  /** Name of the relay, if it isn't the one of the table's top-level stack. */
  readonly relay?: string;
}

/** The targets of a table whose stack isn't the stack of their relay. */
export interface StreamEntries {
  /** Logical name of the sharded table. */
  readonly table: string;
  /** Names of the DynamoDB tables, in the order of the shards. */
  readonly shards: string[];
  /** Targets of this relay. Called at synth, as `leavesUnknown` is. */
  readonly targets: () => IPublishTarget[];
  /** Whether another relay handles messages for unknown targets. */
  readonly leavesUnknown: () => boolean;
  /** Name of the relay, and map table of the table, if they belong to two top-level stacks. */
  readonly otherStack?: { readonly relay: string; readonly maps: MapTable };
}

/** The data of a sharded table that the first deployment writes into its map. */
export interface MapEntry {
  /** Logical name of the sharded table. */
  readonly table: string;
  /** Physical names, in the order of the shards. */
  readonly shards: string[];
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly timeToLive?: string;
  /**
   * Targets to which the table publishes. Called at synth, because `publishTo` may be called later.
   */
  readonly targets: () => DeclaredTarget[];
  /**
   * Profile of the table. It decides whether its map is retained when the table is removed from the
   * stack.
   */
  readonly profile: DeploymentProfile;
}

/**
 * The map table of a top-level stack and its nested stacks. It states which shard owns each slot of
 * their sharded tables, and the targets of each table. Functions know only its name. So a published
 * version of a function still finds the data after slots have moved.
 */
export class MapTable extends Construct implements MapSource {
  /**
   * The map table of a scope's top-level stack, created on first use. If calls pass different
   * profiles, the strictest applies.
   * @param scope any construct of the stack
   * @param profile purpose of the caller's deployment; without one the table stays as it is
   */
  public static of(scope: IConstruct, profile?: DeploymentProfile): MapTable {
    const part = stackPart(
      rootStack(scope),
      STACK_CHILD,
      'map table',
      MapTable,
      (stack) => new MapTable(stack, STACK_CHILD, { profile }),
    );
    part.profile.serve(profile);
    return part;
  }

  /** The DynamoDB table. */
  public readonly table: ITable;
  /** Name of the DynamoDB table. */
  public readonly tableName: string;
  private readonly key: IKey;
  private readonly writer: AliasedFunction;
  private readonly owners = new Map<string, IConstruct>();
  /** The sharded table of each DynamoDB table, by the latter's name. */
  private readonly shardOwners = new Map<string, IConstruct>();
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
    this.tableName = this.table.tableName;
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
    return this.grantLookUp(grantee);
  }

  /** As `grantRead`, for a grantee whose own map table is another one. */
  public grantLookUp(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:GetItem'],
      resourceArns: [this.table.tableArn],
    }).combine(grantKeyUse(this.key, grantee, KeyUse.READ, 'dynamodb'));
  }

  /**
   * Adds a custom resource that writes a sharded table's map, and the targets of its shards, when
   * the stack is deployed.
   * @returns the custom resource
   * @throws BreakwaterError if the top-level stack has another sharded table of that name, or with
   * one of these shards
   */
  public add(owner: Construct, entry: MapEntry): CustomResource {
    const other = this.owners.get(entry.table);
    if (other !== undefined) {
      throw invalid(
        owner,
        'tableName',
        `must be unique in its top-level stack, got '${entry.table}', which is ${other.node.path}`,
      );
    }
    this.owners.set(entry.table, owner);
    this.claimShards(owner, entry.shards);
    // A nested stack that named the queue of a sibling, whose worker reads the table, would make a
    // cycle. So the stack of the relay, which is the parent, writes the entries.
    const ownsEntries = Stack.of(owner) === Stack.of(this);
    return new CustomResource(owner, 'Map', {
      serviceToken: this.writer.function.functionArn,
      serviceTimeout: DEPLOYMENT_TIMEOUT,
      resourceType: 'Custom::BreakwaterShardMap',
      // In production CloudFormation deletes this resource only if it rolls back its creation. The
      // tables are then retained, but empty. The next deployment creates new tables and writes
      // their map under the same name, so the old map must be deleted.
      removalPolicy: entry.profile.removalPolicy,
      properties: {
        Table: entry.table,
        Shards: entry.shards,
        PartitionKey: entry.partitionKey,
        SortKey: entry.sortKey,
        TimeToLive: entry.timeToLive,
        Entries: ownsEntries ? undefined : 'elsewhere',
        Targets: Lazy.any(
          {
            produce: () =>
              entry.targets().map(({ target, relay }) => ({
                ...(ownsEntries && relay === undefined ? withQueue(target) : named(target)),
                Relay: relay,
              })),
          },
          { omitEmptyArray: true },
        ),
      },
    });
  }

  /** The relay finds targets by the shard's name, so a second table would replace them. */
  private claimShards(owner: Construct, shards: readonly string[]): void {
    for (const shard of shards) {
      const other = this.shardOwners.get(shard);
      if (other !== undefined) {
        throw invalid(
          owner,
          'shards',
          `must be tables of no other sharded table, got one that ${other.node.path} has already: use ${other.node.path} instead`,
        );
      }
      this.shardOwners.set(shard, owner);
    }
  }

  /**
   * Writes what the shards of a table may publish through the relay of this map table's stack, when
   * that stack is deployed.
   * @returns the resource that writes
   */
  public addEntries(owner: Construct, entries: StreamEntries): CustomResource {
    return new CustomResource(owner, 'Entries', {
      serviceToken: this.writer.function.functionArn,
      serviceTimeout: DEPLOYMENT_TIMEOUT,
      resourceType: 'Custom::BreakwaterStreamEntries',
      properties: {
        Entries: 'only',
        Table: entries.table,
        Shards: entries.shards,
        Relay: entries.otherStack?.relay,
        MapTable: entries.otherStack?.maps.table.tableName,
        LeavesUnknown: Lazy.string({ produce: () => String(entries.leavesUnknown()) }),
        Targets: Lazy.any({ produce: () => entries.targets().map(withQueue) }),
      },
    });
  }
}

/** CloudFormation passes every scalar to a custom resource as a string. */
function named({ targetName, fifo }: IPublishTarget) {
  return { Name: targetName, Fifo: String(fifo) };
}

function withQueue(target: IPublishTarget) {
  const { Name, Fifo } = named(target);
  return { Name, Url: target.queue.queueUrl, Fifo };
}
