import { BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { DYNAMODB } from '../../lib/limits';
import { MAP_TABLE, ORDERS_MAP, order, orderKey, SHARD } from './tables';

export const BATCH = 10;
const PARALLEL = 4;

/** Fills an account's map table. */
export async function putMap(client: DynamoDBClient): Promise<void> {
  await client.send(new BatchWriteItemCommand({ RequestItems: { [MAP_TABLE]: [put(ORDERS_MAP)] } }));
}

/** Puts placed orders with the numbers `from` to `from + count - 1`. */
export async function putOrders(client: DynamoDBClient, from: number, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, i) => from + i);
  const pieces: number[][] = [];
  while (numbers.length > 0) pieces.push(numbers.splice(0, DYNAMODB.MAX_BATCH_WRITES));
  const next = async () => {
    for (let piece = pieces.pop(); piece !== undefined; piece = pieces.pop()) {
      const requests = piece.map((number) => put(order(number)));
      await client.send(new BatchWriteItemCommand({ RequestItems: { [SHARD]: requests } }));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, next));
}

/** The events of a queue that deliver orders in batches of ten. */
export function eventsOf(from: number, batches: number, receives = 1): object[] {
  return Array.from({ length: batches }, (_, batch) => ({
    Records: Array.from({ length: BATCH }, (__, i) => recordOf(from + batch * BATCH + i, receives)),
  }));
}

function recordOf(number: number, receives: number) {
  const now = String(Date.now());
  const messageId = `6f9c2b8a-0000-4000-8000-${String(number).padStart(12, '0')}`;
  return {
    messageId,
    receiptHandle: `receipt-${number}`,
    body: JSON.stringify({ id: messageId, to: 'Payments', time: '2026-11-30T00:00:00.000Z', body: orderKey(number) }),
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: now,
      SenderId: 'AROA:relay',
      ApproximateFirstReceiveTimestamp: now,
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:111122223333:Payments',
    awsRegion: 'us-east-1',
  };
}

function put(item: object) {
  return { PutRequest: { Item: marshall(item) } };
}
