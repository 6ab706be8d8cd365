import type { TraceContext } from '../../../lib/protocol';
import type { StandardSchemaV1 } from '../standard-schema';

/** Facts about a message that a declared source sent, in addition to its body. */
export type MessageSource = SnsSource | S3Source | EventBridgeSource | PlainSource;

/** A message of an SNS topic. Its body is the JSON of the published message. */
export interface SnsSource {
  readonly kind: 'sns';
  readonly topicArn: string;
  readonly subject?: string;
  /** Message attributes of the publisher. Values of binary attributes are in base64. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** A record of an S3 notification. */
export interface S3Source {
  readonly kind: 's3';
}

/** An event of an EventBridge rule. Its body is the event's `detail`. */
export interface EventBridgeSource {
  readonly kind: 'eventbridge';
  /** Application or service that sent the event, such as `aws.ecs`. */
  readonly source: string;
  readonly detailType: string;
  readonly account: string;
  readonly region: string;
  readonly resources: readonly string[];
}

/** A message of a role or user. Its body is the JSON of the SQS message. */
export interface PlainSource {
  readonly kind: 'plain';
}

/**
 * Body of a message from an S3 bucket: one record of the notification, as S3 sends it. Only the
 * object's key is decoded.
 */
export interface S3Record {
  /** Name of the event, such as `ObjectCreated:Put`. */
  readonly eventName: string;
  /** ISO 8601. */
  readonly eventTime: string;
  readonly awsRegion: string;
  readonly s3: {
    readonly bucket: { readonly name: string; readonly arn: string };
    readonly object: {
      /** Key of the object, decoded. */
      readonly key: string;
      /** Bytes. Absent if the object was deleted. */
      readonly size?: number;
      readonly eTag?: string;
      readonly versionId?: string;
      /** Sorts the events of one key. Texts of different lengths are first padded with zeros. */
      readonly sequencer?: string;
    };
  };
}

/** A message as a worker's handler receives it. */
export interface Message<Body = unknown> {
  /** Unique ID, the same in each delivery. Deduplicate by it, or by a business key. */
  readonly id: string;
  /** Name of the message's target: this worker. */
  readonly to: string;
  readonly body: Body;
  /** Facts of the message's source. Undefined if a table's outbox published the message. */
  readonly source?: MessageSource;
  /** Message group, if any. */
  readonly group?: string;
  /**
   * Id of the request that began the chain of messages which led to this one: `requestId` of that
   * request. For a message of a source, it is the id of the source's message, or of the request to
   * S3. Undefined if another program wrote the message.
   */
  readonly correlationId?: string;
  /**
   * Trace of that request, as W3C Trace Context. Undefined if the request had no trace, or if a
   * program with an older version of the library wrote the message.
   */
  readonly trace?: TraceContext;
  /** Time at which the message's data was written, or the source's event occurred; ISO 8601. */
  readonly time: string;
  /** Number of deliveries, 1 for the first. */
  readonly receiveCount: number;
  /** ID of the principal that sent the message. SQS sets it. */
  readonly senderId: string;
  /**
   * Signal that aborts when the time for this batch is over. SQS redelivers messages that aren't
   * finished by then.
   */
  readonly signal: AbortSignal;
  /** Milliseconds until Lambda stops this invocation. */
  remainingMs(): number;
}

/** Handles one message. If it throws, SQS redelivers the message later. */
export type MessageHandler<Body = unknown> = (message: Message<Body>) => Promise<void> | void;

/**
 * Wait before a failed message is redelivered. It is a random time below `min(cap, base * 2 **
 * (receives - 1))`.
 */
export interface RetryDelay {
  /** Upper bound of the wait after the first failure, in seconds. @default 5 */
  readonly baseSeconds?: number;
  /** Upper bound of all waits, in seconds, up to 42,300. @default 900 */
  readonly capSeconds?: number;
}

export interface WorkerOptions<Body> {
  /**
   * Number of messages handled at the same time. Messages of one FIFO group are handled one after
   * the other.
   * @default 10
   */
  readonly concurrency?: number;
  /**
   * Schema of message bodies. A message with an invalid body isn't handled. @default not validated
   */
  readonly schema?: StandardSchemaV1<unknown, Body>;
  /**
   * Maximum age of a message in seconds, counted from its `time`, at which its data was written. An
   * older message isn't handled, but moves to the quarantine. If a person sends it again from
   * there, it is handled. Use it if a late effect would be wrong, such as a payment of last week.
   * @default no maximum
   */
  readonly maxAgeSeconds?: number;
  /**
   * Reserve at the end of the invocation, in milliseconds. In this time no message is started, and
   * unfinished messages are reported as failed. @default 1000
   */
  readonly reserveMs?: number;
  /**
   * Wait before failed messages are redelivered. With `false`, the queue's visibility timeout
   * applies.
   * @default 5 s, doubling up to 900 s
   */
  readonly retryDelay?: RetryDelay | false;
}
