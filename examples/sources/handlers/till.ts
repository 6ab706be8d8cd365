import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

const sqs = new SQSClient();

/** Sends a sale as a plain message of SQS, without the library. */
export const handler = async (sale: unknown): Promise<void> => {
  await sqs.send(new SendMessageCommand({ QueueUrl: process.env['SALES_QUEUE'], MessageBody: JSON.stringify(sale) }));
};
