import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import { documents, hashFits, Order, personOf } from './shared.mjs';

const app = new Hono();
app.use(async (c, next) => {
  const started = performance.now();
  const claims = await personOf(c.req.header('x-breakwater-token'));
  if (claims === undefined) return c.json({ error: { code: 'token_invalid' } }, 401);
  c.set('claims', claims);
  await next();
  const line = {
    level: 'INFO',
    event: 'request',
    route: c.req.path,
    status: c.res.status,
    ms: performance.now() - started,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
});
app.get('/orders/:orderId', async (c) => {
  const Key = { customerId: c.get('claims').sub, orderId: c.req.param('orderId') };
  const { Item } = await documents.send(new GetCommand({ TableName: 'shard0', Key, ConsistentRead: true }));
  return Item === undefined
    ? c.json({ error: { code: 'unknown_order' } }, 404)
    : c.json(Item, 200, { 'cache-control': 'no-store' });
});
app.post('/orders', async (c) => {
  const text = await c.req.text();
  if (!hashFits(text, c.req.header('x-amz-content-sha256'))) return c.json({ error: { code: 'body_hash_wrong' } }, 400);
  const checked = Order.safeParse(JSON.parse(text));
  if (!checked.success) return c.json({ error: { code: 'invalid_body' } }, 422);
  const orderId = c.env.event.requestContext.requestId;
  const Item = { customerId: c.get('claims').sub, orderId, status: 'placed', lines: checked.data.lines };
  await documents.send(
    new PutCommand({ TableName: 'shard0', Item, ConditionExpression: 'attribute_not_exists(orderId)' }),
  );
  return c.json({ orderId }, 201, { 'cache-control': 'no-store' });
});

export const handler = handle(app);
