import { hash } from 'node:crypto';
import { type Envelope, type MessageForm, parseEnvelope, type TraceContext, traceOfXray } from '../../../lib/protocol';
import { type QueueRecord, sentAt } from './records';
import type { MessageSource } from './types';

/** A part of an SQS message. The handler is called once for each part. */
export interface MessagePart {
  readonly envelope: Envelope;
  /** Undefined if the relay sent the message. */
  readonly source?: MessageSource;
}

/**
 * Reads the text of an SQS message.
 * @param firstId id of the message before a person sent it again
 * @returns its parts; none if the message is only a test of its source
 * @throws Error that names the fault. It doesn't quote the text, which may contain personal data.
 */
export type MessageReader = (record: QueueRecord, firstId?: string) => readonly MessagePart[];

/** An object of JSON whose fields aren't checked. */
type Json = Readonly<Record<string, unknown>>;

/** Characters of an S3 record's id. */
const ID_LENGTH = 32;

/**
 * Makes the reader of a worker's messages.
 * @param form form that synth declared
 * @param target name of the worker
 */
export function messageReader(form: MessageForm, target: string): MessageReader {
  if (form === 'envelope') return ({ body }) => [{ envelope: parseEnvelope(body) }];
  const read = { sns: snsPart, s3: s3Parts, eventbridge: eventPart, plain: plainPart }[form];
  return (record, firstId) =>
    read(record, firstId).map(({ source, ...part }) => ({ source, envelope: { ...part, to: target } }));
}

/** A part before it gets its target. */
type NewPart = Omit<Envelope, 'to'> & { readonly source: MessageSource };

function snsPart(record: QueueRecord): NewPart[] {
  const what = 'an SNS notification';
  const notification = objectOf(record.body, what);
  if (notification['Type'] !== 'Notification') {
    throw new Error(`message must be ${what}, got an object without the Type 'Notification'`);
  }
  const [id, time] = [text(notification, 'MessageId', what), text(notification, 'Timestamp', what)];
  const { Subject: subject } = notification;
  return [
    {
      id,
      time,
      body: jsonOf(text(notification, 'Message', what), "an SNS notification's Message"),
      ...chain(id, record),
      source: {
        kind: 'sns',
        topicArn: text(notification, 'TopicArn', what),
        attributes: attributesOf(notification['MessageAttributes']),
        ...(typeof subject === 'string' ? { subject } : {}),
      },
    },
  ];
}

function eventPart(record: QueueRecord): NewPart[] {
  const what = 'an event of EventBridge';
  const event = objectOf(record.body, what);
  const id = text(event, 'id', what);
  const { detail, resources } = event;
  if (detail === undefined) throw new Error(`${what} must have a detail, got none`);
  return [
    {
      id,
      time: text(event, 'time', what),
      body: detail,
      ...chain(id, record),
      source: {
        kind: 'eventbridge',
        source: text(event, 'source', what),
        detailType: text(event, 'detail-type', what),
        account: text(event, 'account', what),
        region: text(event, 'region', what),
        resources: Array.isArray(resources) ? resources.filter((one) => typeof one === 'string') : [],
      },
    },
  ];
}

/** S3 usually sends one record in a message, but its format allows several. */
function s3Parts(record: QueueRecord): NewPart[] {
  const what = 'a notification of S3';
  const notification = objectOf(record.body, what);
  // S3 sends this test event when a notification is set up.
  if (notification['Event'] === 's3:TestEvent') return [];
  const { Records: records } = notification;
  if (!Array.isArray(records) || records.length === 0) {
    throw new Error(
      `${what} must have a list of Records, got ${Array.isArray(records) ? 'an empty one' : typeof records}`,
    );
  }
  return records.map((given: unknown, index) => {
    const of = 'a record of S3';
    const s3Record = objectIn(given, of);
    const s3 = objectIn(s3Record['s3'], `the s3 of ${of}`);
    const object = objectIn(s3['object'], `the object of ${of}`);
    const key = text(object, 'key', of);
    const request = asObject(s3Record['responseElements'])?.['x-amz-request-id'];
    const id = s3Id(s3Record, s3, object) ?? `${record.messageId}-${index}`;
    return {
      id,
      time: text(s3Record, 'eventTime', of),
      // S3 encodes keys like the values of a form.
      body: { ...s3Record, s3: { ...s3, object: { ...object, key: decodedKey(key) } } },
      ...chain(typeof request === 'string' ? request : id, record),
      source: { kind: 's3' },
    };
  });
}

/**
 * Id of an S3 record, equal if S3 sends a notification of the same event twice. It is a hash,
 * because keys may name persons. Undefined for events without a sequencer.
 */
function s3Id(record: Json, s3: Json, object: Json): string | undefined {
  const { sequencer, key, versionId } = object;
  if (typeof sequencer !== 'string') return undefined;
  const bucket = asObject(s3['bucket'])?.['name'];
  const event = [record['eventName'], bucket, key, versionId, sequencer];
  return hash('sha256', JSON.stringify(event), 'hex').slice(0, ID_LENGTH);
}

function decodedKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    throw new Error(`the key of a record of S3 must be URL-encoded, got ${key.length} characters of other text`);
  }
}

function plainPart(record: QueueRecord, firstId?: string): NewPart[] {
  const id = firstId ?? record.messageId;
  const at = sentAt(record);
  return [
    {
      id,
      time: new Date(Number.isNaN(at) ? 0 : at).toISOString(),
      body: jsonOf(record.body, 'message body'),
      ...chain(id, record),
      source: { kind: 'plain' },
    },
  ];
}

/** The chain of messages that begins with an event of a source. */
function chain(correlationId: string, { attributes }: QueueRecord): Pick<Envelope, 'correlationId' | 'trace'> {
  const trace: TraceContext | undefined = traceOfXray(attributes.AWSTraceHeader);
  return { correlationId, ...(trace === undefined ? {} : { trace }) };
}

function attributesOf(given: unknown): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, attribute] of Object.entries(asObject(given) ?? {})) {
    const value = asObject(attribute)?.['Value'];
    if (typeof value === 'string') Object.defineProperty(values, name, { value, enumerable: true });
  }
  return values;
}

function jsonOf(given: string, what: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    throw new Error(`${what} must be JSON, got ${given.length} characters of other text`);
  }
}

function objectOf(given: string, what: string): Json {
  return objectIn(jsonOf(given, what), what);
}

function objectIn(value: unknown, what: string): Json {
  const object = asObject(value);
  if (object === undefined) throw new Error(`${what} must be an object, got ${value === null ? 'null' : typeof value}`);
  return object;
}

function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

function text(object: Json, name: string, what: string): string {
  const value = object[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`${what} needs a non-empty string '${name}', got ${value === '' ? 'an empty one' : typeof value}`);
}
