import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { pay } from './pay.mjs';

/**
 * A worker like the example "idempotent batch processing" in Powertools' documentation, without its
 * Logger, which would make it slower.
 */
const client = new DynamoDBClient({});
const processor = new BatchProcessor(EventType.SQS);
const persistenceStore = new DynamoDBPersistenceLayer({ tableName: 'Idempotency' });
const config = new IdempotencyConfig({ eventKeyJmesPath: 'messageId' });

const handle = makeIdempotent(
  async ({ messageId, body }) => {
    await pay(client, JSON.parse(body).body);
    console.log(JSON.stringify({ level: 'INFO', messageId, outcome: 'done' }));
  },
  { persistenceStore, config },
);

export const handler = async (event, context) => {
  config.registerLambdaContext(context);
  return processPartialResponse(event, handle, processor, { context, throwOnFullBatchFailure: false });
};
