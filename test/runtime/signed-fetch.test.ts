import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { type SignedFetchInit, signedFetch } from '../../lambdas/runtime';

const sent = async (init?: SignedFetchInit) => {
  const calls: [string | URL, RequestInit][] = [];
  const fake = (async (input: string | URL, given: RequestInit) => {
    calls.push([input, given]);
    return new Response('ok');
  }) as typeof fetch;
  await signedFetch('https://shop.example/orders', init, fake);
  const request = new Request(...calls[0]!);
  return { request, bytes: Buffer.from(await request.arrayBuffer()) };
};
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('the stated hash is that of the bytes that are sent, whatever they come in', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()),
      fc.constantFrom('POST', 'put', 'PATCH', 'DELETE'),
      async (content, method) => {
        const forms =
          typeof content === 'string'
            ? [content, new URLSearchParams({ content }), new Blob([content])]
            : [new Uint8Array(content), new Uint8Array(content).buffer];
        for (const body of forms) {
          const { request, bytes } = await sent({ method, body });
          expect(request.headers.get('x-amz-content-sha256')).toBe(sha(bytes));
        }
      },
    ),
    { numRuns: 50 },
  );
});

test('a write without a body states the hash of nothing; a read states none', async () => {
  expect((await sent({ method: 'DELETE' })).request.headers.get('x-amz-content-sha256')).toBe(sha(new Uint8Array()));
  expect((await sent()).request.headers.get('x-amz-content-sha256')).toBeNull();
});

test('headers of the caller stay, and content types are not lost', async () => {
  const { request } = await sent({
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json', authorization: 'Bearer x' },
  });
  expect([request.headers.get('content-type'), request.headers.get('authorization')]).toEqual([
    'application/json',
    'Bearer x',
  ]);
  expect(
    (await sent({ method: 'POST', body: new URLSearchParams('a=b') })).request.headers.get('content-type'),
  ).toContain('form-urlencoded');
  expect(
    (await sent({ method: 'POST', body: new Blob(['x'], { type: 'image/png' }) })).request.headers.get('content-type'),
  ).toBe('image/png');
});

test('a stream is refused: its hash would have to be known first', async () => {
  await expect(sent({ method: 'POST', body: new ReadableStream() as unknown as string })).rejects.toThrow(TypeError);
});
