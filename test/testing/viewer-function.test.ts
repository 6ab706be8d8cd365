import { ViewerFunction } from '../../testing';
import { request, textOf } from './fixtures';

const CONTEXT = { distributionId: 'E123', distributionDomainName: 'd111.cloudfront.net', requestId: 'r1' };
const run = (code: string, asked = request('GET', '/x?a=1&a=2&b=%20')) =>
  new ViewerFunction({ name: 'f', code }).onRequest(asked, CONTEXT);

test('the event has the documented shape', async () => {
  const asked = request('GET', '/x?a=1&a=2&b=%20', {
    headers: { host: 'd111', cookie: 'c=1; d=2', accept: 'text/html, image/png' },
    headerValues: { accept: ['text/html', 'image/png'] },
  });
  const { response } = await run(
    'function handler(event) { return { statusCode: 200, body: JSON.stringify(event) } }',
    asked,
  );
  expect(JSON.parse(textOf(response!))).toEqual({
    version: '1.0',
    context: { ...CONTEXT, eventType: 'viewer-request' },
    viewer: { ip: '192.0.2.1' },
    request: {
      method: 'GET',
      uri: '/x',
      querystring: { a: { value: '1', multiValue: [{ value: '1' }, { value: '2' }] }, b: { value: '%20' } },
      headers: {
        host: { value: 'd111' },
        accept: { value: 'text/html', multiValue: [{ value: 'text/html' }, { value: 'image/png' }] },
      },
      cookies: { c: { value: '1' }, d: { value: '2' } },
    },
  });
});

test('an unchanged request comes out as it went in', async () => {
  const asked = request('GET', '/x?a=1&a=2&flag', {
    headers: { accept: '*/*', cookie: 'c=1', 'x-twice': '1, 2' },
    headerValues: { 'x-twice': ['1', '2'] },
  });
  const result = await run('async function handler(event) { return event.request; }', asked);
  expect(result.request).toEqual(asked);
});

test('headers can be moved and paths changed', async () => {
  const code = `function handler(event) {
    var r = event.request;
    r.headers['x-token'] = { value: r.headers.authorization.value };
    delete r.headers.authorization;
    r.uri = '/y';
    return r;
  }`;
  const result = await run(code, request('GET', '/x', { headers: { authorization: 'Bearer t' } }));
  expect(result.request).toMatchObject({ path: '/y', headers: { 'x-token': 'Bearer t' } });
  expect(result.request!.headers['authorization']).toBeUndefined();
});

test('a response stops the request, in text and in base64', async () => {
  const text = await run(
    'function handler() { return { statusCode: 401, headers: { a: { value: "b" } }, body: "no" } }',
  );
  expect(text.response).toMatchObject({ status: 401, headers: { a: 'b' } });
  const encoded = await run(
    'function handler() { return { statusCode: 200, body: { encoding: "base64", data: "aGk=" } } }',
  );
  expect(textOf(encoded.response!)).toBe('hi');
});

test('its crypto module is there, by require and by import', async () => {
  const use = "createHash('sha256').update('a').digest('hex').slice(0, 4)";
  for (const first of ["var crypto = require('crypto');", "import crypto from 'crypto';"]) {
    const code = `${first} function handler() { return { statusCode: 200, body: crypto.${use} } }`;
    expect(textOf((await run(code)).response!)).toBe('ca97');
  }
});

test.each([
  ['the process', 'process.pid'],
  ['the network', 'fetch("http://localhost")'],
  ['modules of Node', 'require("fs")'],
  ['code from strings', 'new Function("return 1")()'],
  ['an endless loop', 'while (true) {}'],
  ['a result of no use', 'undefined'],
])('fails with %s', async (_name, expression) => {
  await expect(run(`function handler() { ${expression}; return null; }`)).rejects.toThrow();
});

test('fails at once when there is no handler', () => {
  expect(() => new ViewerFunction({ name: 'f', code: 'var a = 1;' })).toThrow(/handler/);
});
