import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ACCOUNT_CHECKS } from '../../../shop/deployed/account-checks';
import type { CheckContext } from '../../../shop/deployed/check';
import { EDGE_CHECKS, RATE_CHECK } from '../../../shop/deployed/edge-checks';

let server: Server;
afterEach(() => server?.close());

/** A context whose distribution answers by that function. */
async function context(listener: RequestListener): Promise<CheckContext> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const edgeUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const shop = { edgeUrl, resources: [], heldMessages: async () => [{ name: 'DeadLetters', waiting: 1, inFlight: 0 }] };
  const product = { sku: '85123A', description: 'WHITE HANGING HEART' };
  return { shop, clients: {}, person: 'a.b.c', product, redirected: true } as unknown as CheckContext;
}

const named = (name: string) => [...EDGE_CHECKS, ...ACCOUNT_CHECKS].find((check) => check.name.includes(name))!;

test('the flood ends with the first 429 and says how many requests it took', async () => {
  let requests = 0;
  const where = await context((_, response) => response.writeHead(++requests > 200 ? 429 : 200).end());
  expect(await RATE_CHECK.run(where)).toMatch(/^429 after 2\d\d requests/);
  expect(requests).toBeLessThan(300);
});

test('an address is sent with every character encoded, and must lead to the same product', async () => {
  const paths: string[] = [];
  let sku = '85123A';
  const where = await context(({ url = '' }, response) => {
    paths.push(url);
    response.end(JSON.stringify({ sku }));
  });
  await named('percent-encoded').run(where);
  expect(paths).toEqual(['/products/%38%35%31%32%33%41']);
  sku = 'OTHER';
  await expect(named('percent-encoded').run(where)).rejects.toThrow('must be the product 85123A, got OTHER');
});

test('a body goes with its type and its hash, unless a check leaves one out', async () => {
  const sent: [string | undefined, string | undefined][] = [];
  const where = await context(({ headers }, response) => {
    sent.push([headers['content-type'], headers['x-amz-content-sha256'] as string | undefined]);
    response.writeHead(400).end('body_hash_missing');
  });
  await named('without its hash').run(where);
  await expect(named('above maxBody').run(where)).rejects.toThrow('must answer 413, got 400 body_hash_missing');
  expect(sent).toEqual([
    ['application/json', undefined],
    ['application/json', expect.stringMatching(/^[0-9a-f]{64}$/)],
  ]);
});

test('a dead letter fails the check of the queues; what does not apply is skipped', async () => {
  const where = await context((_, response) => response.end());
  await expect(named('queues').run(where)).rejects.toThrow('must be empty, got DeadLetters: 1');
  for (const name of ['floors', 'function URL'])
    await expect(named(name).run(where)).rejects.toMatchObject({ name: 'CheckSkipped' });
});

test('a stack without alarms fails the check of the alarms', async () => {
  const where = await context((_, response) => response.end());
  await expect(named('alarms').run(where)).rejects.toThrow('the stack must have at least one alarm, got none');
});

test('a scalable target counts only if a resource of the stack names it', async () => {
  const where = await context((_, response) => response.end());
  const id = 'function:shop-checkout:live|lambda:function:ProvisionedConcurrency|lambda';
  const run = (target: object) => {
    const resources = [{ type: 'AWS::ApplicationAutoScaling::ScalableTarget', physicalId: id, logicalId: 'Floor' }];
    const scaling = { send: async () => ({ ScalableTargets: [{ MinCapacity: 1, MaxCapacity: 9, ...target }] }) };
    return named('floors').run({ ...where, shop: { ...where.shop, resources }, clients: { scaling } as never });
  };
  expect(await run({ ResourceId: 'function:shop-checkout:live' })).toBe('1 to 9');
  for (const other of [{}, { ResourceId: 'function:other:live' }])
    await expect(run(other)).rejects.toThrow('must have 1 scalable targets, got 0');
});
