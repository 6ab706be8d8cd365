import { CustomResource, Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct, type IConstruct } from 'constructs';
import { stackTable } from '../dynamodb';
import { type AliasedFunction, setEnvironment, stackFunction } from '../functions';
import { DataClass, grantKeyUse, Keyring, KeyUse } from '../keyring';
import { type DeploymentProfile, SharedProfile } from '../profile';
import { Environment, MAP_TABLE_KEY, WAIT_MS } from '../protocol';
import { rootStack, stackPart } from '../stacks';
import { invalid } from '../validation';
import type { MapSource } from './map-source';
import type { IPublishTarget } from './publish-target';

const STACK_CHILD = 'BreakwaterMapTable';

/**
 * Timeouts of the function that writes maps, and of CloudFormation's wait for it. Writing a map
 * takes 1 to 2 seconds. Without the second limit, CloudFormation would wait an hour if the function
 * can't start.
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

/** A target, and the relay that sends to it. */
export interface DeclaredTarget {
  readonly target: IPublishTarget;
  /** Name of the relay. Undefined for the relay of the table's top-level stack. */
  readonly relay?: string;
}

/** The targets of a table, for a relay in another stack than the table's. */
export interface StreamEntries {
  /** Logical name of the sharded table. */
  readonly table: string;
  /** Names of the DynamoDB tables, in the order of the shards. */
  readonly shards: string[];
  /** Returns the targets of this relay. It is called at synth, like `leavesUnknown`. */
  readonly targets: () => IPublishTarget[];
  /** Returns whether another relay handles messages for unknown targets. */
  readonly leavesUnknown: () => boolean;
  /**
   * Name of the relay, and map table of the table. Undefined if both are in the same top-level
   * stack.
   */
  readonly otherStack?: { readonly relay: string; readonly maps: MapTable };
}

/** The data of a sharded table from which the first deployment makes its shard map. */
export interface MapEntry {
  /** Logical name of the sharded table. */
  readonly table: string;
  /** Names of the DynamoDB tables, in the order of the shards. */
  readonly shards: string[];
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly timeToLive?: string;
  /**
   * Returns the targets to which the table publishes. It is called at synth, because an app may
   * call `publishTo` until then.
   */
  readonly targets: () => DeclaredTarget[];
  /**
   * Profile of the table. It decides whether the shard map is retained when the table is removed
   * from the stack.
   */
  readonly profile: DeploymentProfile;
}

/**
 * The map table of a top-level stack and its nested stacks. For each sharded table, the map table
 * stores which shard owns each slot, and the targets of the outbox. Functions know only the map
 * table's name. So a published version of a function still finds the data after slots have moved.
 */
export class MapTable extends Construct implements MapSource {
  /**
   * Returns the map table of a scope's top-level stack, and creates it on first use. If calls pass
   * different profiles, the strictest applies.
   * @param scope any construct of the stack
   * @param profile purpose of the caller's deployment; without a profile, the table doesn't change
   */
  public static of(scope: IConstruct, profile?: DeploymentProfile): MapTable {
    const part = stackPart(
      rootStack(scope),
      STACK_CHILD,
      'map table',
      MapTable,
      (stack) => new MapTable(stack, STACK_CHILD, { profile }),
    );
    part.profile.serve(scope, profile);
    return part;
  }

  /** The DynamoDB table. */
  public readonly table: ITable;
  /** Name of the DynamoDB table. */
  public readonly tableName: string;
  private readonly key: IKey;
  private readonly writer: AliasedFunction;
  private readonly owners = new Map<string, IConstruct>();
  /** For the name of each DynamoDB table, the sharded table to which it belongs. */
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

  /**
   * Like `grantRead`, but doesn't set the environment. For a grantee whose environment names
   * another map table.
   */
  public grantLookUp(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:GetItem'],
      resourceArns: [this.table.tableArn],
    }).combine(grantKeyUse(this.key, grantee, KeyUse.READ, 'dynamodb'));
  }

  /**
   * Adds a custom resource. When the stack is deployed, it writes a sharded table's map, and the
   * targets of its shards.
   * @returns the custom resource
   * @throws BreakwaterError if the top-level stack has another sharded table with that name, or
   * with one of these shards
   */
  public add(owner: Construct, entry: MapEntry): CustomResource {
    const other = this.owners.get(entry.table);
    if (other !== undefined) {
      throw invalid(
        owner,
        'tableName',
        `must be unique in its top-level stack, got '${entry.table}', which is also the name of ${other.node.path}`,
      );
    }
    this.owners.set(entry.table, owner);
    this.claimShards(owner, entry.shards);
    // The entries contain the URLs of queues. A queue may be in a sibling of the table's nested
    // stack, and the queue's worker may read the table. If the table's stack wrote the entries, the
    // two stacks would need each other. So for a table in a nested stack, the parent stack, which
    // has the relay, writes the entries.
    const ownsEntries = Stack.of(owner) === Stack.of(this);
    return new CustomResource(owner, 'Map', {
      serviceToken: this.writer.function.functionArn,
      serviceTimeout: DEPLOYMENT_TIMEOUT,
      resourceType: 'Custom::BreakwaterShardMap',
      // In production, CloudFormation deletes this resource only when it rolls back the creation of
      // the resource. After such a rollback, the tables are retained, but empty. The next
      // deployment creates new tables and writes their map under the same name, so the rollback
      // must delete the old map.
      removalPolicy: entry.profile.removalPolicy,
      properties: {
        Table: entry.table,
        Shards: entry.shards,
        PartitionKey: entry.partitionKey,
        SortKey: entry.sortKey,
        TimeToLive: entry.timeToLive,
        WaitMs: String(isSandbox(entry.profile) ? WAIT_MS.sandbox : WAIT_MS.production),
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

  /**
   * Throws if another sharded table has one of these shards. The relay finds targets by the shard's
   * name, so the second sharded table would replace the targets of the first.
   */
  private claimShards(owner: Construct, shards: readonly string[]): void {
    for (const shard of shards) {
      const other = this.shardOwners.get(shard);
      if (other !== undefined) {
        throw invalid(
          owner,
          'shards',
          `must not belong to another sharded table, got a table that ${other.node.path} already has: use ${other.node.path} instead`,
        );
      }
      this.shardOwners.set(shard, owner);
    }
  }

  /**
   * Adds a custom resource. When this map table's stack is deployed, it writes the targets to which
   * a table's shards may publish through the relay of that stack.
   * @returns the custom resource
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

/** Whether a table's data may be lost, so that moves needn't wait for AWS's own bound. */
function isSandbox({ removalPolicy }: DeploymentProfile): boolean {
  return removalPolicy === RemovalPolicy.DESTROY;
}

/**
 * Returns a target's properties as strings, because CloudFormation passes every scalar to a custom
 * resource as a string.
 */
function named({ targetName, fifo }: IPublishTarget) {
  return { Name: targetName, Fifo: String(fifo) };
}

function withQueue(target: IPublishTarget) {
  const { Name, Fifo } = named(target);
  return { Name, Url: target.queue.queueUrl, Fifo };
}
