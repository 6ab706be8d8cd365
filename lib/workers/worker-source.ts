import type { EventPattern, IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { EventType, IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic, SubscriptionFilter } from 'aws-cdk-lib/aws-sns';
import type { MessageForm } from '../protocol';
import { connectBucket } from './sources/connect-bucket';
import { connectPattern, connectRule } from './sources/connect-rule';
import { connectTopic } from './sources/connect-topic';
import type { SourceSite } from './sources/source-site';

/** Options of `WorkerSource.fromTopic`. */
export interface TopicSourceOptions {
  /**
   * Filter on message attributes. SNS sends only messages that match.
   * @default - all messages
   */
  readonly filterPolicy?: { [attribute: string]: SubscriptionFilter };
}

/** Options of `WorkerSource.fromBucket`. */
export interface BucketSourceOptions {
  /**
   * Events of which S3 sends a message.
   * @default [EventType.OBJECT_CREATED]
   */
  readonly events?: EventType[];
  /**
   * Start of the keys of objects.
   * @default - all keys
   */
  readonly prefix?: string;
  /**
   * End of the keys of objects, such as `.csv`.
   * @default - all keys
   */
  readonly suffix?: string;
}

/** Options of `WorkerSource.fromEventPattern`. */
export interface EventPatternSourceOptions {
  /**
   * Event bus with the events.
   * @default - the default event bus of the account
   */
  readonly eventBus?: IEventBus;
}

/**
 * A source of messages for `QueueWorker.addSource`, other than the outbox of a table. The source
 * decides the form of the messages. So a worker has sources of one form only.
 *
 * ```ts
 * const imports = new QueueWorker(this, 'Imports', { handler: code.handler('imports') });
 * imports.addSource(WorkerSource.fromBucket(uploads, { prefix: 'orders/', suffix: '.csv' }));
 * ```
 */
export class WorkerSource {
  /**
   * Messages of an SNS topic. `body` is the JSON of the published message. A FIFO queue needs a
   * FIFO topic. The topic may be of another account, if its policy allows this account to
   * subscribe.
   */
  public static fromTopic(topic: ITopic, options: TopicSourceOptions = {}): WorkerSource {
    return new WorkerSource('sns', (site) => connectTopic(site, topic, options));
  }

  /**
   * Notifications of an S3 bucket. `body` is one record. The queue can't be FIFO. The CDK sets the
   * notification up by a custom resource, which also works for an existing bucket.
   */
  public static fromBucket(bucket: IBucket, options: BucketSourceOptions = {}): WorkerSource {
    return new WorkerSource('s3', (site) => connectBucket(site, bucket, options));
  }

  /**
   * Events that match a pattern, by a new EventBridge rule. `body` is the event's `detail`. The
   * queue can't be FIFO.
   */
  public static fromEventPattern(pattern: EventPattern, options: EventPatternSourceOptions = {}): WorkerSource {
    return new WorkerSource('eventbridge', (site) => connectPattern(site, pattern, options));
  }

  /**
   * Events of an EventBridge rule of the app, such as a schedule. `body` is the event's `detail`.
   * The queue can't be FIFO.
   */
  public static fromRule(rule: Rule): WorkerSource {
    return new WorkerSource('eventbridge', (site) => connectRule(site, rule));
  }

  /**
   * Messages that a role or user sends with SQS's own API. `body` is the JSON of the SQS message.
   */
  public static fromSender(sender: IGrantable): WorkerSource {
    return new WorkerSource('plain', (site) => site.letSend(sender));
  }

  private constructor(
    /**
     * Form of the source's messages.
     * @internal
     */
    public readonly _form: MessageForm,
    /**
     * Connects the source with a queue.
     * @internal
     */
    public readonly _connect: (site: SourceSite) => void,
  ) {}
}
