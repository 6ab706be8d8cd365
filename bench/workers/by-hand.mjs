import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { pay } from './pay.mjs';

const client = new DynamoDBClient({});

/** A loop written by hand, without idempotency. It logs each message and reports failed ones. */
export const handler = async (event) => {
  const batchItemFailures = [];
  await Promise.all(
    event.Records.map(async ({ messageId, body }) => {
      try {
        await pay(client, JSON.parse(body).body);
        console.log(JSON.stringify({ level: 'INFO', messageId, outcome: 'done' }));
      } catch (error) {
        console.log(JSON.stringify({ level: 'ERROR', messageId, outcome: 'failed', reason: error.name }));
        batchItemFailures.push({ itemIdentifier: messageId });
      }
    }),
  );
  return { batchItemFailures };
};
