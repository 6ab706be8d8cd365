import {
  eventBridgeMessage,
  type PersonProps,
  person,
  plainMessage,
  s3Message,
  s3TestMessage,
  snsMessage,
  type TestStack,
  testStack,
} from '../../testing';

const load = (example: string, handler: string) => () => import(`../../examples/${example}/handlers/${handler}`);
const open = async (example: string): Promise<TestStack> => {
  stack = await testStack(async () => (await import(`../../examples/${example}/app`)).stack);
  return stack;
};
const anna = (more: Partial<PersonProps> = {}) => person({ id: 'anna', ...more });

let stack: TestStack;
afterEach(() => stack.close());

test('one-module: anyone is greeted, and people see who they are', async () => {
  const greetings = await (await open('one-module')).testModule('OneModule/Greetings', load('one-module', 'greetings'));
  const hello = await greetings.get('/hello/J%C3%BCrgen');
  expect([hello.body, hello.headers['cache-control']]).toEqual([{ hello: 'Jürgen' }, 'public, max-age=300']);
  expect((await greetings.get('/me', { caller: anna() })).body).toEqual({ you: 'anna' });
  expect(await greetings.get('/me', { caller: anna({ aud: 'somebody-else' }) })).toMatchObject({
    status: 401,
    body: { error: { code: 'token_foreign' } },
  });
}, 60_000);

test('one-module: the edge refuses what no route takes', async () => {
  const greetings = await (await open('one-module')).testModule('OneModule/Greetings', load('one-module', 'greetings'));
  expect(await greetings.get('/nothing')).toMatchObject({ status: 404, refusedBy: 'web ACL' });
  expect(await greetings.post('/hello/you', {})).toMatchObject({ status: 404, refusedBy: 'web ACL' });
  expect(await greetings.get('/me')).toMatchObject({ status: 401, refusedBy: 'viewer function' });
  const headers = { authorization: 'Bearer nonsense' };
  expect((await greetings.get('/me', { headers })).body.error.code).toBe('token_malformed');
}, 60_000);

test('sharded-orders: an order is placed once and shipped in the order of its customer', async () => {
  const orders = await open('sharded-orders');
  const checkout = await orders.testModule('ShardedOrders/Checkout', load('sharded-orders', 'checkout'));
  const shipping = await orders.testWorker('ShardedOrders/Shipping', load('sharded-orders', 'shipping'));
  const place = (id: string) => checkout.put(`/orders/${id}`, { sku: 'A', quantity: 1 }, { caller: anna() });
  for (const id of ['1', '2', '1']) expect((await place(id)).status).toBe(201);
  expect(
    orders
      .table('Orders')
      .itemsPerShard()
      .filter((count) => count > 0),
  ).toEqual([2]);
  await orders.relayAll({ copies: 2 });
  expect(shipping.results.map(({ outcome, group }) => [outcome, group])).toEqual(Array(4).fill(['done', 'anna']));
  expect((await checkout.get('/orders/2', { caller: anna() })).body).toMatchObject({ sku: 'A', status: 'shipped' });
  expect((await checkout.get('/orders/2', { caller: anna({ id: 'ben' }) })).status).toBe(404);
}, 60_000);

test('parcels: a label is printed for a parcel that exists', async () => {
  const parcels = await open('parcels');
  const labels = await parcels.testWorker('Parcels/Labels', load('parcels', 'labels'));
  const printed = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  parcels.table('Parcels').put({ parcelId: '1', address: 'Hull' });
  const results = await labels.deliver({ body: { parcelId: '1' } }, { body: { parcelId: '2' } });
  expect(results.map(({ outcome }) => outcome)).toEqual(['done', 'failed']);
  expect(printed.mock.calls).toEqual([['{"label":"Hull"}']]);
}, 60_000);

test('morning-surge: both modules answer', async () => {
  const surge = await open('morning-surge');
  const timetable = await surge.testModule('MorningSurge/Timetable', load('morning-surge', 'timetable'));
  const seats = await surge.testModule('MorningSurge/Seats', load('morning-surge', 'seats'));
  expect((await timetable.get('/trains', { query: { from: 'Hull' } })).body).toMatchObject({ from: 'Hull' });
  expect((await seats.get('/seats/0612')).body).toEqual({ train: '0612', free: 12 });
  await expect(seats.get('/trains')).rejects.toThrow(/the edge routes GET \/trains to 'module-Timetable-\w+', not to /);
}, 60_000);

test('split-stacks: a parcel is printed for each message, across three stacks', async () => {
  stack = await testStack(async () => (await import('../../examples/split-stacks/app')).app);
  const intake = await stack.testModule('ParcelsWeb/Intake', load('split-stacks', 'intake'));
  await stack.testWorker('ParcelsData/Archive', load('split-stacks', 'archive'));
  await stack.testWorker('ParcelsWork/Printing/Labels', load('split-stacks', 'labels'));
  await stack.testWorker('ParcelsWork/Desk/Reprints', load('split-stacks', 'reprints'));
  expect(await intake.put('/parcels/1', {})).toMatchObject({ status: 202, denied: [] });
  await stack.relayAll();
  // One label by the outbox, one that the module sends itself, and one reprint.
  expect(stack.table('Parcels').items()).toEqual([{ parcelId: '1', printed: 3, archived: 1 }]);
}, 60_000);

test('sources: one handler for messages of a topic, a bucket, EventBridge and a function', async () => {
  const sources = await open('sources');
  const worker = (id: string) => sources.testWorker(`Sources/${id}`, load('sources', 'arrivals'));
  const topic = await worker('Announcements');
  const announced = await topic.deliver(snsMessage({ order: 1 }, { subject: 'Order' }), { text: 'hello' });
  expect(announced).toMatchObject([
    { outcome: 'done', body: { order: 1 }, denied: [] },
    { outcome: 'malformed', body: 'hello', isDead: true },
  ]);
  expect(topic.held).toMatchObject([{ reason: 'malformed', body: 'hello' }]);
  const bucket = await worker('Uploaded');
  const uploaded = await bucket.deliver(s3Message({ key: 'in/a b.csv' }, { key: 'in/c%.csv' }), s3TestMessage());
  expect(uploaded.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
  await (await worker('Stopped')).deliver(eventBridgeMessage({ till: 7 }, { detailType: 'Till stopped' }));
  const sales = await worker('Sales');
  await sales.deliver(plainMessage({ sku: 'A' }));
  const stored = sources.table('Arrivals').items() as unknown as { from: string; body: Record<string, unknown> }[];
  const shown = stored.map(({ from, body }) => [from, from === 's3' ? (body as never)['s3']['object']['key'] : body]);
  expect(shown.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))).toEqual([
    ['eventbridge', { till: 7 }],
    ['plain', { sku: 'A' }],
    ['s3', 'in/a b.csv'],
    ['s3', 'in/c%.csv'],
    ['sns', { order: 1 }],
  ]);
  // Without a builder, a body gets the form of the worker's sources.
  sales.send({ body: { sku: 'B' } });
  expect([sales.waiting[0]?.body, sources.waiting('Sources/Sales')[0]?.body]).toEqual([{ sku: 'B' }, { sku: 'B' }]);
}, 60_000);
