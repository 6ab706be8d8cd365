import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

const sqs = new SQSClient();

/** Sends a message directly to the queue of Labels, without an outbox. */
export async function print(id: string, parcelId: string): Promise<void> {
  const message = { id, to: 'Labels', body: { parcelId }, time: new Date().toISOString() };
  const { LABELS_QUEUE: QueueUrl } = process.env;
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }));
}
