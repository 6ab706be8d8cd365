import * as fc from 'fast-check';
import {
  ConditionFailed,
  Connection,
  ifAbsent,
  ifEquals,
  ifPresent,
  TransactionRefused,
  table,
  transact,
} from '../../lambdas/runtime';
import { holdsForAbsent } from '../../lambdas/runtime/table/absent';
import { holds } from '../../testing/dynamodb/expression';
import { Placeholders } from '../../testing/dynamodb/tokens';
import { DynamoStub } from './dynamodb-stub';

const NOW_SECONDS = 2_000;
const EXPIRED = { id: 'x', owner: 'a', until: NOW_SECONDS };
const KEY = { id: 'x' };

interface Lock {
  readonly id: string;
  readonly owner?: string;
  readonly until?: number;
  readonly n?: number;
}

let stub: DynamoStub;
let connection: Connection;
const locks = () => table<Lock, 'id'>('Locks', { connection });
const stored = () => [0, 1].flatMap((i) => stub.items(`Locks-${i}`));

beforeEach(async () => {
  stub = await DynamoStub.start();
  stub.createSharded('Locks', { partitionKey: 'id' }, 2, { timeToLive: 'until' });
  connection = new Connection(
    { mapTable: 'map' },
    { client: stub.client, now: () => NOW_SECONDS * 1_000, sleep: async () => undefined },
  );
});
afterEach(() => stub.stop());

describe('an item past its time to live is absent', () => {
  beforeEach(() => locks().put(EXPIRED));

  test('for every read', async () => {
    expect(await locks().get(KEY)).toBeUndefined();
    expect(await locks().batchGet([KEY])).toEqual([undefined]);
    expect((await locks().query(KEY)).items).toEqual([]);
    expect((await locks().scatter()).items).toEqual([]);
  });

  test('for a put that creates', async () => {
    await locks().put({ ...KEY, owner: 'b', until: NOW_SECONDS + 1 }, { condition: ifAbsent('id') });
    expect(await locks().get(KEY)).toMatchObject({ owner: 'b' });
    await expect(locks().put(EXPIRED, { condition: ifAbsent('id') })).rejects.toBeInstanceOf(ConditionFailed);
  });

  test('for conditions of put and delete', async () => {
    for (const condition of [ifPresent('id'), ifEquals({ owner: 'a' })]) {
      await expect(locks().put({ ...EXPIRED, owner: 'b' }, { condition })).rejects.toMatchObject({
        current: undefined,
      });
      await expect(locks().delete(KEY, { condition })).rejects.toMatchObject({ current: undefined });
    }
    await locks().delete(KEY, { condition: ifEquals({ owner: undefined }) });
    expect(stored()).toEqual([]);
  });

  test('for an update', async () => {
    await expect(locks().update(KEY, { set: { owner: 'b' } })).rejects.toMatchObject({
      name: 'ConditionFailed',
      current: undefined,
    });
  });

  test('for an upsert, which keeps nothing of it', async () => {
    const changes = { set: { until: NOW_SECONDS + 9 }, setIfAbsent: { owner: 'b' }, add: { n: 2 } };
    const after = { ...KEY, until: NOW_SECONDS + 9, owner: 'b', n: 2 };
    expect(await locks().update(KEY, changes, { upsert: true })).toEqual(after);
    expect(await locks().get(KEY)).toEqual(after);
  });

  test.each([
    ['replaced by another', () => locks().put({ ...KEY, n: 5, until: NOW_SECONDS + 9 }), 6],
    ['removed by DynamoDB', () => locks().delete(KEY), 1],
  ])('for an upsert while it is %s', async (_, meanwhile, n) => {
    let isFirst = true;
    stub.intervene = async ({ operation }) => {
      if (operation !== 'PutItem' || !isFirst) return undefined;
      isFirst = false;
      await meanwhile();
      return undefined;
    };
    expect(await locks().update(KEY, { add: { n: 1 } }, { upsert: true })).toMatchObject({ n });
    expect(isFirst).toBe(false);
  });

  test('for an upsert in a transaction while it is replaced by another', async () => {
    let transactions = 0;
    stub.intervene = async ({ operation }) => {
      if (operation === 'TransactWriteItems' && ++transactions === 2)
        await locks().put({ ...KEY, n: 5, until: NOW_SECONDS + 9 });
      return undefined;
    };
    await transact([{ in: locks(), update: KEY, upsert: true, add: { n: 1 } }]);
    expect(transactions).toBe(3);
    expect(await locks().get(KEY)).toMatchObject({ n: 6 });
  });

  test('for the condition of an upsert in a transaction, which is refused at once', async () => {
    const refused = transact([
      { in: locks(), update: KEY, upsert: true, add: { n: 1 }, condition: ifPresent('owner') },
    ]);
    await expect(refused).rejects.toMatchObject({ reasons: [{ reason: 'condition' }] });
    expect(stub.count('TransactWriteItems')).toBe(1);
  });

  test('for the condition of an upsert', async () => {
    const upsert = (condition: ReturnType<typeof ifPresent<'owner'>>) =>
      locks().update(KEY, { set: { n: 1 } }, { upsert: true, condition });
    await expect(upsert(ifPresent('owner'))).rejects.toBeInstanceOf(ConditionFailed);
    expect(await upsert(ifAbsent('owner'))).toEqual({ ...KEY, n: 1 });
  });

  test('for a transaction', async () => {
    await transact([
      { in: locks(), put: { id: 'y', until: NOW_SECONDS + 9 }, condition: ifAbsent('id') },
      { in: locks(), check: KEY, condition: ifAbsent('id') },
    ]);
    await transact([{ in: locks(), update: KEY, upsert: true, add: { n: 1 } }]);
    expect(await locks().get(KEY)).toEqual({ ...KEY, n: 1 });
    await locks().put(EXPIRED);
    const refused = transact([{ in: locks(), update: KEY, set: { n: 1 } }]);
    await expect(refused).rejects.toBeInstanceOf(TransactionRefused);
    await expect(refused).rejects.toMatchObject({ reasons: [expect.not.objectContaining({ current: EXPIRED })] });
  });
});

test('an item within its time is as present as any', async () => {
  await locks().put({ ...EXPIRED, until: NOW_SECONDS + 1 });
  expect(await locks().update(KEY, { add: { n: 1 } }, { condition: ifEquals({ owner: 'a' }) })).toMatchObject({ n: 1 });
  await expect(locks().put(EXPIRED, { condition: ifAbsent('id') })).rejects.toMatchObject({
    current: { owner: 'a', n: 1 },
  });
  await locks().update(KEY, { set: { n: 7 } }, { upsert: true });
  expect(await locks().get(KEY)).toMatchObject({ owner: 'a', n: 7 });
});

describe('an absent item', () => {
  const either = {
    expression: 'attribute_not_exists(#owner) OR #owner = :me',
    names: { '#owner': 'owner' },
    values: { ':me': 'me' },
  } as const;

  test('isn’t created by an update, whatever the condition says', async () => {
    await expect(locks().update(KEY, { set: { n: 1 } }, { condition: either })).rejects.toBeInstanceOf(ConditionFailed);
    await expect(locks().update(KEY, { set: { n: 1 } }, { upsert: false })).rejects.toBeInstanceOf(ConditionFailed);
    await expect(transact([{ in: locks(), update: KEY, set: { n: 1 }, condition: either }])).rejects.toBeInstanceOf(
      TransactionRefused,
    );
    expect(stored()).toEqual([]);
  });

  test('is created by an upsert whose condition holds', async () => {
    await locks().update(KEY, { set: { n: 1 } }, { upsert: true, condition: either });
    expect(await locks().get(KEY)).toEqual({ ...KEY, n: 1 });
  });
});

describe('holdsForAbsent', () => {
  test.each([
    ['attribute_not_exists(#absent)', true],
    ['attribute_exists(a)', false],
    ['a = :v', false],
    ['a <> :v', true],
    ['NOT a = :v', true],
    ['a between :v and :v', false],
    ['a IN (:v, :v) OR b <> :v', true],
    ['size(a) > :v', false],
    ['contains(a.b[0].#c, :v) or attribute_not_exists(a.b)', true],
    ['attribute_type(a, :v)', false],
  ])('%s: %p', (expression, expected) => {
    expect(holdsForAbsent(expression)).toBe(expected);
  });

  test('agrees with an evaluation over no attributes', () => {
    const term = fc.constantFrom(
      'attribute_exists(a)',
      'attribute_not_exists(#b)',
      'a = :v',
      'a <> :v',
      'a < :v',
      'begins_with(a, :v)',
      'a BETWEEN :v AND :v',
    );
    const { expression } = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof(
        { maxDepth: 4 },
        term,
        fc.tuple(tie('expression'), tie('expression')).map(([x, y]) => `${x} AND ${y}`),
        fc.tuple(tie('expression'), tie('expression')).map(([x, y]) => `(${x} OR ${y})`),
        tie('expression').map((x) => `NOT (${x})`),
      ),
    }));
    const placeholders = new Placeholders({ '#b': 'b' }, { ':v': { S: 'v' } });
    void fc.assert(
      fc.property(expression, (text) => {
        expect(holdsForAbsent(text)).toBe(holds(text, undefined, placeholders));
      }),
      { numRuns: 500 },
    );
  });
});

describe('reads see the last write', () => {
  beforeEach(async () => {
    await locks().put({ ...KEY, n: 1 });
    await locks().update(KEY, { set: { n: 2 } });
    stub.lags = true;
  });

  test('unless they are eventual', async () => {
    expect(await locks().get(KEY)).toMatchObject({ n: 2 });
    expect(await locks().batchGet([KEY])).toMatchObject([{ n: 2 }]);
    expect((await locks().query(KEY)).items).toMatchObject([{ n: 2 }]);
    expect((await locks().scatter()).items).toMatchObject([{ n: 2 }]);
    const eventual = { eventual: true };
    expect(await locks().get(KEY, eventual)).toMatchObject({ n: 1 });
    expect(await locks().batchGet([KEY], eventual)).toMatchObject([{ n: 1 }]);
    expect((await locks().query(KEY, eventual)).items).toMatchObject([{ n: 1 }]);
    expect((await locks().scatter(eventual)).items).toMatchObject([{ n: 1 }]);
  });

  test('of the shard map, too', async () => {
    stub.createSharded('Locks', { partitionKey: 'id' }, 1, { epoch: 2 });
    connection.forget('Locks');
    expect((await connection.map('Locks')).epoch).toBe(2);
  });
});
