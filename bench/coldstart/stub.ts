import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { initialSlots } from '../../lib/protocol';

/** Key attributes of the shop's tables. */
const KEYS: Readonly<Record<string, readonly [string, string]>> = { Catalogue: ['pk', 'sk'] };
const ORDER_KEYS = ['customerId', 'orderId'] as const;

/**
 * The answers of the map table and the shop's tables. Each map has one shard. Each read of an item
 * returns an order that is already paid.
 */
function answerTo(
  target: string,
  request: { TableName?: string; Key?: Record<string, unknown>; RequestItems?: object },
): object {
  if (target.endsWith('.GetItem')) {
    if (request.TableName === 'map') {
      const { table } = request.Key as { table: { S: string } };
      const [partitionKey, sortKey] = KEYS[table.S] ?? ORDER_KEYS;
      return {
        Item: {
          table,
          epoch: { N: '1' },
          shards: { L: [{ S: 'shard0' }] },
          slots: { S: initialSlots(1) },
          partitionKey: { S: partitionKey },
          sortKey: { S: sortKey },
        },
      };
    }
    return { Item: { ...request.Key, item: { S: 'order' }, status: { S: 'paid' } } };
  }
  if (target.endsWith('.Query')) return { Items: [], Count: 0, ScannedCount: 0 };
  if (target.endsWith('.BatchGetItem')) return { Responses: {}, UnprocessedKeys: {} };
  return {};
}

/**
 * Starts a server that answers like DynamoDB and SQS, but without delay. So only the client's time
 * is measured.
 */
export function startStub(): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk;
    });
    request.on('end', () => {
      const target = String(request.headers['x-amz-target'] ?? '');
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      response.end(JSON.stringify(answerTo(target, body === '' ? {} : JSON.parse(body))));
    });
  });
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () =>
      done({ server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
    );
  });
}
