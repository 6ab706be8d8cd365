import { Connection, ifAbsent, ifEquals, table } from '../../lambdas/runtime';
import { DynamoStub } from './dynamodb-stub';

interface Stock {
  readonly sku: string;
  readonly n?: number;
  readonly status?: string;
  readonly by?: string;
}

let stub: DynamoStub;
let connection: Connection;
const stock = () => table<Stock, 'sku'>('Stock', { connection });
const KEY = { sku: 'x' };

beforeEach(async () => {
  stub = await DynamoStub.start();
  stub.createSharded('Stock', { partitionKey: 'sku' }, 2);
  connection = new Connection({ mapTable: 'map' }, { client: stub.client });
});
afterEach(() => stub.stop());

/** Does the first call of an operation and loses its answer; `between` runs before the retry. */
function loseAnswerOf(operation: string, between: () => Promise<unknown>): void {
  let calls = 0;
  stub.intervene = async (call) => {
    if (call.operation !== operation) return undefined;
    calls++;
    if (calls === 1) stub.loseAnswers = 1;
    if (calls === 2) await between();
    return undefined;
  };
}

describe('a write whose answer was lost, with another write before its retry', () => {
  test('an addition is done once', async () => {
    await stock().put({ ...KEY, n: 0 });
    loseAnswerOf('UpdateItem', () => stock().update(KEY, { set: { by: 'another' } }));
    expect(await stock().update(KEY, { add: { n: 1 } })).toEqual({ ...KEY, n: 1, by: 'another' });
    expect(await stock().get(KEY)).toEqual({ ...KEY, n: 1, by: 'another' });
  });

  test('an addition is done once, with three updates in between', async () => {
    await stock().put({ ...KEY, n: 0 });
    loseAnswerOf('UpdateItem', async () => {
      for (const by of ['a', 'b', 'c']) await stock().update(KEY, { set: { by }, add: { n: 10 } });
    });
    await stock().update(KEY, { add: { n: 1 } });
    expect(await stock().get(KEY)).toEqual({ ...KEY, n: 31, by: 'c' });
  });

  test('a create is not reported as refused', async () => {
    loseAnswerOf('PutItem', () => stock().update(KEY, { set: { by: 'another' } }));
    await stock().put({ ...KEY, n: 1 }, { condition: ifAbsent('sku') });
    expect(await stock().get(KEY)).toEqual({ ...KEY, n: 1, by: 'another' });
  });

  test('a conditional update is done once, even if the condition holds again', async () => {
    await stock().put({ ...KEY, status: 'placed' });
    loseAnswerOf('UpdateItem', () => stock().update(KEY, { set: { status: 'placed', by: 'another' } }));
    await stock().update(KEY, { set: { status: 'paid' } }, { condition: ifEquals({ status: 'placed' }) });
    expect(await stock().get(KEY)).toEqual({ ...KEY, status: 'placed', by: 'another' });
  });

  test.each<[string, () => Promise<unknown>]>([
    ['UpdateItem', () => stock().update(KEY, { set: { status: 'paid' } })],
    ['PutItem', () => stock().put({ ...KEY, status: 'paid' })],
  ])('a %s without a condition does not overwrite the other', async (operation, write) => {
    await stock().put({ ...KEY, status: 'new' });
    loseAnswerOf(operation, () => stock().update(KEY, { set: { status: 'shipped' } }));
    await write();
    expect(await stock().get(KEY)).toEqual({ ...KEY, status: 'shipped' });
  });
});

test('a create that another did first is refused, also after a lost answer', async () => {
  await stock().put({ ...KEY, by: 'another' });
  await connection.map('Stock');
  stub.loseAnswers = 1;
  await expect(stock().put(KEY, { condition: ifAbsent('sku') })).rejects.toMatchObject({
    name: 'ConditionFailed',
    current: { ...KEY, by: 'another' },
  });
});

test('tokens are seen by no reader and are short', async () => {
  await stock().put(KEY);
  for (const n of [1, 2, 3, 4]) await stock().update(KEY, { set: { n } });
  expect(await stock().get(KEY)).toEqual({ ...KEY, n: 4 });
  const [stored] = [0, 1].flatMap((i) => stub.items(`Stock-${i}`));
  const tokens = ['_v', '_v1', '_v2', '_v3'].map((name) => String(stored?.[name]?.['S']));
  expect(new Set(tokens).size).toBe(4);
  for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{16}$/);
});
