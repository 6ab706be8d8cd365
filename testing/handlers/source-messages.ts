import { randomUUID } from 'node:crypto';
import type { MessageForm } from '../../lib/protocol';
import { envelopeText, type TestMessage } from './events';

const ACCOUNT = '123456789012';
const REGION = 'us-east-1';

/** Parts of an SNS notification, in addition to the published message. */
export interface SnsMessageProps {
  /** ARN of the topic. By default, the ARN of a topic `test`. */
  readonly topicArn?: string;
  /** By default, no subject. */
  readonly subject?: string;
  /** Message attributes of the type String. By default, none. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/**
 * A message as SNS sends it to the queue of a worker with `WorkerSource.fromTopic`.
 * @param body any JSON value: the published message
 *
 * @example
 * await worker.deliver(snsMessage({ orderId: '1' }, { subject: 'Order' }));
 */
export function snsMessage(body: unknown, props: SnsMessageProps = {}): TestMessage {
  const { topicArn = `arn:aws:sns:${REGION}:${ACCOUNT}:test`, subject, attributes = {} } = props;
  const entries = Object.entries(attributes).map(([name, Value]) => [name, { Type: 'String', Value }]);
  return json({
    Type: 'Notification',
    MessageId: randomUUID(),
    TopicArn: topicArn,
    ...(subject === undefined ? {} : { Subject: subject }),
    Message: JSON.stringify(body),
    Timestamp: new Date().toISOString(),
    SignatureVersion: '1',
    ...(entries.length === 0 ? {} : { MessageAttributes: Object.fromEntries(entries) }),
  });
}

/** An object of an S3 notification. */
export interface S3ObjectProps {
  /** Key of the object, not encoded. */
  readonly key: string;
  /** By default, `test-bucket`. */
  readonly bucket?: string;
  /** By default, `ObjectCreated:Put`. */
  readonly eventName?: string;
  /** Bytes. By default, 1. */
  readonly size?: number;
}

/**
 * A message as S3 sends it to the queue of a worker with `WorkerSource.fromBucket`. S3 usually
 * sends one object in a message.
 *
 * @example
 * await worker.deliver(s3Message({ key: 'uploads/a b.csv' }));
 */
export function s3Message(...objects: readonly S3ObjectProps[]): TestMessage {
  return json({ Records: objects.map(s3Record) });
}

/** The message that S3 sends when a notification is set up. The worker acknowledges and logs it. */
export function s3TestMessage(bucket = 'test-bucket'): TestMessage {
  const Time = new Date().toISOString();
  return json({ Service: 'Amazon S3', Event: 's3:TestEvent', Time, Bucket: bucket, RequestId: 'test', HostId: 'test' });
}

function s3Record({ key, bucket = 'test-bucket', eventName = 'ObjectCreated:Put', size = 1 }: S3ObjectProps): object {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: REGION,
    eventTime: new Date().toISOString(),
    eventName,
    userIdentity: { principalId: 'AWS:AROATESTTESTTESTTEST:test' },
    requestParameters: { sourceIPAddress: '127.0.0.1' },
    responseElements: { 'x-amz-request-id': randomUUID(), 'x-amz-id-2': 'test' },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'test',
      bucket: { name: bucket, ownerIdentity: { principalId: 'test' }, arn: `arn:aws:s3:::${bucket}` },
      object: {
        key: encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/'),
        ...(eventName.startsWith('ObjectRemoved') ? {} : { size, eTag: 'd41d8cd98f00b204e9800998ecf8427e' }),
        sequencer: randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase(),
      },
    },
  };
}

/** Parts of an event, in addition to its detail. */
export interface EventBridgeMessageProps {
  /** By default, `test`. */
  readonly source?: string;
  /** By default, `Test`. */
  readonly detailType?: string;
  /** ARNs. By default, none. */
  readonly resources?: readonly string[];
}

/**
 * A message as EventBridge sends it to the queue of a worker with `WorkerSource.fromEventPattern`
 * or `WorkerSource.fromRule`.
 * @param detail any JSON value
 *
 * @example
 * await worker.deliver(eventBridgeMessage({ state: 'STOPPED' }, { source: 'aws.ecs' }));
 */
export function eventBridgeMessage(detail: unknown, props: EventBridgeMessageProps = {}): TestMessage {
  const { source = 'test', detailType = 'Test', resources = [] } = props;
  return json({
    version: '0',
    id: randomUUID(),
    'detail-type': detailType,
    source,
    account: ACCOUNT,
    time: new Date().toISOString(),
    region: REGION,
    resources,
    detail,
  });
}

/**
 * A message of a role or user, for a worker with `WorkerSource.fromSender`.
 * @param body any JSON value
 */
export function plainMessage(body: unknown): TestMessage {
  return json(body);
}

const FORMS: Readonly<Record<Exclude<MessageForm, 'envelope'>, (body: unknown) => TestMessage>> = {
  sns: snsMessage,
  s3: (body) => s3Message(body as S3ObjectProps),
  eventbridge: eventBridgeMessage,
  plain: plainMessage,
};

/** The text of an SQS message for a worker whose messages have a form. */
export function messageText(form: MessageForm, to: string, message: TestMessage): string {
  if (form === 'envelope' || message.text !== undefined) return envelopeText(to, message);
  return envelopeText(to, FORMS[form](message.body ?? null));
}

function json(value: unknown): TestMessage {
  return { text: JSON.stringify(value) };
}
