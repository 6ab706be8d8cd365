import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

/** A handler that imports both clients in the default way, without optimising cold starts. */
const dynamodb = new DynamoDBClient({});
const sqs = new SQSClient({});

export const handler = async (event: { id: string; queue?: string }) => {
  const { Item: item } = await dynamodb.send(
    new GetItemCommand({ TableName: 'Orders', Key: { orderId: { S: event.id } } }),
  );
  if (event.queue) await sqs.send(new SendMessageCommand({ QueueUrl: event.queue, MessageBody: JSON.stringify(item) }));
  return { item };
};
