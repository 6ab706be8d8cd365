import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IAlias } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import { type AliasedFunction, setEnvironment } from '../functions';
import { DataClass, grantKeyUse, Keyring, KeyUse } from '../keyring';
import { type DeploymentProfile, PROFILE, SharedProfile } from '../profile';
import { claimKey, Environment, heldKey, QUARANTINE_INDEXES, QUARANTINE_METRICS, waitingKey } from '../protocol';
import { noteGrant, rootStack, stackPart } from '../stacks';
import { invalid, mustBe, requireGrantee, requireOwnProps } from '../validation';
import type { HoldingWorker } from './holding-worker';
import { makeDiscardAlias, makeRedrive, setQueueNames } from './make-redrive';
import { makeTable } from './make-table';
import { makeTick } from './make-tick';
import { PolicyWatch } from './policy-watch';

const STACK_CHILD = 'BreakwaterQuarantine';

/** Actions on single entries, and on those of one target. */
const ITEM_ACTIONS = ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'];

/** Props of a `Quarantine`. */
export interface QuarantineProps {
  /**
   * Purpose of the deployment. In production the table is retained, protected from deletion, and
   * restorable to any second of the last 35 days.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/**
 * Messages of a top-level stack and its nested stacks that wait for a target which is down, or that
 * were given up. It is one DynamoDB table, on demand, under the key of `DataClass.QUARANTINE`. So
 * it doesn't fail together with the queues or their key. `QueueWorker` and the relay create it.
 *
 * An entry has the content of its message, unchanged. Held entries end after 90 days.
 *
 * ```ts
 * const { table } = Quarantine.of(this);
 * ```
 */
export class Quarantine extends Construct {
  /**
   * The quarantine of a scope's top-level stack, created on first use. If calls pass different
   * profiles, the strictest applies.
   * @param scope any construct of the stack
   * @param profile purpose of the caller's deployment; without one the table stays as it is
   */
  public static of(scope: IConstruct, profile?: DeploymentProfile): Quarantine {
    const part = stackPart(
      rootStack(scope),
      STACK_CHILD,
      'quarantine',
      Quarantine,
      (stack) => new Quarantine(stack, STACK_CHILD, { profile }),
    );
    part.profile.serve(scope, profile);
    return part;
  }

  /**
   * The quarantine of a scope's top-level stack, if it has one.
   * @internal
   */
  public static _find(scope: IConstruct): Quarantine | undefined {
    const found = rootStack(scope).node.tryFindChild(STACK_CHILD);
    return found instanceof Quarantine ? found : undefined;
  }

  /** The DynamoDB table. */
  public readonly table: ITable;
  /**
   * Function that sends waiting messages. It runs every minute. If it gets the event
   * `{"now": true}`, it also tries targets that failed a moment ago.
   */
  public readonly tick: AliasedFunction;
  /**
   * Function that lists held messages, sends them again, or discards them. A person invokes it by
   * `npx breakwater redrive`.
   */
  public readonly redrive: AliasedFunction;
  private readonly discardAlias: IAlias;
  private readonly key: IKey;
  private readonly profile: SharedProfile;

  private readonly queues = new Map<string, string>();
  private readonly deadLetterQueues = new Map<string, string>();
  private readonly policies: PolicyWatch;

  /** Prefer `Quarantine.of`: a top-level stack needs one quarantine. */
  public constructor(scope: Construct, id: string, props: QuarantineProps = {}) {
    super(scope, id);
    requireOwnProps(this, Quarantine, props, { profile: PROFILE });
    this.profile = new SharedProfile(props.profile);
    this.profile.followStated((profile) => void Keyring.of(this, profile));
    this.key = Keyring.of(this).keyFor(DataClass.QUARANTINE);
    this.table = makeTable(this, 'Table', this.key, this.profile);
    this.policies = new PolicyWatch(this, 'Policies');
    this.tick = makeTick(this, 'Tick', this.profile, this.policies);
    this.grantTick();
    setQueueNames(this.tick, Environment.DEAD_LETTERS, this.deadLetterQueues);
    this.redrive = makeRedrive(this, 'Redrive', this.profile);
    this.discardAlias = makeDiscardAlias(this.redrive);
    this.grantRedriveFunction();
    setQueueNames(this.redrive, Environment.WORKER_QUEUES, this.queues);
  }

  /**
   * Lets a person list held messages, send them again, and settle steps that ended half-way. The
   * person sees no values of messages, can't discard messages, and needs no other right for `npx
   * breakwater redrive`.
   */
  public grantRedrive(grantee: IGrantable): Grant {
    return this.grantInvoke(grantee, this.redrive.alias);
  }

  /**
   * Lets a person discard held messages, as `npx breakwater redrive --discard` does. It doesn't
   * contain the right of `grantRedrive`.
   */
  public grantDiscard(grantee: IGrantable): Grant {
    return this.grantInvoke(grantee, this.discardAlias);
  }

  /**
   * Lets a person read messages with all their values, as `npx breakwater redrive --show` does.
   */
  public grantReadMessages(grantee: IGrantable): Grant {
    requireGrantee(this, grantee);
    noteGrant(this, grantee);
    return this.grantKeys(grantee, ['dynamodb:GetItem'], heldKey('*')).combine(
      grantKeyUse(this.key, grantee, KeyUse.READ, 'dynamodb'),
    );
  }

  /**
   * Messages that wait for targets which are down: by default the maximum of 5 minutes. While none
   * waits, there are no data points, because CloudWatch bills metrics by the hour.
   * @param targetName a target; by default all of them
   */
  public metricWaiting(targetName?: string, props?: MetricOptions): Metric {
    return this.metric(QUARANTINE_METRICS.waiting, targetName, props);
  }

  /**
   * Age of the oldest waiting message in seconds: by default the maximum of 5 minutes. While none
   * waits, there are no data points.
   * @param targetName a target; by default all of them
   */
  public metricOldestWaiting(targetName?: string, props?: MetricOptions): Metric {
    return this.metric(QUARANTINE_METRICS.oldest, targetName, props);
  }

  /**
   * Messages that were given up and are held for a person: by default the maximum of 5 minutes.
   * Without a target, the largest number of one target. About 8,000 messages are counted. While
   * none is held, there are no data points. Use an alarm with the threshold 1.
   * @param targetName a target; by default all of them
   */
  public metricHeld(targetName?: string, props?: MetricOptions): Metric {
    return this.metric(QUARANTINE_METRICS.held, targetName, props);
  }

  /**
   * 1 if messages have waited for an hour for a target whose queue no deployment has written.
   * @param targetName a target; by default all of them
   */
  public metricUnknownTargets(targetName?: string, props?: MetricOptions): Metric {
    return this.metric(QUARANTINE_METRICS.unknown, targetName, props);
  }

  /**
   * Queues of workers whose policy isn't the template's, because somebody changed it outside of
   * CloudFormation: by default the maximum of 5 minutes. While there are none, there are no data
   * points.
   * @param targetName a worker; by default all of them
   */
  public metricChangedPolicies(targetName?: string, props?: MetricOptions): Metric {
    return this.metric(QUARANTINE_METRICS.changedPolicies, targetName, props);
  }

  /**
   * Lets a worker hold messages for itself, and claim its steps: entries and claims of another
   * target are denied.
   * @param targetName name of the worker in the field `to` of messages
   * @internal
   */
  public _grantWorker(grantee: IGrantable, targetName: string): Grant {
    return this.grantUse(grantee).combine(
      this.grantKeys(grantee, ITEM_ACTIONS, heldKey(targetName), claimKey(targetName, '*')),
    );
  }

  /**
   * Lets the relay keep messages that wait, and hold those that it can't send.
   * @internal
   */
  public _grantRelay(grantee: IGrantable): Grant {
    return this.grantUse(grantee)
      .combine(this.grantKeys(grantee, ['dynamodb:PutItem', 'dynamodb:Query'], waitingKey('*')))
      .combine(this.grantKeys(grantee, ['dynamodb:PutItem'], heldKey('*')));
  }

  /**
   * Lets held messages of a worker be sent again, its dead letters be adopted, and the policies of
   * its queues be compared. The caller makes `redrive` a sender of the worker's queue.
   * @throws BreakwaterError if another worker of the stack has the same target name
   * @internal
   */
  public _addWorker(worker: HoldingWorker): void {
    const { targetName, queue, deadLetterQueue, encryptionKey } = worker;
    if (this.queues.has(targetName)) {
      throw invalid(
        queue,
        'targetName',
        `must be unique among the workers of a top-level stack, got '${targetName}' twice: their held messages would be mixed; set another targetName`,
      );
    }
    this.queues.set(targetName, queue.queueName);
    Grant.addToPrincipal({
      grantee: this.redrive,
      actions: ['sqs:GetQueueUrl'],
      resourceArns: [queue.queueArn],
    });
    if (deadLetterQueue === undefined) return;
    this.deadLetterQueues.set(targetName, deadLetterQueue.queueName);
    Grant.addToPrincipal({
      grantee: this.tick,
      actions: ['sqs:DeleteMessage', 'sqs:GetQueueUrl', 'sqs:ReceiveMessage'],
      resourceArns: [deadLetterQueue.queueArn],
    });
    if (encryptionKey !== undefined) grantKeyUse(encryptionKey, this.tick, KeyUse.READ, 'sqs');
    this.watchPolicies(targetName, queue, deadLetterQueue);
  }

  private grantInvoke(grantee: IGrantable, alias: IAlias): Grant {
    requireGrantee(this, grantee);
    noteGrant(this, grantee);
    return Grant.addToPrincipal({ grantee, actions: ['lambda:InvokeFunction'], resourceArns: [alias.functionArn] });
  }

  /** Lets the redrive function change held entries, and count and add waiting ones. */
  private grantRedriveFunction(): void {
    const { redrive } = this;
    this.grantUse(redrive);
    this.grantKeys(redrive, ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem'], heldKey('*'));
    this.grantKeys(redrive, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'], waitingKey('*'));
    Grant.addToPrincipal({
      grantee: redrive,
      actions: ['dynamodb:Query', 'dynamodb:Scan'],
      resourceArns: [`${this.table.tableArn}/index/${QUARANTINE_INDEXES.byFingerprint.name}`],
    });
  }

  /** Lets the tick send what waits, hold what can't be sent, and count both. */
  private grantTick(): void {
    const { tick } = this;
    this.grantUse(tick);
    this.grantKeys(tick, ['dynamodb:DeleteItem', 'dynamodb:Query'], waitingKey('*'));
    this.grantKeys(tick, ['dynamodb:PutItem'], heldKey('*'));
    Grant.addToPrincipal({
      grantee: tick,
      actions: ['dynamodb:Scan'],
      resourceArns: [`${this.table.tableArn}/index/${QUARANTINE_INDEXES.byFingerprint.name}`],
    });
  }

  /** Lets the tick compare the policies of queues with the template's. */
  private watchPolicies(targetName: string, ...queues: readonly IQueue[]): void {
    for (const queue of queues) this.policies.add(targetName, queue);
    Grant.addToPrincipal({
      grantee: this.tick,
      actions: ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
      resourceArns: queues.map(({ queueArn }) => queueArn),
    });
  }

  private metric(metricName: string, targetName: string | undefined, props: MetricOptions | undefined): Metric {
    if (targetName !== undefined) mustBe.text(this, 'targetName', targetName);
    return new Metric({
      namespace: QUARANTINE_METRICS.namespace,
      metricName,
      dimensionsMap: {
        Stack: rootStack(this).stackName,
        ...(targetName === undefined ? {} : { Target: targetName }),
      },
      statistic: 'Maximum',
      ...props,
    }).attachTo(this);
  }

  /** The table's name, its key, and the order of stacks. */
  private grantUse(grantee: IGrantable): Grant {
    requireGrantee(this, grantee);
    noteGrant(this, grantee);
    setEnvironment(grantee, Environment.QUARANTINE_TABLE, this.table.tableName);
    return grantKeyUse(this.key, grantee, KeyUse.WRITE, 'dynamodb');
  }

  private grantKeys(grantee: IGrantable, actions: string[], ...keys: string[]): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions,
      resourceArns: [this.table.tableArn],
      // Without leading keys the condition holds too, but each granted action has leading keys.
      // `Null` would refuse such requests, but local emulators don't know the condition key.
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } },
    });
  }
}
