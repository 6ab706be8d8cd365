import { App } from 'aws-cdk-lib';
import { table, worker } from '../../../lambdas/runtime';
import { type TestStack, type TestWorker, testStack } from '../../../testing';
import { ParcelStack } from './app/stack';
import { loaded } from './app/trucks';

let stack: TestStack;
let trucks: TestWorker;
beforeAll(async () => {
  stack = await testStack(() => new ParcelStack(new App(), 'P'));
  trucks = await stack.testWorker('P/Trucks', () => import('./app/trucks'));
}, 60_000);
beforeEach(() => {
  stack.reset();
  loaded.length = 0;
});
afterAll(() => stack.close());

const parcels = (...names: readonly `${string}@${string}`[]) =>
  names.map((name) => {
    const [parcelId, group = ''] = name.split('@');
    return { body: { parcelId }, group };
  });
const ends = () =>
  trucks.results.map(({ body, outcome, receiveCount, isDead }) => {
    const { parcelId } = body as { parcelId: string };
    return `${parcelId} ${outcome} ${receiveCount}${isDead ? ' dead' : ''}`;
  });

test.each([
  [
    'an unknown target',
    { to: 'Vans' },
    "'Parcels' must publish to 'Vans', got targets Labels, Trucks: declare it with",
  ],
  ['a FIFO target without a group', { to: 'Trucks' }, "'group' must be set, because 'Trucks' has a FIFO queue"],
])('a message to %s fails the write with a reason', async (_, message, reason) => {
  const handler = worker(async () => {
    const outbox = [{ ...message, body: {} }];
    await table('Parcels').put({ owner: 'anna', parcelId: 'p1' }, { outbox });
  });
  const labels = await stack.testWorker('P/Labels', () => ({ handler }));
  await labels.deliver({ body: {} });
  expect(labels.results).toMatchObject([{ outcome: 'failed', reason: expect.stringContaining(reason) }]);
  expect(stack.table('Parcels').items()).toEqual([]);
});

test('a FIFO queue keeps the order of each group', async () => {
  await trucks.deliver(...parcels('a1@a', 'a2@a', 'b1@b', 'a3@a', 'b2@b'));
  expect(loaded.filter((id) => String(id).startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
  expect(loaded.filter((id) => String(id).startsWith('b'))).toEqual(['b1', 'b2']);
});

test('behind a failure, its group waits: in its batch and in later ones', async () => {
  await trucks.deliver(...parcels('heavy@a', 'a2@a', 'b1@b', 'a3@a', 'b2@b'));
  expect(ends()).toEqual(['heavy failed 1', 'a2 behind a failure 1', 'b1 done 1', 'b2 done 1']);
  expect(trucks.waiting.map(({ receiveCount }) => receiveCount)).toEqual([1, 1, 0]);
  expect(loaded).toEqual(['b1', 'b2']);
});

test('a message that always fails is held at its fifth delivery, and its group goes on', async () => {
  await trucks.deliver(...parcels('heavy@a', 'a2@a', 'a3@a', 'a4@a'));
  for (let i = 0; i < 3; i++) await trucks.deliver();
  expect([loaded, trucks.held]).toEqual([[], []]);
  const results = await trucks.deliver();
  expect(results.map(({ outcome, receiveCount, isDead }) => [outcome, receiveCount, isDead])).toEqual([
    ['failed', 5, true],
    ['done', 5, false],
    ['done', 5, false],
    ['done', 1, false],
  ]);
  expect([loaded, trucks.waiting, trucks.deadLetters]).toEqual([['a2', 'a3', 'a4'], [], []]);
  expect(trucks.held).toMatchObject([{ body: { parcelId: 'heavy' }, group: 'a', reason: 'gave-up', receiveCount: 5 }]);
  stack.reset();
  expect(trucks.held).toEqual([]);
});

test('messages of one group that were sent at the same time are all held', async () => {
  await trucks.deliver(...parcels('heavy@a', 'heavy@a', 'heavy@a'));
  for (let i = 0; i < 4; i++) await trucks.deliver();
  expect(trucks.held).toHaveLength(3);
});

test('a standard queue delivers the others of a group', async () => {
  const labels = await stack.testWorker('P/Labels', () => import('./app/labels'));
  const body = { owner: 'o', parcelId: 'broken' };
  const results = await labels.deliver({ body, group: 'g' }, { body: {}, group: 'g' });
  expect(results.map(({ outcome, isDead }) => [outcome, isDead])).toEqual([
    ['failed', false],
    ['refused', true],
  ]);
  expect(labels.held).toMatchObject([{ body: {}, reason: 'refused' }]);
  expect(results.flatMap(({ denied }) => denied)).toEqual([]);
});

test('a handler that fails as a whole fails its batch', async () => {
  const own = await stack.testWorker('P/Trucks', () => ({
    handler: () => {
      throw new Error('out of memory');
    },
  }));
  const results = await own.deliver(...parcels('a1@a', 'b1@b'));
  expect(results).toMatchObject([
    { outcome: 'failed', reason: 'Error: out of memory' },
    { outcome: 'failed', reason: 'Error: out of memory' },
  ]);
});
