import { once, PermanentFailure } from '../../../lambdas/runtime';
import { DynamoDbError } from '../dynamodb-stub';
import { errorOf, messageOf, OrdersFixture } from './orders-fixture';

let fixture: OrdersFixture;
beforeAll(async () => {
  fixture = await OrdersFixture.start();
});
afterAll(() => fixture.stop());
beforeEach(() => fixture.reset());

const keyOf = (number: number) => ({ customerId: `c${number}`, orderId: '1' });

/** Ten placed orders in both shards, and a step that counts. */
async function tenOrders() {
  const db = fixture.orders();
  await db.batchWrite(Array.from({ length: 10 }, (_, i) => ({ put: { ...keyOf(i), status: 'placed', count: i } })));
  fixture.stub.calls.length = 0;
  return once(db, 'count', {}, ({ count = 0 }) => ({ set: { note: `had ${count}` } }));
}

const reads = () => ['BatchGetItem', 'GetItem'].map((operation) => fixture.stub.count(operation));
const notes = async () =>
  (await fixture.orders().batchGet(Array.from({ length: 10 }, (_, i) => keyOf(i)))).map((order) => order?.note);
const NOTES = Array.from({ length: 10 }, (_, i) => `had ${i}`);

test('ten messages read their items by one request, strongly consistent, from all shards', async () => {
  const count = await tenOrders();
  await Promise.all(Array.from({ length: 10 }, (_, i) => count(messageOf(keyOf(i)))));
  expect(reads()).toEqual([1, 0]);
  const [call] = fixture.stub.calls.filter(({ operation }) => operation === 'BatchGetItem');
  const requests = Object.entries(call!.input['RequestItems'] as Record<string, { ConsistentRead: boolean }>);
  expect(requests.map(([table, { ConsistentRead }]) => [table, ConsistentRead]).sort()).toEqual([
    ['Orders-0', true],
    ['Orders-1', true],
  ]);
  expect(await notes()).toEqual(NOTES);
});

test('a message alone reads its item by itself', async () => {
  const count = await tenOrders();
  await count(messageOf(keyOf(3)));
  expect(reads()).toEqual([0, 1]);
});

test('an item that is missing fails only its own message', async () => {
  const count = await tenOrders();
  const errors = await Promise.all([keyOf(1), keyOf(99), keyOf(2)].map((key) => errorOf(count(messageOf(key)))));
  expect(errors).toEqual([undefined, expect.any(PermanentFailure), undefined]);
});

test('keys that DynamoDB leaves unprocessed are read alone', async () => {
  const count = await tenOrders();
  fixture.stub.intervene = ({ operation, input }) =>
    operation === 'BatchGetItem' ? { Responses: {}, UnprocessedKeys: input['RequestItems'] } : undefined;
  await Promise.all(Array.from({ length: 10 }, (_, i) => count(messageOf(keyOf(i)))));
  expect(reads()).toEqual([1, 10]);
  fixture.stub.intervene = () => undefined;
  expect(await notes()).toEqual(NOTES);
});

test('if DynamoDB refuses the request, each item is read alone', async () => {
  const count = await tenOrders();
  fixture.stub.intervene = ({ operation }) => {
    if (operation === 'BatchGetItem') throw new DynamoDbError('AccessDeniedException', 'not allowed');
    return undefined;
  };
  await Promise.all(Array.from({ length: 10 }, (_, i) => count(messageOf(keyOf(i)))));
  expect(reads()).toEqual([1, 10]);
});

test('if DynamoDB throttles all attempts, all messages fail, and no item is read alone', async () => {
  const count = await tenOrders();
  fixture.stub.intervene = ({ operation }) => {
    if (operation === 'BatchGetItem') throw new DynamoDbError('InternalServerError', 'down', {}, 500);
    return undefined;
  };
  const errors = await Promise.all([1, 2].map((i) => errorOf(count(messageOf(keyOf(i))))));
  expect(errors).toEqual([
    expect.objectContaining({ name: 'TableOverloaded' }),
    expect.objectContaining({ name: 'TableOverloaded' }),
  ]);
  expect(reads()[1]).toBe(0);
});

test('two messages about one item get objects of their own', async () => {
  const db = fixture.orders();
  await db.put({ ...keyOf(1), lines: ['mug'] } as ReturnType<typeof keyOf>);
  fixture.stub.calls.length = 0;
  const seen: unknown[] = [];
  const look = (step: string) =>
    once(db, step, {}, (order) => {
      seen.push((order as { lines?: string[] }).lines);
      return undefined;
    });
  await Promise.all([look('one')(messageOf(keyOf(1))), look('two')(messageOf(keyOf(1)))]);
  expect([reads(), seen]).toEqual([
    [1, 0],
    [['mug'], ['mug']],
  ]);
  expect(seen[0]).not.toBe(seen[1]);
});
