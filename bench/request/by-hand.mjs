import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { hashFits, personOf } from './shared.mjs';

const client = globalThis.own ?? new DynamoDBClient({});
const PATH = /^\/orders\/([^/]+)$/;

const answer = (statusCode, body) => ({
  statusCode,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(body),
  isBase64Encoded: false,
});

const isLine = (line) =>
  typeof line === 'object' &&
  line !== null &&
  Object.keys(line).length === 2 &&
  typeof line.sku === 'string' &&
  line.sku.length > 0 &&
  line.sku.length <= 20 &&
  Number.isInteger(line.quantity) &&
  line.quantity > 0 &&
  line.quantity <= 1000;

async function get(event, claims) {
  const found = PATH.exec(event.rawPath);
  if (found === null) return answer(404, { error: { code: 'not_found' } });
  const Key = { customerId: { S: claims.sub }, orderId: { S: decodeURIComponent(found[1]) } };
  const { Item } = await client.send(new GetItemCommand({ TableName: 'shard0', Key, ConsistentRead: true }));
  if (Item === undefined) return answer(404, { error: { code: 'unknown_order' } });
  return answer(200, Object.fromEntries(Object.entries(Item).map(([name, value]) => [name, value.S])));
}

async function post(event, claims) {
  if (!hashFits(event.body, event.headers['x-amz-content-sha256']))
    return answer(400, { error: { code: 'body_hash_wrong' } });
  const order = JSON.parse(event.body);
  if (!Array.isArray(order.lines) || order.lines.length === 0 || !order.lines.every(isLine)) {
    return answer(422, { error: { code: 'invalid_body' } });
  }
  const { requestId: orderId } = event.requestContext;
  const lines = order.lines.map(({ sku, quantity }) => ({ M: { sku: { S: sku }, quantity: { N: String(quantity) } } }));
  const Item = { customerId: { S: claims.sub }, orderId: { S: orderId }, status: { S: 'placed' }, lines: { L: lines } };
  await client.send(
    new PutItemCommand({ TableName: 'shard0', Item, ConditionExpression: 'attribute_not_exists(orderId)' }),
  );
  return answer(201, { orderId });
}

export const handler = async (event) => {
  const started = performance.now();
  const claims = await personOf(event.headers['x-breakwater-token']);
  const method = event.requestContext.http.method;
  const reply =
    claims === undefined
      ? answer(401, { error: { code: 'token_invalid' } })
      : await (method === 'GET' ? get(event, claims) : post(event, claims));
  const line = { level: 'INFO', event: 'request', method, status: reply.statusCode, ms: performance.now() - started };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  return reply;
};
