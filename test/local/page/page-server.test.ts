import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HeldPort } from '../../../local/cloud';
import { LocalEvents } from '../../../local/events';
import { PageServer } from '../../../local/page';
import type { CloudApi } from '../../../testing';

const events = new LocalEvents();
const tables: string[] = [];
const api = {
  json: async (_: string, __: string, { TableName }: { TableName: string }) => {
    tables.push(TableName);
    return { Count: 1, Items: [{ pk: { S: 'anne@example.com' } }] };
  },
} as unknown as CloudApi;
const resources = [
  { logicalId: 'Orders', physicalId: 'orders', type: 'AWS::DynamoDB::Table', path: 'Shop/Orders/Resource' },
  { logicalId: 'Mail', physicalId: 'https://queues/Mail', type: 'AWS::SQS::Queue', path: 'Shop/Mail/Queue' },
];
let queues: Server;
let page: PageServer;
let port: number;
let token: string;

beforeAll(async () => {
  const held = [{ SentTimestamp: 1, VisibleAt: 1, IsVisible: true }];
  const messages = { messages: { '000000000000': { 'us-east-1': { 'https://queues/Mail': held } } } };
  queues = createServer((_, answer) => void answer.end(JSON.stringify(messages)));
  await new Promise<void>((resolve) => queues.listen(0, '127.0.0.1', resolve));
  const heldPort = await HeldPort.hold('the page');
  port = heldPort.port;
  const endpoint = `http://127.0.0.1:${(queues.address() as AddressInfo).port}`;
  page = await PageServer.start({ port: heldPort, events, endpoint, stacks: () => [{ api, resources }] });
  token = new URL(page.url).hash.slice(1);
});
afterAll(async () => {
  await page.close();
  await new Promise((resolve) => queues.close(resolve));
});

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

/** The answer to a request; of the endless stream its first line. */
function ask(path: string, { method = 'GET', headers = {} }: Asked = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers: { host: `localhost:${port}`, ...headers } });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      const done = () => resolve({ status: response.statusCode!, headers: response.headers, text });
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (!path.startsWith('/live') || !text.includes('\n')) return;
        response.destroy();
        done();
      });
      response.on('end', done);
    });
    sent.end();
  });
}

const signedIn = () => ({ headers: { authorization: `Bearer ${token}` } });

test.each(['/', '/page.js', '/page.css'])('%s is served without a token, and runs no foreign code', async (path) => {
  const { status, headers, text } = await ask(path);
  expect(status).toBe(200);
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; img-src data:; script-src 'self'/);
  expect(text).not.toContain(token);
});

test.each([
  ['another host name, as a rebound domain has', '/', { headers: { host: 'evil.example' } }, 403],
  ['another port', '/', { headers: { host: 'localhost:1' } }, 403],
  ['another origin', '/live', { headers: { origin: 'https://evil.example' } }, 403],
  ['no token', '/live', {}, 401],
  ['a wrong token', '/items?table=orders', { headers: { authorization: 'Bearer x' } }, 401],
  ['a method that writes', '/live', { method: 'POST' }, 405],
])('refuses %s', async (_, path, asked, status) => {
  const before = tables.length;
  expect((await ask(path, asked)).status).toBe(status);
  expect(tables).toHaveLength(before);
});

test('sends events, without paths and error texts unless the viewer asks', async () => {
  const entry = {
    kind: 'request',
    time: 1,
    entrance: 'Shop/Edge',
    method: 'GET',
    path: '/orders/W-1',
    status: 200,
    ms: 3,
    reason: 'the answer for W-1 is too large',
  };
  events.emit(entry as never);
  const error = { kind: 'log', time: 1, module: 'Shop/Api', functionName: 'api', level: 'error' };
  events.emit({ ...error, message: 'anne@example.com has no cart' } as never);
  const first = JSON.parse((await ask('/live', signedIn())).text);
  expect(first).toMatchObject({
    requests: [{ method: 'GET', status: 200 }],
    queues: [{ name: 'Shop/Mail/Queue', waiting: 1 }],
    tables: [{ name: 'Shop/Orders', shards: [{ items: 1 }] }],
  });
  expect(JSON.stringify(first)).not.toMatch(/W-1|anne/);
  const asked = JSON.parse((await ask('/live?values=yes', signedIn())).text);
  expect(asked.requests).toMatchObject([{ path: '/orders/W-1', reason: entry.reason }]);
  expect(asked.modules).toMatchObject([{ name: 'Shop/Api', lastError: 'anne@example.com has no cart' }]);
});

test('shows items of the app’s own tables, and their values only if somebody asks', async () => {
  expect((await ask('/items?table=orders', signedIn())).text).toBe('[{"pk":{"type":"S"}}]');
  expect((await ask('/items?table=orders&values=yes', signedIn())).text).toContain('anne@example.com');
  expect((await ask('/items?table=foreign', signedIn())).status).toBe(404);
  expect(tables).not.toContain('foreign');
});

test('nothing is read while no page is open', async () => {
  await new Promise((resolve) => setImmediate(resolve));
  const before = tables.length;
  await ask('/');
  events.emit({ kind: 'deploy', time: 1, stacks: ['Shop'], ms: 1 } as never);
  expect(tables).toHaveLength(before);
});
