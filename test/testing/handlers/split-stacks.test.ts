import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { json, routes, table } from '../../../lambdas/runtime';
import { Access, DeploymentProfile, MicroModule, QueueWorker, Route, ShardedTable } from '../../../lib';
import { type PersonProps, person, type TestStack, testStack } from '../../../testing';
import { handler, ParcelStack } from './app/stack';

let open: TestStack;
afterEach(() => open.close());

const profile = DeploymentProfile.SANDBOX;
const key = { name: 'id', type: AttributeType.STRING };
const routesOf = (scope: Stack) =>
  new MicroModule(scope, 'Desk', {
    handler,
    profile,
    routes: [Route.get('/orders/{id}', { access: Access.ANYONE })],
  });
const load = (name: string) => () => ({
  handler: routes({
    'GET /orders/{id}': async ({ params }) => {
      const order = await table(name).get({ id: params.id });
      return order === undefined ? json(404, { error: { code: 'none' } }) : json(200, order);
    },
  }),
});

test('a table of another stack is found by the exports of its stack', async () => {
  open = await testStack(() => {
    const app = new App();
    const orders = new ShardedTable(new Stack(app, 'Data'), 'Orders', { partitionKey: key, profile });
    orders.grantReadData(routesOf(new Stack(app, 'Api')));
    return app;
  });
  const module = await open.testModule('Api/Desk', load('Orders'));
  open.table('Orders').put({ id: '1', lines: [1, 2n ** 60n], tags: new Set(['a']), raw: new Uint8Array([1]) });
  expect((await module.get('/orders/1')).status).toBe(500); // JSON has no bigint
  open.table('Orders').put({ id: '1', lines: [1] });
  expect(await module.get('/orders/1')).toMatchObject({ status: 200, body: { id: '1', lines: [1] }, denied: [] });
});

test('a table of a nested stack is found by the parameters of its parent', async () => {
  open = await testStack(() => {
    const stack = new Stack(new App(), 'Shop');
    const orders = new ShardedTable(new NestedStack(stack, 'Data'), 'Bills', { partitionKey: key, profile });
    orders.grantQueryData(routesOf(new NestedStack(stack, 'Api')));
    return stack;
  });
  const module = await open.testModule('Shop/Api/Desk', load('Bills'));
  open.table('Shop/Data/Bills').put({ id: '1' });
  expect(await module.get('/orders/1')).toMatchObject({ status: 200, body: { id: '1' }, denied: [] });
});

test('a worker of another stack gets the messages of a table, beside one of the same stack', async () => {
  open = await testStack(() => {
    const app = new App();
    const data = new Stack(app, 'Data');
    const orders = new ShardedTable(data, 'Orders', { partitionKey: key, profile });
    orders.publishTo(new QueueWorker(data, 'Near', { handler, profile }));
    orders.publishTo(new QueueWorker(new Stack(app, 'Work'), 'Far', { handler, profile }));
    orders.grantQueryPutData(routesOf(data));
    return app;
  });
  const outbox = ['Near', 'Far'].map((to) => ({ to, body: to }));
  const module = await open.testModule('Data/Desk', () => ({
    handler: routes({
      'GET /orders/{id}': async ({ params }) => {
        await table('Orders').put({ id: params.id }, { outbox });
        return json(200, {});
      },
    }),
  }));
  expect((await module.get('/orders/1')).status).toBe(200);
  await open.relay();
  expect([open.waiting('Data/Near'), open.waiting('Work/Far')]).toMatchObject([[{ body: 'Near' }], [{ body: 'Far' }]]);
});

test('another test stack of the process has tables of its own, with the same names for handlers', async () => {
  const make = (shards: number) => () => {
    const stack = new Stack(new App(), 'Shop');
    new ShardedTable(stack, 'Orders', { partitionKey: key, shards, profile }).grantQueryData(routesOf(stack));
    return stack;
  };
  open = await testStack(make(1));
  const first = await open.testModule('Shop/Desk', load('Orders'));
  open.table('Orders').put({ id: '1' });
  expect((await first.get('/orders/1')).status).toBe(200);
  await open.close();
  open = await testStack(make(4));
  const second = await open.testModule('Shop/Desk', load('Orders'));
  expect((await second.get('/orders/1')).status).toBe(404);
  open.table('Orders').put({ id: '1' });
  expect((await second.get('/orders/1')).status).toBe(200);
});

test('people and services of an OIDC issuer are distinguished by the declared claims', async () => {
  open = await testStack(() => new ParcelStack(new App(), 'P', 'oidc'));
  const desk = await open.testModule('P/Desk', () => import('./app/desk'));
  expect((await desk.get('/parcels', { caller: person({ id: 'anna' }) })).status).toBe(200);
  expect((await desk.get('/parcels', { caller: person({ id: 'anna', aud: 'other' }) })).body.error.code).toBe(
    'token_foreign',
  );
});

test('a person of an OIDC issuer has the claims that issuers write by default', async () => {
  open = await testStack(() => new ParcelStack(new App(), 'P', 'oidc'));
  const desk = await open.testModule('P/Desk', () => import('./app/desk'));
  const claimsOf = (props: PersonProps) =>
    JSON.parse(Buffer.from(desk.tokenOf(person(props)).split('.')[1] ?? '', 'base64url').toString());
  expect(claimsOf({ id: 'anna' })).toMatchObject({ sub: 'anna', email: 'anna@example.com', email_verified: true });
  expect(claimsOf({ id: 'anna@example.org' })).toMatchObject({ email: 'anna@example.org' });
  expect(claimsOf({ id: 'anna', email: 'a@example.org' })).toMatchObject({ email: 'a@example.org' });
  expect(claimsOf({ id: 'anna', email: undefined })).not.toHaveProperty('email');
});

test('a caller is refused where no route reads a token', async () => {
  open = await testStack(() => routesOf(new Stack(new App(), 'Shop')));
  const module = await open.testModule('Shop/Desk', load('Orders'));
  await expect(module.get('/orders/1', { caller: person({ id: 'a' }) })).rejects.toThrow(
    'send the request without a caller',
  );
});
