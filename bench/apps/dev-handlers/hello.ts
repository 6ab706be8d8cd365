import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

// With the SDK's client, the bundle is as large as the bundle of a real handler.
const client = new DynamoDBClient({});
const VERSION = 'version 0';

export async function handler() {
  console.log(JSON.stringify({ level: 'info', message: 'answered', region: await client.config.region() }));
  return { statusCode: 200, body: VERSION };
}
