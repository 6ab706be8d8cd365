import { createHash } from 'node:crypto';
import type { MemoryQueue } from './memory-queue';
import type { ServiceAnswer, ServiceRequest } from './memory-server';

const CONTENT_TYPE = { 'content-type': 'application/x-amz-json-1.0' };

interface SendEntry {
  readonly Id?: string;
  readonly MessageBody: string;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
}

interface SqsInput extends SendEntry {
  readonly QueueUrl: string;
  readonly Entries?: readonly SendEntry[];
  readonly ReceiptHandle?: string;
  readonly VisibilityTimeout?: number;
}

/**
 * Answers the calls to SQS that handlers make: sending messages, changing the visibility timeout of
 * a message, and deleting a message.
 * @param check returns the reason why the caller may not make the call, or undefined if it may
 */
export function answerSqs(
  queues: ReadonlyMap<string, MemoryQueue>,
  { headers, body }: ServiceRequest,
  check: (action: string, arn: string) => string | undefined,
): ServiceAnswer {
  const operation = String(headers['x-amz-target']).split('.')[1] ?? '';
  const input = JSON.parse(body.toString('utf8')) as SqsInput;
  const queue = queues.get(input.QueueUrl);
  if (queue === undefined) return fault('QueueDoesNotExist', 'The specified queue does not exist.');
  const refusal = check(operation.replace('Batch', ''), queue.props.arn);
  if (refusal !== undefined) return fault('AccessDeniedException', refusal, 403);
  switch (operation) {
    case 'SendMessage':
      return answer(send(queue, input));
    case 'SendMessageBatch':
      return answer({
        Successful: (input.Entries ?? []).map((entry) => ({ Id: entry.Id, ...send(queue, entry) })),
        Failed: [],
      });
    case 'ChangeMessageVisibility': {
      const message = queue.waiting.find(({ messageId }) => messageId === input.ReceiptHandle);
      if (message === undefined) return fault('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
      message.retrySeconds = input.VisibilityTimeout;
      return answer({});
    }
    case 'DeleteMessage':
      queue.delete(input.ReceiptHandle ?? '');
      return answer({});
    default:
      return fault('UnsupportedOperation', `the queues in memory do not support ${operation}`);
  }
}

function send(queue: MemoryQueue, entry: SendEntry): object {
  const { MessageBody, MessageGroupId, MessageDeduplicationId } = entry;
  const messageId = queue.send({
    body: MessageBody,
    group: MessageGroupId,
    deduplicationId: MessageDeduplicationId,
  });
  return { MessageId: messageId, MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') };
}

function answer(content: object): ServiceAnswer {
  return { status: 200, headers: CONTENT_TYPE, body: JSON.stringify(content) };
}

function fault(type: string, message: string, status = 400): ServiceAnswer {
  return { status, headers: CONTENT_TYPE, body: JSON.stringify({ __type: `com.amazonaws.sqs#${type}`, message }) };
}
