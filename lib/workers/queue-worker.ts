import { Duration } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { AliasedFunction, checkedVpcProps, type IFunctionGrantee } from '../functions';
import { DataClass, grantKeyUse, Keyring, KeyUse } from '../keyring';
import { profileOf } from '../profile';
import { Environment } from '../protocol';
import { Quarantine } from '../quarantine';
import { noteGrant } from '../stacks';
import { invalid, requireGrantee, requireOwnProps, requirePart, requireProps } from '../validation';
import { DeclaredSenders } from './declared-senders';
import { existingQueue } from './existing-queue';
import type { IQueueWorker } from './i-queue-worker';
import { makeMapping } from './make-mapping';
import { makeDeadLetterQueue, makeQueue } from './make-queues';
import { QueueKind } from './queue-kind';
import { queueName } from './queue-name';
import {
  checkQueueWorkerProps,
  checkVisibility,
  minVisibilitySeconds,
  QUEUE_WORKER_PROPS,
} from './queue-worker-checks';
import type { QueueWorkerProps } from './queue-worker-props';
import { WorkerSource } from './worker-source';
import { WorkerSources } from './worker-sources';

const DEFAULT_TIMEOUT = Duration.seconds(30);
const DEFAULT_GIVE_UP_AFTER = Duration.hours(6);

/**
 * AWS Lambda Developer Guide: "set the queue's visibility timeout to six times the function
 * timeout, plus the batching window".
 */
const VISIBILITY_FACTOR = 6;

/**
 * A queue and the function that handles its messages. The queue is encrypted, and denies all
 * undeclared senders. If one message of a batch fails, SQS redelivers only this message. If a
 * message fails for longer than `giveUpAfter`, or if no retry can help, the worker moves it to the
 * stack's `Quarantine`. The dead-letter queue is the last resort: SQS moves a message there after
 * 1,000 receives, for example if the function can't start for days.
 *
 * With every profile, both queues are deleted with the stack. Store data that must not be lost in a
 * table, and send its messages through the table's outbox.
 *
 * ```ts
 * const payments = new QueueWorker(this, 'Payments', {
 *   handler: code.handler('payments'),
 *   maxConcurrency: 20,
 * });
 * orders.publishTo(payments);
 * ```
 */
export class QueueWorker extends Construct implements IQueueWorker, IFunctionGrantee {
  /** Name of the worker in the field `to` of outbox messages. */
  public readonly targetName: string;
  /** Queue of the worker's messages. */
  public readonly queue: IQueue;
  /** Queue of messages that SQS gave up, after 1,000 receives. */
  public readonly deadLetterQueue: IQueue;
  /** Function that handles the messages. */
  public readonly function: AliasedFunction;
  /** Whether the queue is a FIFO queue. */
  public readonly fifo: boolean;
  /** Order in which messages are delivered. */
  public readonly kind: QueueKind;
  /** Time for which a message may fail before the worker moves it to the quarantine. */
  public readonly giveUpAfter: Duration;
  /** Role of the function. */
  public readonly grantPrincipal: IPrincipal;

  private readonly encryptionKey?: IKey;
  private readonly senders?: DeclaredSenders;
  /** Sources of messages. Undefined while the worker has none. */
  private sources?: WorkerSources;
  /** Whether a role, a user or a table's outbox may send messages. */
  private hasSenders = false;

  /**
   * @throws BreakwaterError if a prop is missing, of another type, out of bounds, a token, or
   * contradicts another
   */
  public constructor(scope: Construct, id: string, props: QueueWorkerProps) {
    super(scope, id);
    requireProps(this, props, 'handler');
    requireOwnProps(this, QueueWorker, props, QUEUE_WORKER_PROPS);
    this.targetName = props.targetName ?? id;
    checkQueueWorkerProps(this, props, this.targetName);
    const profile = profileOf(this, props.profile);
    this.giveUpAfter = props.giveUpAfter ?? DEFAULT_GIVE_UP_AFTER;
    this.function = new AliasedFunction(this, 'Function', {
      handler: props.handler,
      workloadName: this.targetName,
      timeout: props.timeout ?? DEFAULT_TIMEOUT,
      memorySize: props.memorySize,
      scaling: props.scaling,
      environment: props.environment,
      ...checkedVpcProps(this, props),
      profile,
    });
    this.grantPrincipal = this.function.grantPrincipal;
    this.node.defaultChild = this.function.node.defaultChild;
    if (props.queue === undefined) {
      this.kind = props.kind ?? QueueKind.STANDARD;
      this.fifo = this.kind === QueueKind.FIFO;
      const key = props.encryptionKey ?? Keyring.of(this, profile).keyFor(DataClass.MESSAGES);
      this.encryptionKey = key;
      const name = queueName(this, this.fifo);
      this.deadLetterQueue = makeDeadLetterQueue(this, 'DeadLetters', name, { key, fifo: this.fifo });
      this.queue = makeQueue(this, 'Queue', name, {
        key,
        fifo: this.fifo,
        visibilityTimeout: this.visibilityTimeout(props),
        deadLetterQueue: this.deadLetterQueue,
      });
      this.senders = new DeclaredSenders(this, 'Senders', this.queue);
    } else {
      const known = existingQueue(this, props.queue, props, this.function.timeout.toSeconds());
      this.kind = known.kind;
      this.fifo = known.queue.fifo;
      this.encryptionKey = known.queue.encryptionMasterKey;
      this.deadLetterQueue = known.deadLetterQueue;
      this.queue = known.queue;
    }
    this.function.addEnvironment(Environment.QUEUE_URL, this.queue.queueUrl);
    this.function.addEnvironment(Environment.GIVE_UP_AFTER, String(this.giveUpAfter.toSeconds()));
    this.joinQuarantine(Quarantine.of(this, profile));
    this.letConsume();
    makeMapping(this, 'Mapping', props, profile);
  }

  /** Sets an environment variable of the function. */
  public addEnvironment(name: string, value: string): void {
    this.function.addEnvironment(name, value);
  }

  /**
   * Lets the messages of a source reach the worker: of an SNS topic, an S3 bucket, an EventBridge
   * rule, or a role that sends plain SQS messages. The queue's policy then allows this source, and
   * no other. A worker may have several sources of one form. It then takes no outbox messages.
   * @throws BreakwaterError if the worker has the source already, or has senders or sources with
   * another form of messages, or if the source can't send to this queue
   */
  public addSource(source: WorkerSource): void {
    requirePart(this, 'source', source, WorkerSource, 'use WorkerSource.fromTopic() or another method of it');
    if (this.hasSenders) {
      throw invalid(
        this,
        'source',
        'must be added to a worker without other senders, got a worker with grantSendMessages() or publishTo(): messages of these senders have the form of the outbox; make another QueueWorker with the same handler',
      );
    }
    this.sources ??= new WorkerSources(source._form, {
      worker: this,
      queue: this.queue,
      fifo: this.fifo,
      encryptionKey: this.encryptionKey,
      senders: this.senders,
      letSend: (sender) => void this.letSend(sender),
    });
    this.sources.add(source);
    this.function.addEnvironment(Environment.MESSAGE_FORM, source._form);
  }

  /**
   * Declares a sender of messages in the form of the outbox. Its own policy then allows it to send,
   * and the queue's policy no longer denies it.
   * @throws BreakwaterError if the sender isn't a role, a user, or a construct with a role, or if
   * the worker has sources
   */
  public grantSendMessages(grantee: IGrantable): Grant {
    requireGrantee(this, grantee);
    if (this.sources !== undefined) {
      throw invalid(
        this,
        'sender',
        'must not be declared for a worker with sources, because messages of an outbox have another form; use WorkerSource.fromSender() for plain messages, or make another QueueWorker with the same handler',
      );
    }
    this.hasSenders = true;
    return this.letSend(grantee);
  }

  /** Messages that wait in the queue: by default the maximum of 5 minutes. */
  public metricBacklog(props?: MetricOptions): Metric {
    return this.queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...props });
  }

  /** Age of the oldest message in seconds: by default the maximum of 5 minutes. */
  public metricBacklogAge(props?: MetricOptions): Metric {
    return this.queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', ...props });
  }

  /**
   * Messages that this worker gave up, in the quarantine: by default the maximum of 5 minutes.
   * While none is held, there are no data points. Use an alarm with the threshold 1.
   */
  public metricHeld(props?: MetricOptions): Metric {
    return Quarantine.of(this).metricHeld(this.targetName, props);
  }

  /**
   * Messages in the dead-letter queue: by default the maximum of 5 minutes. SQS moves a message
   * there after 1,000 receives. Use an alarm with the threshold 1.
   */
  public metricDeadLetters(props?: MetricOptions): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...props });
  }

  /**
   * Invocations that crashed or timed out (sum). If a handler throws for one message, it isn't such
   * an error, and SQS redelivers the message.
   */
  public metricErrors(props?: MetricOptions): Metric {
    return this.function.alias.metricErrors(props);
  }

  /** Invocations that Lambda refused because no concurrency was left (sum). */
  public metricThrottles(props?: MetricOptions): Metric {
    return this.function.alias.metricThrottles(props);
  }

  private letSend(grantee: IGrantable): Grant {
    if (this.senders === undefined) noteGrant(this.queue, grantee);
    else this.senders.add(grantee);
    const send = Grant.addToPrincipalOrResource({
      grantee,
      actions: ['sqs:SendMessage'],
      resourceArns: [this.queue.queueArn],
      resource: this.queue,
    });
    return this.encryptionKey ? send.combine(grantKeyUse(this.encryptionKey, grantee, KeyUse.SEND, 'sqs')) : send;
  }

  private visibilityTimeout({ visibilityTimeout, maxBatchingWindow }: QueueWorkerProps): Duration {
    const window = maxBatchingWindow?.toSeconds() ?? 0;
    const recommended = VISIBILITY_FACTOR * this.function.timeout.toSeconds() + window;
    const visibility =
      visibilityTimeout ?? Duration.seconds(Math.max(recommended, minVisibilitySeconds(this.giveUpAfter)));
    checkVisibility(this, visibility, this.function.timeout, this.giveUpAfter);
    return visibility;
  }

  private joinQuarantine(quarantine: Quarantine): void {
    quarantine._grantWorker(this, this.targetName);
    quarantine._addWorker({
      targetName: this.targetName,
      queue: this.queue,
      // An existing dead-letter queue may have messages of other queues.
      ...(this.senders === undefined ? {} : { deadLetterQueue: this.deadLetterQueue }),
      ...(this.encryptionKey === undefined ? {} : { encryptionKey: this.encryptionKey }),
    });
    this.letSend(quarantine.redrive);
  }

  private letConsume(): void {
    Grant.addToPrincipal({
      grantee: this,
      actions: ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
      resourceArns: [this.queue.queueArn],
    });
    if (this.encryptionKey) grantKeyUse(this.encryptionKey, this, KeyUse.READ, 'sqs');
  }
}
