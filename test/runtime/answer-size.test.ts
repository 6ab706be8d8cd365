import { binary, json, routes } from '../../lambdas/runtime';
import { LAMBDA } from '../../lib/limits';
import { packRoutes } from '../../lib/protocol';

const MAX = LAMBDA.MAX_RESPONSE_BYTES;

async function answer(reply: ReturnType<typeof json>) {
  const lines: unknown[] = [];
  const handler = routes(
    { 'GET /x': () => reply },
    {
      environment: { BREAKWATER_ROUTES: packRoutes([{ method: 'GET', path: '/x', access: ['anyone'] }]) },
      log: (_level, _event, fields) => lines.push(fields),
    },
  );
  const event = { rawPath: '/x', headers: {}, requestContext: { requestId: 'r', http: { method: 'GET' } } };
  const { statusCode, body } = await handler(event, { getRemainingTimeInMillis: () => 10_000 });
  return { statusCode, body, lines: JSON.stringify(lines) };
}

test.each([
  ['of 7 MB of text', json(200, 'x'.repeat(7 * 1024 * 1024))],
  ['whose quotes grow beyond 6 MB', json(200, '"'.repeat(MAX / 3))],
  ['of 5 MB of bytes, 6.7 MB as base64', binary(200, Buffer.alloc(5 * 1024 * 1024), { contentType: 'image/png' })],
])('an answer %s is a 500 whose log line says why', async (_, reply) => {
  const { statusCode, body, lines } = await answer(reply);
  expect(statusCode).toBe(500);
  expect(body.length).toBeLessThan(500);
  expect(lines).toMatch(/an answer must have at most 6291456 bytes of JSON or base64, got \d{7}/);
});

test.each([
  ['text', json(200, 'x'.repeat(MAX - 100))],
  ['bytes', binary(200, Buffer.alloc((MAX / 4) * 3 - 100), { contentType: 'image/png' })],
])('an answer of %s that just fits is passed on', async (_, reply) => {
  expect((await answer(reply)).statusCode).toBe(200);
});
