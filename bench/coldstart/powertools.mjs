import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { Logger } from '@aws-lambda-powertools/logger';
import { parse } from '@aws-lambda-powertools/parser';
import * as z from 'zod';

/**
 * A worker written like the examples in Powertools' documentation. It parses messages, is
 * idempotent, reports partial failures and writes structured logs.
 */
const logger = new Logger({ serviceName: 'payments' });
const processor = new BatchProcessor(EventType.SQS);
const persistenceStore = new DynamoDBPersistenceLayer({ tableName: 'Idempotency' });
const config = new IdempotencyConfig({ eventKeyJmesPath: 'id' });
const Message = z.object({
  id: z.string(),
  to: z.string(),
  body: z.object({ customerId: z.string(), orderId: z.string() }),
});

const pay = makeIdempotent(
  async (message) => {
    logger.info('paid', { orderId: message.body.orderId });
    return { orderId: message.body.orderId };
  },
  { persistenceStore, config },
);

export const handler = async (event, context) => {
  config.registerLambdaContext(context);
  return processPartialResponse(
    event,
    async (record) => pay(parse(JSON.parse(record.body), undefined, Message)),
    processor,
    { context },
  );
};
