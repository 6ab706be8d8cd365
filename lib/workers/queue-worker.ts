import { Annotations, Duration, Names, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { AnyPrincipal, Effect, Grant, type IGrantable, type IPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import {
  DeduplicationScope,
  FifoThroughputLimit,
  type IQueue,
  Queue,
  QueueEncryption,
  type QueueProps,
  RedrivePermission,
} from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { AliasedFunction, type IFunctionGrantee } from '../functions';
import { DataClass, grantKeyUse, Keyring, KeyUse } from '../keyring';
import { SQS } from '../limits';
import { type DeploymentProfile, profileOf } from '../profile';
import { Environment } from '../protocol';
import type { IPublishTarget } from '../tables';
import { acknowledge } from '../validation';
import { DeclaredSenders } from './declared-senders';
import { QueueKind } from './queue-kind';
import { checkQueueWorkerProps, checkVisibility } from './queue-worker-checks';
import type { QueueWorkerPollers, QueueWorkerProps } from './queue-worker-props';

const DEFAULT_TIMEOUT = Duration.seconds(30);
const DEFAULT_BATCH_SIZE = 10;
/** What comes behind a failed message of its group goes back with it, untried, and each return is a receive: alone it harms nobody. */
const DEFAULT_FIFO_BATCH_SIZE = 1;
const DEFAULT_MAX_RECEIVES = 5;

/** AWS Lambda Developer Guide: "set the queue's visibility timeout to six times the function timeout, plus the batching window". */
const VISIBILITY_FACTOR = 6;

/** A dead letter keeps the age it had, so its queue must keep longer than the one it comes from. */
const RETENTION = Duration.days(4);
const DEAD_LETTER_RETENTION = Duration.days(14);

/** A data key serves for an hour: one KMS request an hour and caller, where every five minutes is the default. */
const DATA_KEY_REUSE = Duration.hours(1);

/** Amazon SQS Developer Guide, "Amazon SQS fair queues": a group counts as noisy from 30 messages of its own in flight. */
const FAIR_FROM_IN_FLIGHT = 30;

/** What is left of the 80 characters of a queue's name for the worker's path. */
const NAME_LENGTH = 70;

/**
 * A function that takes work from a queue of its own. The queue is encrypted, refuses whoever isn't declared as a sender, and sets aside
 * as dead letters what failed too often, for 14 days. One failed message of a batch doesn't bring the others back.
 *
 * Queue and dead letters go with the stack, whatever the profile: what must not be lost is in a table, and its outbox.
 *
 * ```ts
 * const payments = new QueueWorker(this, 'Payments', { handler: code.handler('payments'), maxConcurrency: 20 });
 * orders.publishTo(payments);
 * ```
 */
export class QueueWorker extends Construct implements IPublishTarget, IFunctionGrantee {
  /** Name by which messages are addressed to this worker. */
  public readonly targetName: string;
  /** Where its messages wait. */
  public readonly queue: IQueue;
  /** Messages that failed too often. */
  public readonly deadLetterQueue: IQueue;
  /** What works on them. */
  public readonly function: AliasedFunction;
  /** Whether order is kept within a message group. */
  public readonly fifo: boolean;
  /** In which order messages are handed out. */
  public readonly kind: QueueKind;
  /** Role of the function. */
  public readonly grantPrincipal: IPrincipal;

  private readonly encryptionKey: IKey;
  private readonly senders: DeclaredSenders;

  /** @throws BreakwaterError if a prop is out of bounds, a token where its value decides, or at odds with another */
  public constructor(scope: Construct, id: string, props: QueueWorkerProps) {
    super(scope, id);
    const profile = profileOf(this, props.profile);
    this.targetName = props.targetName ?? id;
    this.kind = props.kind ?? QueueKind.STANDARD;
    this.fifo = this.kind === QueueKind.FIFO;
    checkQueueWorkerProps(this, props, this.targetName);

    this.function = new AliasedFunction(this, 'Function', {
      handler: props.handler,
      workloadName: this.targetName,
      timeout: props.timeout ?? DEFAULT_TIMEOUT,
      memorySize: props.memorySize,
      scaling: props.scaling,
      environment: props.environment,
      profile,
    });
    this.grantPrincipal = this.function.grantPrincipal;
    const window = props.maxBatchingWindow?.toSeconds() ?? 0;
    const visibility =
      props.visibilityTimeout ?? Duration.seconds(VISIBILITY_FACTOR * this.function.timeout.toSeconds() + window);
    checkVisibility(this, visibility, this.function.timeout);

    this.encryptionKey = props.encryptionKey ?? Keyring.of(this, profile).keyFor(DataClass.MESSAGES);
    const name = queueName(this, this.fifo);
    this.deadLetterQueue = this.createDeadLetterQueue(name);
    this.queue = new Queue(this, 'Queue', {
      ...this.protection(),
      queueName: name,
      visibilityTimeout: visibility,
      retentionPeriod: RETENTION,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: props.maxReceiveCount ?? DEFAULT_MAX_RECEIVES },
    });
    this.senders = new DeclaredSenders(this, 'Senders', this.queue);
    this.function.addEnvironment(Environment.QUEUE_URL, this.queue.queueUrl);
    this.letConsume();
    this.createMapping(props, profile);
  }

  /** Sets an environment variable of the function. */
  public addEnvironment(name: string, value: string): void {
    this.function.addEnvironment(name, value);
  }

  /**
   * Declares a sender: its own policy allows it to send, and the queue's policy no longer refuses it.
   * @throws BreakwaterError if it isn't a role, a user or what runs as one
   */
  public grantSendMessages(grantee: IGrantable): Grant {
    this.senders.add(grantee);
    return Grant.addToPrincipalOrResource({
      grantee,
      actions: ['sqs:SendMessage'],
      resourceArns: [this.queue.queueArn],
      resource: this.queue,
    }).combine(grantKeyUse(this.encryptionKey, grantee, KeyUse.SEND, 'sqs'));
  }

  /** Messages that wait: the most of a period of 5 minutes, unless told otherwise. */
  public metricBacklog(props?: MetricOptions): Metric {
    return this.queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...props });
  }

  /** Age of the message that has waited longest, in seconds: how late the worker is. */
  public metricBacklogAge(props?: MetricOptions): Metric {
    return this.queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', ...props });
  }

  /** Dead letters that nobody has looked after. */
  public metricDeadLetters(props?: MetricOptions): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...props });
  }

  /** Runs that crashed or timed out (sum). A message whose handler throws is no such error: SQS redelivers it. */
  public metricErrors(props?: MetricOptions): Metric {
    return this.function.alias.metricErrors(props);
  }

  /** Runs that Lambda refused because no concurrency was left (sum). */
  public metricThrottles(props?: MetricOptions): Metric {
    return this.function.alias.metricThrottles(props);
  }

  /** Its name is known ahead, so that it can name the queue which names it as its dead-letter queue. */
  private createDeadLetterQueue(source: string): Queue {
    const sourceQueue = Queue.fromQueueArn(
      this,
      'Source',
      Stack.of(this).formatArn({ service: 'sqs', resource: source }),
    );
    const queue = new Queue(this, 'DeadLetters', {
      ...this.protection(),
      retentionPeriod: DEAD_LETTER_RETENTION,
      redriveAllowPolicy: { redrivePermission: RedrivePermission.BY_QUEUE, sourceQueues: [sourceQueue] },
    });
    queue.addToResourcePolicy(
      new PolicyStatement({
        sid: 'NoSenders',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
        // Whoever calls has an ARN; SQS itself, when it gives a message up, calls as nobody.
        conditions: { Null: { 'aws:PrincipalArn': 'false' } },
      }),
    );
    acknowledge(queue, {
      id: 'Serverless-SQSRedrivePolicy',
      reason: 'It is the end of the line: what lies here waits for a person',
    });
    return queue;
  }

  private protection(): QueueProps {
    return {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: this.encryptionKey,
      dataKeyReuse: DATA_KEY_REUSE,
      // Denies every action over plain HTTP, those that SQS will learn too.
      enforceSSL: true,
      maxMessageSizeBytes: SQS.MAX_MESSAGE_BYTES,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(this.fifo && {
        fifo: true,
        contentBasedDeduplication: false,
        deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
        fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      }),
    };
  }

  private letConsume(): void {
    Grant.addToPrincipal({
      grantee: this,
      actions: ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
      resourceArns: [this.queue.queueArn],
    });
    grantKeyUse(this.encryptionKey, this, KeyUse.READ, 'sqs');
  }

  private createMapping(props: QueueWorkerProps, profile: DeploymentProfile): void {
    const batchSize = props.batchSize ?? (this.fifo ? DEFAULT_FIFO_BATCH_SIZE : DEFAULT_BATCH_SIZE);
    if (this.fifo && batchSize > 1) this.warnOfNeighbours(batchSize);
    const pollers = this.pollersFor(profile, props.pollers);
    const reserved = this.function.scaling.reservedConcurrency;
    // Without this bound, pollers would outrun a reservation, and throttled messages use up their receives.
    const maxConcurrency =
      props.maxConcurrency ??
      (pollers === undefined && reserved !== undefined && reserved >= 2 ? Math.min(reserved, 1000) : undefined);
    if (this.kind === QueueKind.FAIR && maxConcurrency !== undefined) {
      this.warnIfNeverFair(maxConcurrency, batchSize);
    }
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: this.function.alias,
      eventSourceArn: this.queue.queueArn,
      batchSize,
      maxBatchingWindow: props.maxBatchingWindow,
      maxConcurrency,
      provisionedPollerConfig: pollers && { minimumPollers: pollers.min, maximumPollers: pollers.max },
      reportBatchItemFailures: true,
    });
    acknowledge(mapping, {
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason: 'A mapping of a queue has no destination: the queue’s own redrive policy keeps what failed',
    });
  }

  private pollersFor(
    profile: DeploymentProfile,
    pollers: QueueWorkerPollers | undefined,
  ): QueueWorkerPollers | undefined {
    if (pollers === undefined || profile.provisionsCapacity) return pollers;
    Annotations.of(this).addInfoV2(
      'breakwater:pollers-are-shared',
      `the ${profile.profileName} profile keeps no pollers: Lambda's shared ones, which cost nothing while idle, take their place`,
    );
    return undefined;
  }

  private warnOfNeighbours(batchSize: number): void {
    Annotations.of(this).addWarningV2(
      'breakwater:fifo-batch-shares-failures',
      `batchSize ${batchSize} of a FIFO queue hands out several messages of a group together: when one fails, those behind it go back untried and have used up a receive as well, so that one message that never succeeds can take up to ${batchSize - 1} good ones to the dead letters; leave batchSize out for 1`,
    );
  }

  private warnIfNeverFair(maxConcurrency: number, batchSize: number): void {
    const inFlight = maxConcurrency * batchSize;
    if (inFlight >= FAIR_FROM_IN_FLIGHT) return;
    Annotations.of(this).addWarningV2(
      'breakwater:fair-queue-never-fair',
      `maxConcurrency ${maxConcurrency} x batchSize ${batchSize} keeps ${inFlight} messages in flight, and a group counts as noisy from ${FAIR_FROM_IN_FLIGHT} of its own: raise one of them, or use QueueKind.STANDARD`,
    );
  }
}

/** Deterministic, and unique in the account: the stack's name and the worker's path. */
function queueName(worker: Construct, fifo: boolean): string {
  const nested = Token.isUnresolved(Stack.of(worker).stackName);
  const name = nested
    ? Names.uniqueId(worker).slice(-NAME_LENGTH)
    : Names.uniqueResourceName(worker, { maxLength: NAME_LENGTH, separator: '-', allowedSpecialCharacters: '-_' });
  return fifo ? `${name}.fifo` : name;
}
