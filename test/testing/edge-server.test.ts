import { createConnection } from 'node:net';
import { type EdgeRequest, type EdgeServer, EdgeSimulator, serveEdge } from '../../testing';
import { behavior, distribution, FakeOrigin } from './fixtures';

let edge: EdgeServer;
let asked: EdgeRequest[];

beforeEach(async () => {
  const origin = new FakeOrigin((request) => {
    asked.push(request);
    return { headers: { 'content-type': 'text/plain' } };
  });
  asked = [];
  const code = `function handler(event) {
    var sent = event.request.headers.authorization;
    if (sent && sent.multiValue) return { statusCode: 401, body: sent.multiValue.map(function (v) { return v.value }).join('+') };
    return event.request;
  }`;
  const model = distribution({ behaviors: [behavior('*', 'module', { viewerRequest: { name: 'f', code } })] });
  edge = await serveEdge(new EdgeSimulator({ model, origin }), { port: 0 });
});

afterEach(() => edge.close());

/** Sends bytes as they are and returns the whole answer. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = createConnection(Number(new URL(edge.url).port), '127.0.0.1', () => socket.write(text));
    socket.on('data', (data) => {
      answer += String(data);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

const get = (target: string, ...headers: string[]): string =>
  [`GET ${target} HTTP/1.1`, 'host: localhost', 'connection: close', ...headers, '', ''].join('\r\n');

test.each(['//', 'http://', 'x', '*'])('fails with 400 for the target %s, and goes on', async (target) => {
  expect(await raw(get(target))).toMatch(/^HTTP\/1\.1 400 /);
  expect(asked).toEqual([]);
  expect((await fetch(`${edge.url}/x`)).status).toBe(200);
});

test('a repeated header reaches the function with both values', async () => {
  const answer = await raw(get('/x', 'authorization: one', 'Authorization: two'));
  expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  expect(answer).toMatch(/one\+two$/);
});

test('the values of another header are joined on their way to the origin', async () => {
  await raw(get('/x', 'x-several: 1', 'x-several: 2'));
  expect(asked[0]!.headers['x-several']).toBe('1, 2');
});

test('fails on a taken port, and names it', async () => {
  const port = Number(new URL(edge.url).port);
  const second = serveEdge(new EdgeSimulator({ model: distribution(), origin: new FakeOrigin(() => ({})) }), { port });
  await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE', port });
});
