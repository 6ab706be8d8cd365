import { Duration, type Stack } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Effect, Grant, PolicyStatement, StarPrincipal } from 'aws-cdk-lib/aws-iam';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import { type AliasedFunction, stackFunction } from '../functions';
import { DataClass, grantKeyUse, Keyring, KeyUse } from '../keyring';
import { SQS } from '../limits';
import { type DeploymentProfile, SharedProfile } from '../profile';
import { Environment } from '../protocol';
import { rootStack, stackPart } from '../stacks';
import { acknowledge, invalid, requireName } from '../validation';
import { MapTable } from './map-table';
import { watchPolicySize } from './policy-size';
import type { IPublishTarget } from './publish-target';
import { readStreams, type StreamSource } from './read-streams';

const STACK_CHILD = 'BreakwaterRelay';

/**
 * Two thirds of the timeout are for retries of messages that a queue rejects. The rest is for
 * moving them to the dead-letter queue.
 */
const TIMEOUT = Duration.seconds(60);

/**
 * SQS reuses a data key for this time. A longer time needs fewer KMS calls, but a stolen data key
 * decrypts more messages.
 */
const DATA_KEY_REUSE = Duration.hours(1);

/** Callbacks of stacks without a relay. They are called when the relay is created. */
const waiting = new WeakMap<Stack, ((relay: Relay) => void)[]>();

/** Props of a `Relay`. */
export interface RelayProps {
  /**
   * Purpose of the deployment.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/**
 * Sends the messages in the outboxes of sharded tables to the targets of a top-level stack and its
 * nested stacks. `ShardedTable.publishTo` creates it in the stack of the target: one function, with
 * one event source mapping for each shard of each table. It reads only records with an outbox.
 *
 * A stream supports two readers. So a table may publish to targets of two top-level stacks, or to
 * targets of one stack and have one other reader.
 *
 * If a queue rejects messages, the relay retries for about 40 seconds. Then it moves them to its
 * dead-letter queue, so that other queues don't wait. If a message's table didn't declare its
 * target, the relay moves the message at once. Make alarms on `metricDeadLetters` (from 1 on) and
 * on `metricIteratorAge`.
 */
export class Relay extends Construct {
  /**
   * The relay of a scope's top-level stack, created on first use. If calls pass different
   * profiles, the strictest applies.
   * @param scope any construct of the stack
   * @param profile purpose of the caller's deployment; without one the relay stays as it is
   */
  public static of(scope: IConstruct, profile?: DeploymentProfile): Relay {
    const part = stackPart(
      rootStack(scope),
      STACK_CHILD,
      'relay',
      Relay,
      (stack) => new Relay(stack, STACK_CHILD, { profile }),
    );
    part.profile.serve(profile);
    return part;
  }

  /**
   * Calls back with the relay of a scope's top-level stack: at once, or when the relay is created.
   * @internal
   */
  public static _whenMade(scope: IConstruct, then: (relay: Relay) => void): void {
    const stack = rootStack(scope);
    const known = stack.node.tryFindChild(STACK_CHILD);
    if (known instanceof Relay) then(known);
    else waiting.set(stack, [...(waiting.get(stack) ?? []), then]);
  }

  /** The function that sends the messages. */
  public readonly function: AliasedFunction;
  /**
   * Queue of messages that can't be sent, each with its full text and the reason. It also gets
   * Lambda's notes about records that became too old.
   */
  public readonly deadLetterQueue: IQueue;
  /**
   * Name of this relay in the maps of tables of other top-level stacks.
   * @internal
   */
  public readonly _relayName: string;
  private readonly profile: SharedProfile;
  private readonly targets = new Map<string, IPublishTarget>();
  private readonly sources = new Set<IConstruct>();

  /** Prefer `Relay.of`: a top-level stack needs one relay. */
  public constructor(scope: Construct, id: string, props: RelayProps = {}) {
    super(scope, id);
    this._relayName = rootStack(this).stackName;
    this.profile = new SharedProfile(props.profile);
    this.profile.followStated((profile) => void Keyring.of(this, profile));
    this.function = stackFunction(this, 'Function', {
      name: 'relay',
      description: 'Sends the messages in the outboxes of written items to their queues',
      timeout: TIMEOUT,
      profile: this.profile,
    });
    watchPolicySize(this.function);
    // AWS defines this action without resources. Lambda requires it for a role that reads a stream.
    Grant.addToPrincipal({ grantee: this.function, actions: ['dynamodb:ListStreams'], resourceArns: ['*'] });
    MapTable.of(this).grantRead(this.function);
    this.deadLetterQueue = this.createDeadLetterQueue();
    this.function.addEnvironment(Environment.RELAY_DEAD_LETTERS, this.deadLetterQueue.queueUrl);
    for (const then of waiting.get(rootStack(this)) ?? []) then(this);
  }

  /**
   * Messages in the dead-letter queue: by default the maximum of 5 minutes. Use an alarm with the
   * threshold 1.
   */
  public metricDeadLetters(props?: MetricOptions): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...props });
  }

  /**
   * Milliseconds between a write and the relay's read of its record: by default the maximum of 5
   * minutes.
   */
  public metricIteratorAge(props?: MetricOptions): Metric {
    return this.function.alias.metric('IteratorAge', { statistic: 'Maximum', ...props });
  }

  /**
   * Invocations that ended in an error: by default the sum of 5 minutes. Lambda retries their
   * batches.
   */
  public metricErrors(props?: MetricOptions): Metric {
    return this.function.alias.metricErrors(props);
  }

  /**
   * Adds a target once, and lets the relay send to it.
   * @throws BreakwaterError if another target of the stack has the same name
   * @internal
   */
  public _addTarget(table: IConstruct, target: IPublishTarget): void {
    requireName(
      table,
      'targetName',
      target.targetName,
      /^[A-Za-z0-9_.-]{1,128}$/,
      "1 to 128 letters, digits and '-._'",
    );
    const known = this.targets.get(target.targetName);
    if (known === target) return;
    if (known !== undefined) {
      throw invalid(
        table,
        'publishTo',
        `must have one target for each name in a stack, got '${target.targetName}' for ${known.queue.node.path} and ${target.queue.node.path}`,
      );
    }
    this.targets.set(target.targetName, target);
    target.grantSendMessages(this.function);
  }

  /**
   * Adds the streams of a table's shards once.
   * @internal
   */
  public _addSource(source: StreamSource): void {
    if (this.sources.has(source.table)) return;
    this.sources.add(source.table);
    readStreams(this, source);
  }

  private createDeadLetterQueue(): Queue {
    const key = Keyring.of(this).keyFor(DataClass.MESSAGES);
    const queue = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      dataKeyReuse: DATA_KEY_REUSE,
      enforceSSL: true,
      retentionPeriod: Duration.days(SQS.MAX_RETENTION_DAYS),
      maxMessageSizeBytes: SQS.MAX_MESSAGE_BYTES,
    });
    this.profile.follow(({ removalPolicy }) => queue.applyRemovalPolicy(removalPolicy));
    queue.addToResourcePolicy(
      new PolicyStatement({
        sid: 'OnlyTheRelaySends',
        effect: Effect.DENY,
        principals: [new StarPrincipal()],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
        conditions: { StringNotEquals: { 'aws:PrincipalArn': this.function.role.roleArn } },
      }),
    );
    Grant.addToPrincipal({
      grantee: this.function,
      actions: ['sqs:SendMessage'],
      resourceArns: [queue.queueArn],
    });
    grantKeyUse(key, this.function, KeyUse.SEND, 'sqs');
    const reason = 'It is a dead-letter queue itself';
    acknowledge(queue, { id: 'AwsSolutions-SQS3', reason }, { id: 'Serverless-SQSRedrivePolicy', reason });
    return queue;
  }
}
