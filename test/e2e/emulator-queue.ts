import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudApi, JsonObject } from '../../testing';
import { type ContractQueue, MAX_RECEIVES, VISIBILITY_SECONDS } from '../simulation/queue-contract';

/**
 * Makes a queue of the emulator, which tests call as the account's root.
 * @param urls gets the URLs of the queues that are made, so that a test can delete them
 */
export async function emulatorQueue(api: CloudApi, fifo: boolean, urls: string[]): Promise<ContractQueue> {
  const call = (operation: string, input: JsonObject) => api.json('sqs', `AmazonSQS.${operation}`, input);
  const make = async (attributes: Record<string, string>): Promise<string> => {
    const QueueName = `contract-${randomUUID()}${fifo ? '.fifo' : ''}`;
    const kind: Record<string, string> = fifo ? { FifoQueue: 'true', ContentBasedDeduplication: 'true' } : {};
    const { QueueUrl: url } = await call('CreateQueue', { QueueName, Attributes: { ...kind, ...attributes } });
    urls.push(String(url));
    return String(url);
  };
  const deadLetters = await make({});
  const { Attributes } = await call('GetQueueAttributes', { QueueUrl: deadLetters, AttributeNames: ['QueueArn'] });
  const deadLetterTargetArn = (Attributes as Record<string, string>)['QueueArn']!;
  const QueueUrl = await make({
    VisibilityTimeout: String(VISIBILITY_SECONDS),
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: MAX_RECEIVES }),
  });
  return {
    send: async (body, group) => {
      await call('SendMessage', {
        QueueUrl,
        MessageBody: body,
        ...(group === undefined ? {} : { MessageGroupId: group }),
      });
    },
    receive: async (MaxNumberOfMessages) => {
      const AttributeNames = ['ApproximateReceiveCount', 'ApproximateFirstReceiveTimestamp'];
      const { Messages = [] } = await call('ReceiveMessage', { QueueUrl, MaxNumberOfMessages, AttributeNames });
      return (Messages as JsonObject[]).map(({ Body, ReceiptHandle, Attributes: attributes }) => ({
        body: String(Body),
        receipt: String(ReceiptHandle),
        receives: Number((attributes as JsonObject)['ApproximateReceiveCount']),
        firstReceivedAt: Number((attributes as JsonObject)['ApproximateFirstReceiveTimestamp']),
      }));
    },
    delete: async (ReceiptHandle) => {
      await call('DeleteMessage', { QueueUrl, ReceiptHandle });
    },
    changeVisibility: async (ReceiptHandle, VisibilityTimeout) => {
      await call('ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout });
    },
    pass: (seconds) => sleep(seconds * 1_000),
  };
}
