import { App } from 'aws-cdk-lib';
import { Connection, json, routes, table, worker } from '../../../lambdas/runtime';
import { person, service, type TestModule, type TestStack, type TestWorker, testStack } from '../../../testing';
import { ParcelStack } from './app/stack';

const ANNA = person({ id: 'anna', email: 'anna@example.com' });
const PARCEL = { parcelId: 'p1', to: 'Leeds' };
const STORED = { owner: 'anna', parcelId: 'p1', to: 'Leeds', state: 'announced', email: 'anna@example.com' };

let stack: TestStack;
let desk: TestModule;
let labels: TestWorker;
beforeAll(async () => {
  stack = await testStack(() => new ParcelStack(new App(), 'P'));
  desk = await stack.testModule('P/Desk', () => import('./app/desk'));
  labels = await stack.testWorker('P/Labels', () => import('./app/labels'));
}, 60_000);
beforeEach(() => stack.reset());
afterAll(() => stack.close());

const announce = (parcel: object = PARCEL) => desk.post('/parcels', parcel, { caller: ANNA });

describe('a module', () => {
  test('answers a person, and the table has the item in one of its shards', async () => {
    const { status, body, headers } = await announce();
    expect({ status, body }).toEqual({ status: 201, body: { owner: 'anna', parcelId: 'p1' } });
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(stack.table('Parcels').items()).toEqual([STORED]);
    expect(stack.table('P/Parcels').itemsPerShard().sort()).toEqual([0, 1]);
    expect(await announce()).toMatchObject({ status: 409, body: { error: { code: 'known_parcel' } } });
  });

  test.each([
    ['no caller', 401, 'token_missing', () => desk.post('/parcels', PARCEL)],
    ['a service on a route for people', 403, 'access_denied', () => desk.get('/parcels', { caller: service('depot') })],
    ['another service', 403, 'access_denied', () => desk.post('/arrivals', {}, { caller: service('other') })],
    ['a person on a route for a service', 403, 'access_denied', () => desk.post('/arrivals', {}, { caller: ANNA })],
    ['an expired token', 401, 'token_expired', () => withToken(desk.tokenOf(ANNA, -10))],
    ['a token of somebody else', 401, 'token_invalid', () => withToken(forged(desk.tokenOf(ANNA)))],
    ['no route', 404, 'not_found', () => desk.get('/nothing')],
    ['another method', 405, 'method_not_allowed', () => desk.put('/parcels', {}, { caller: ANNA })],
    ['an unknown query', 400, 'unknown_query', () => desk.get('/parcels?q=1', { caller: ANNA })],
    [
      'a repeated query',
      400,
      'repeated_query',
      () => desk.get('/parcels', { caller: ANNA, query: { state: ['a', 'b'] } }),
    ],
    [
      'a long query',
      400,
      'invalid_query',
      () => desk.get('/parcels', { caller: ANNA, query: { state: 'x'.repeat(21) } }),
    ],
    ['a long body', 413, 'body_too_large', () => announce({ ...PARCEL, to: 'x'.repeat(1024) })],
    ['another type', 415, 'wrong_content_type', () => sent('text', { 'content-type': 'text/plain' })],
    ['broken JSON', 400, 'malformed_json', () => sent('{')],
    ['a wrong hash', 400, 'body_hash_wrong', () => sent('{}', { 'X-Amz-Content-Sha256': 'a'.repeat(64) })],
    ['a body that does not fit', 422, 'invalid_body', () => announce({ parcelId: 1 })],
  ])('refuses %s', async (_, status, code, send) => {
    expect(await send()).toMatchObject({ status, body: { error: { code } }, log: { status, code } });
  });

  const withToken = (token: string) => desk.get('/parcels', { headers: { Authorization: `Bearer ${token}` } });
  const forged = (token: string) => `${token.split('.').slice(0, 2).join('.')}.${'A'.repeat(86)}`;
  const sent = (body: string, headers = {}) => desk.post('/parcels', body, { caller: ANNA, headers });

  test('sees a service by its name', async () => {
    const answer = await desk.post('/arrivals', { n: 1 }, { caller: service('depot', { id: 'c1' }) });
    expect(answer.body).toEqual({ by: 'depot', id: 'c1', body: { n: 1 } });
  });

  test('sees its own variables only', async () => {
    expect(await desk.get('/city')).toMatchObject({ status: 200, body: { city: 'Hull' } });
    expect(process.env['CITY']).toBeUndefined();
  });

  test('answers HEAD, bytes and nothing', async () => {
    await announce();
    expect(await desk.request('HEAD', '/parcels', undefined, { caller: ANNA })).toMatchObject({
      status: 200,
      body: undefined,
    });
    const png = new Uint8Array([0x89, 0x50, 0, 255]);
    const headers = { 'content-type': 'image/png' };
    expect((await desk.put('/photos/p1', png, { caller: ANNA, headers })).status).toBe(201);
    expect([stack.documents('Photos').keys(), stack.documents('Photos').get('p1.png')]).toEqual([['p1.png'], png]);
    expect((await desk.get('/photos/p1', { caller: ANNA })).body).toEqual(png);
  });

  test('has the rights that the stack grants, and no other', async () => {
    await announce();
    const removed = await desk.delete('/parcels/p1', { caller: ANNA });
    expect(removed).toMatchObject({ status: 500, body: { error: { code: 'internal' } } });
    expect(removed.denied).toEqual([
      expect.stringMatching(/^P\/Desk is not authorized to perform dynamodb:DeleteItem on /),
    ]);
    const missing = await desk.get('/photos/none', { caller: ANNA });
    expect(missing.denied).toEqual([expect.stringContaining('s3:ListBucket')]);
  });

  test('reads indexes, and leaves out expired items, which DynamoDB deletes later', async () => {
    await announce();
    const parcels = stack.table('Parcels');
    parcels.put(
      { owner: 'bob', parcelId: 'p2', state: 'announced', until: 1 },
      { owner: 'eve', parcelId: 'p3', state: 'lost' },
    );
    expect((await desk.get('/parcels?state=announced', { caller: ANNA })).body.items).toEqual([STORED]);
    expect([parcels.items().length, parcels.expire(), parcels.items().length]).toEqual([3, 1, 2]);
  });
});

describe('messages', () => {
  test('and its request have the lines of their handlers, with one correlation id and one trace', async () => {
    const { lines } = await announce();
    await stack.relay();
    const [result] = labels.results;
    const [{ correlation_id, xray_trace_id }] = lines as [Record<string, unknown>];
    expect(lines).toMatchObject([
      { message: 'parcel announced', parcelId: 'p1', correlation_id, xray_trace_id: expect.stringMatching(/^1-/) },
      { message: 'request', status: 201, correlation_id },
    ]);
    expect(result!.lines).toMatchObject([
      { message: 'parcel labelled', service: 'Labels', correlation_id, origin_xray_trace_id: xray_trace_id },
      { message: 'message', outcome: 'done', correlation_id, origin_xray_trace_id: xray_trace_id },
    ]);
    expect(result!.lines[0]!['xray_trace_id']).not.toBe(xray_trace_id);
  });

  test('go from the outbox to the worker once, and the worker writes', async () => {
    await announce();
    expect([labels.waiting, stack.waiting('P/Trucks')]).toEqual([[], []]);
    await stack.relay();
    expect(labels.results).toMatchObject([
      { outcome: 'done', body: { owner: 'anna', parcelId: 'p1' }, receiveCount: 1 },
    ]);
    expect(stack.waiting('P/Trucks')).toMatchObject([{ group: 'Leeds', receiveCount: 0 }]);
    expect(stack.table('Parcels').items()).toMatchObject([{ state: 'labelled' }]);
    await stack.relay();
    expect(labels.results).toHaveLength(1);
  });

  test('that fail are delivered again, and held at their fifth delivery', async () => {
    await announce({ ...PARCEL, parcelId: 'broken' });
    await stack.relay();
    expect(labels.results).toMatchObject([{ outcome: 'failed', reason: 'Error', receiveCount: 1, isDead: false }]);
    expect(labels.results[0]?.retrySeconds).toBeGreaterThanOrEqual(0);
    expect(labels.waiting).toMatchObject([{ receiveCount: 1 }]);
    await stack.relayAll();
    expect(labels.results).toHaveLength(5);
    expect(labels.results.at(-1)).toMatchObject({ outcome: 'failed', receiveCount: 5, isDead: true });
    expect([labels.waiting, labels.deadLetters]).toEqual([[], []]);
    expect(labels.held).toMatchObject([{ body: { parcelId: 'broken' }, reason: 'gave-up', error: 'Error' }]);
  });

  test('that cannot be handled have different outcomes', async () => {
    const body = { owner: 'anna', parcelId: 'hopeless' };
    const results = await labels.deliver({ body }, { body: {} }, { text: 'no envelope' });
    expect(results.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['refused', 'PermanentFailure: a label needs an address'],
      ['refused', 'body does not fit the schema'],
      ['malformed', expect.stringContaining('envelope')],
    ]);
  });
});

describe('faults', () => {
  test('throttling that ends is retried, and an error that lasts is answered with 503', async () => {
    stack.table('Parcels').fail('PutItem', 'ThrottlingException', 2);
    expect((await announce()).status).toBe(201);
    stack.table('Parcels').fail('*', 'InternalServerError', 3);
    const { status, headers } = await desk.get('/parcels/p1', { caller: ANNA });
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    expect((await desk.get('/parcels/p1', { caller: ANNA })).status).toBe(200);
  });

  test('a write whose answer is lost is known again', async () => {
    stack.table('Parcels').loseAnswers('PutItem');
    expect((await announce()).status).toBe(201);
    expect(stack.table('Parcels').items()).toEqual([STORED]);
    await stack.relay();
    expect(labels.results).toHaveLength(1);
  });
});

test('the test itself may use tables as handlers do', async () => {
  await announce();
  const connection = new Connection(); // it knows no map yet
  expect(await table('Parcels', { connection }).get({ owner: 'anna', parcelId: 'p1' })).toEqual(STORED);
});

describe('fails with a message', () => {
  const load = (handler: unknown) => () => ({ handler });

  test.each([
    ['a route without a handler', () => routes({}), /P\/Desk must load.*no handler for 'GET \/parcels'/],
    ['no handler', () => undefined, /must be the export 'handler' of its module, got undefined/],
  ])('%s', async (_, make, message) => {
    await expect(stack.testModule('P/Desk', () => ({ handler: make() }))).rejects.toThrow(message);
  });

  test('a path that is no module, no worker, no table and no store', async () => {
    const known = /must be one of 'P\/Desk'.*got 'Desk'/;
    await expect(stack.testModule('Desk', load(json))).rejects.toThrow(known);
    await expect(stack.testWorker('P/Desk', load(worker(() => undefined)))).rejects.toThrow(
      /'P\/Labels', 'P\/Trucks'.*got 'P\/Desk'/,
    );
    expect(() => stack.table('Orders')).toThrow("must be one of 'Parcels' (P/Parcels), or a path; got 'Orders'");
    expect(() => stack.documents('Letters')).toThrow("must be one of Photos; got 'Letters'");
  });

  test('a second stack while one is open', async () => {
    await expect(testStack(() => new ParcelStack(new App(), 'Q'))).rejects.toThrow('one open test stack');
  });
});
