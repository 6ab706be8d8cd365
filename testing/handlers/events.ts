import { createHash, randomUUID } from 'node:crypto';
import type { FunctionUrlEvent, QueueEvent } from '../../lambdas/runtime';
import { BODY_HASH_HEADER, type Envelope, METHODS_WITH_BODY } from '../../lib/protocol';

/** Parts of a request, in addition to its method and path. */
export interface FunctionUrlEventProps {
  /** Query parameters, in addition to parameters in the path. By default, none. */
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  /** Headers. Their names may be in any case. By default, none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Body as text or bytes. By default, the request has no body. */
  readonly body?: string | Uint8Array;
}

/**
 * Media types of bodies that a function URL passes on as text. A function URL passes on other
 * bodies in base64.
 */
const TEXT_TYPE = /^(text\/|application\/(json|javascript|xml|graphql|.*\+(json|xml)))/i;

/**
 * Makes the event with which a function URL calls its function. The event contains the header with
 * the body's SHA-256, which the edge requires.
 *
 * @example
 * await handler(functionUrlEvent('POST', '/orders', { body: '{"sku":"A"}', headers }), context);
 */
export function functionUrlEvent(method: string, path: string, props: FunctionUrlEventProps = {}): FunctionUrlEvent {
  const [rawPath = '/', given = ''] = path.split(/\?(.*)/s);
  const headers = Object.fromEntries(
    Object.entries(props.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const bytes = Buffer.from(props.body ?? '');
  if (METHODS_WITH_BODY.includes(method)) {
    headers[BODY_HASH_HEADER] ??= createHash('sha256').update(bytes).digest('hex');
  }
  const isBase64Encoded = bytes.length > 0 && !TEXT_TYPE.test(headers['content-type'] ?? '');
  return {
    rawPath,
    rawQueryString: [given, queryString(props.query ?? {})].filter((part) => part !== '').join('&'),
    headers,
    requestContext: { requestId: randomUUID(), http: { method } },
    ...(bytes.length === 0 ? {} : { body: bytes.toString(isBase64Encoded ? 'base64' : 'utf8'), isBase64Encoded }),
  };
}

function queryString(query: NonNullable<FunctionUrlEventProps['query']>): string {
  const parameters = new URLSearchParams();
  for (const [name, values] of Object.entries(query)) {
    for (const value of typeof values === 'string' ? [values] : values) parameters.append(name, value);
  }
  return parameters.toString();
}

/** A message for a worker in a test. */
export interface TestMessage {
  /** Any JSON value. */
  readonly body?: unknown;
  /** Id of the message. By default, a new id. */
  readonly id?: string;
  /**
   * Message group. By default, no group. On a FIFO queue, the default is one group for all
   * messages.
   */
  readonly group?: string;
  /** Time at which the message's data was written, ISO 8601. By default, the current time. */
  readonly time?: string;
  /**
   * Text of the whole SQS message. If it is set, it replaces the envelope with `body`. `snsMessage`
   * and the other builders of sources set it.
   */
  readonly text?: string;
}

/** Returns the text of the SQS message that the relay would send. */
export function envelopeText(to: string, { body, id = randomUUID(), group, time, text }: TestMessage): string {
  if (text !== undefined) return text;
  const envelope: Envelope = {
    id,
    to,
    body: body === undefined ? null : body,
    ...(group === undefined ? {} : { group }),
    time: time ?? new Date().toISOString(),
  };
  return JSON.stringify(envelope);
}

/** Props of `queueEvent`. */
export interface QueueEventProps {
  /** Name of the worker. By default, `Worker`. */
  readonly to?: string;
  /**
   * ARN of the queue. The ARN of a FIFO queue ends with `.fifo`. By default, the ARN of a standard
   * queue.
   */
  readonly queueArn?: string;
  /** Number of deliveries of each message, including this one. By default, 1. */
  readonly receiveCount?: number;
}

/**
 * Makes the event with which Lambda calls a worker for messages of an SQS queue.
 *
 * @example
 * await handler(queueEvent([{ body: { orderId: '1' } }]), context);
 */
export function queueEvent(messages: readonly TestMessage[], props: QueueEventProps = {}): QueueEvent {
  const { to = 'Worker', queueArn = 'arn:aws:sqs:us-east-1:123456789012:worker', receiveCount = 1 } = props;
  return {
    Records: messages.map((message) => {
      const messageId = randomUUID();
      return {
        messageId,
        receiptHandle: messageId,
        body: envelopeText(to, message),
        eventSourceARN: queueArn,
        attributes: {
          ApproximateReceiveCount: String(receiveCount),
          SenderId: 'AROATESTTESTTESTTEST:test',
          SentTimestamp: String(Date.now()),
          ...(message.group === undefined ? {} : { MessageGroupId: message.group }),
        },
      };
    }),
  };
}
