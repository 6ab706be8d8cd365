import { Router } from '@aws-lambda-powertools/event-handler/http';
import { Logger } from '@aws-lambda-powertools/logger';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { documents, hashFits, Order, personOf } from './shared.mjs';

const logger = new Logger({ serviceName: 'bench' });
const app = new Router({ logger });
const answer = (status, body) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  });

app.use(async ({ reqCtx, next }) => {
  const started = performance.now();
  reqCtx.claims = await personOf(reqCtx.req.headers.get('x-breakwater-token'));
  if (reqCtx.claims === undefined) return answer(401, { error: { code: 'token_invalid' } });
  await next();
  logger.info('request', { status: reqCtx.res.status, ms: performance.now() - started });
});
app.get('/orders/:orderId', async ({ claims, params }) => {
  const Key = { customerId: claims.sub, orderId: params.orderId };
  const { Item } = await documents.send(new GetCommand({ TableName: 'shard0', Key, ConsistentRead: true }));
  return Item === undefined ? answer(404, { error: { code: 'unknown_order' } }) : answer(200, Item);
});
app.post('/orders', async ({ claims, event, req }) => {
  const text = await req.text();
  if (!hashFits(text, req.headers.get('x-amz-content-sha256')))
    return answer(400, { error: { code: 'body_hash_wrong' } });
  const checked = Order.safeParse(JSON.parse(text));
  if (!checked.success) return answer(422, { error: { code: 'invalid_body' } });
  const { requestId: orderId } = event.requestContext;
  const Item = { customerId: claims.sub, orderId, status: 'placed', lines: checked.data.lines };
  await documents.send(
    new PutCommand({ TableName: 'shard0', Item, ConditionExpression: 'attribute_not_exists(orderId)' }),
  );
  return answer(201, { orderId });
});

export const handler = (event, context) => app.resolve(event, context);
