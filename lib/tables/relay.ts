import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Effect, Grant, PolicyStatement, StarPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import { type AliasedFunction, stackFunction } from '../functions';
import { DataClass, grantKeyUse, Keyring, KeyUse } from '../keyring';
import { SQS } from '../limits';
import { type DeploymentProfile, SharedProfile, stackPart } from '../profile';
import { Environment, OUTBOX_ATTRIBUTE } from '../protocol';
import { acknowledge, invalid, requireName } from '../validation';
import { grantOnEach } from './grant-on-each';
import { watchPolicySize } from './policy-size';
import type { IPublishTarget } from './publish-target';

const STACK_CHILD = 'BreakwaterRelay';

/** A full batch is 100 outboxes of up to 10 messages: 100 calls, a few at a time. */
const BATCH_SIZE = 100;
/** Two thirds of it are for second tries of a queue that refuses, the rest for parking what it hasn't taken. */
const TIMEOUT = Duration.seconds(60);

/**
 * A stream forgets a record after 24 hours; an hour before, Lambda gives it up with a note to the dead letters. The note names the records'
 * place in the stream and has no content: Lambda hands content to buckets only, and one more store of everybody's messages isn't worth it
 * for what takes a day without a single message sent or parked.
 */
const MAX_RECORD_AGE = Duration.hours(23);

/** One data key serves a queue's messages for this long: fewer KMS calls, and a copied data key opens an hour at most. */
const DATA_KEY_REUSE = Duration.hours(1);

/** Callbacks for a stack's relay that isn't made yet. */
const waiting = new WeakMap<Stack, ((relay: Relay) => void)[]>();

/** Props of a `Relay`. */
export interface RelayProps {
  /**
   * What the deployment is for.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/**
 * Sends what stands in the outboxes of a stack's sharded tables: one function, one mapping a shard. A stream allows two readers, so
 * another one is left for you. It reads only records that have an outbox. A queue that refuses is tried again for some 40 seconds; then its
 * messages are parked among the dead letters, so that the queues of others go on. Watch `metricDeadLetters`.
 */
export class Relay extends Construct {
  /**
   * The relay of a scope's stack, made on first use. Asked for with different profiles, it takes the most careful one.
   * @param scope any construct of the stack
   * @param profile what the asker is for; without one, the relay stays as it is, and is for production if nobody says otherwise
   */
  public static of(scope: IConstruct, profile?: DeploymentProfile): Relay {
    const part = stackPart(scope, STACK_CHILD, 'relay', Relay, (stack) => new Relay(stack, STACK_CHILD, { profile }));
    part.profile.serve(profile);
    return part;
  }

  /**
   * Calls back with the relay of a scope's stack: at once, or when the relay is made.
   * @internal
   */
  public static _whenMade(scope: IConstruct, then: (relay: Relay) => void): void {
    const stack = Stack.of(scope);
    const known = stack.node.tryFindChild(STACK_CHILD);
    if (known instanceof Relay) then(known);
    else waiting.set(stack, [...(waiting.get(stack) ?? []), then]);
  }

  /** The function that sends. */
  public readonly function: AliasedFunction;
  /** Takes what can't be sent, each message whole and with the reason, and notes of records that grew too old. */
  public readonly deadLetters: IQueue;
  private readonly profile: SharedProfile;
  private readonly targets = new Map<string, IPublishTarget>();
  private readonly sources = new Set<IConstruct>();

  public constructor(scope: Construct, id: string, props: RelayProps = {}) {
    super(scope, id);
    this.profile = new SharedProfile(props.profile);
    this.profile.followStated((profile) => void Keyring.of(this, profile));
    this.function = stackFunction(this, 'Function', {
      name: 'relay',
      description: 'Sends what stands in the outboxes of written items to their queues',
      timeout: TIMEOUT,
      profile: this.profile,
    });
    watchPolicySize(this.function);
    this.deadLetters = this.createDeadLetters();
    this.function.addEnvironment(
      Environment.TOPICS,
      Lazy.string({ produce: () => Stack.of(this).toJsonString(this.topics()) }),
    );
    this.function.addEnvironment(Environment.RELAY_DEAD_LETTERS, this.deadLetters.queueUrl);
    for (const then of waiting.get(Stack.of(this)) ?? []) then(this);
  }

  /**
   * Adds a target once, and makes the relay one of its senders.
   * @throws BreakwaterError if another target has the same name
   */
  public addTarget(table: IConstruct, target: IPublishTarget): void {
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
        `needs a name of its own for each target of a stack, got '${target.targetName}' for ${known.queue.node.path} and ${target.queue.node.path}`,
      );
    }
    this.targets.set(target.targetName, target);
    target.grantSendMessages(this.function);
  }

  /** Adds the streams of a table's shards once. */
  public addSource(table: Construct, shards: ITable[], key: IKey): void {
    if (this.sources.has(table)) return;
    this.sources.add(table);
    const streams = shards.map(({ tableStreamArn }) => tableStreamArn!);
    // Lambda asks for the four of them on the stream's own ARN.
    const actions = [
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
    ];
    const readStreams = grantOnEach(this.function, actions, streams).combine(
      grantKeyUse(key, this.function, KeyUse.READ, 'dynamodb'),
    );
    for (const [i, eventSourceArn] of streams.entries()) {
      const mapping = new EventSourceMapping(table, `Outbox${i}`, {
        target: this.function.alias,
        eventSourceArn,
        // A mapping that is made later must not miss what was written before it.
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: BATCH_SIZE,
        bisectBatchOnError: true,
        retryAttempts: -1,
        maxRecordAge: MAX_RECORD_AGE,
        onFailure: { bind: () => ({ destination: this.deadLetters.queueArn }) },
        filters: [
          FilterCriteria.filter({ dynamodb: { NewImage: { [OUTBOX_ATTRIBUTE]: { S: FilterRule.exists() } } } }),
        ],
      });
      // Lambda checks the role when the mapping is made.
      readStreams.applyBefore(mapping);
    }
  }

  /** Messages that were not sent and wait for somebody to send or drop them; alarm from 1. The most of a period of 5 minutes, unless told otherwise. */
  public metricDeadLetters(props?: MetricOptions): Metric {
    return this.deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...props });
  }

  /** Milliseconds between a write and the relay's reading of it: the maximum of a period of 5 minutes, unless set otherwise. */
  public metricIteratorAge(props?: MetricOptions): Metric {
    return this.function.alias.metric('IteratorAge', { statistic: 'Maximum', ...props });
  }

  /** Runs that ended in an error (sum). Lambda runs a failed batch again. */
  public metricErrors(props?: MetricOptions): Metric {
    return this.function.alias.metricErrors(props);
  }

  private topics(): Record<string, { url: string; fifo: boolean }> {
    return Object.fromEntries(
      [...this.targets]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([topic, { queue, fifo }]) => [topic, { url: queue.queueUrl, fifo }]),
    );
  }

  private createDeadLetters(): Queue {
    const key = Keyring.of(this).keyFor(DataClass.MESSAGES);
    const queue = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      dataKeyReuse: DATA_KEY_REUSE,
      enforceSSL: true,
      retentionPeriod: Duration.days(SQS.MAX_RETENTION_DAYS),
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
