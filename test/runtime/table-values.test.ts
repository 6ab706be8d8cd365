import * as fc from 'fast-check';
import { Connection, ItemTooLarge, ifEquals, table, transact, UsageError } from '../../lambdas/runtime';
import { toNumber } from '../../lambdas/runtime/table/numbers';
import { DYNAMODB } from '../../lib/limits';
import { initialSlots } from '../../lib/protocol';
import { DynamoDbError, DynamoStub } from './dynamodb-stub';

const KEY = { sku: 'x' };

let stub: DynamoStub;
let connection: Connection;
const stock = () => table('Stock', { connection });

beforeEach(async () => {
  stub = await DynamoStub.start();
  stub.createSharded('Stock', { partitionKey: 'sku' }, 1);
  connection = new Connection({ mapTable: 'map' }, { client: stub.client });
  await connection.map('Stock');
});
afterEach(() => stub.stop());

describe('numbers', () => {
  test.each(['0.1234567890123456789', '-98765432109876543210.5', '1000000000000000.1'])(
    'the decimal %s is read and written back with all its digits',
    async (text) => {
      stub.putRaw('Stock-0', { sku: { S: 'x' }, n: { N: text } });
      const item = await stock().get(KEY);
      expect(String(item?.['n'])).toBe(text);
      await stock().put({ ...KEY, n: item?.['n'] });
      expect(stub.items('Stock-0')[0]?.['n']).toEqual({ N: text });
    },
  );

  test('that JavaScript writes come back as they were', () => {
    void fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e100, max: 1e100 }), (value) => {
        fc.pre(!Number.isInteger(value) || Number.isSafeInteger(value));
        expect(toNumber(String(value), { from: (text) => ({ value: text }) })).toBe(value + 0);
      }),
    );
  });
});

describe('a value that DynamoDB does not store', () => {
  class Money {
    readonly pence = 1;
  }

  test.each<[string, unknown, RegExp]>([
    ['a Date', new Date(0), /item of 'Stock': 'at' must not be a Date; store its toISOString\(\)/],
    ['undefined in a list', [1, undefined, 3], /'at\[1\]' .* got undefined/],
    ['a whole number beyond 2 ** 53', 2 ** 60, /'at' must be a bigint/],
    ['NaN deep inside', { list: [{ n: Number.NaN }] }, /'at\.list\[0\]\.n' must be a finite number, got NaN/],
    ['a function', () => 1, /'at' .* got function/],
    ['an instance of a class', new Money(), /'at' must be a plain object/],
    ['an empty set', new Set(), /'at' must be a set with members/],
    ['half a character', 'a\ud800', /'at' must be well-formed Unicode/],
  ])('%s is refused by name in every write', async (_, at, message) => {
    const calls = stub.calls.length;
    for (const write of [
      () => stock().put({ ...KEY, at }),
      () => stock().update(KEY, { set: { at } }),
      () => stock().update(KEY, { setIfAbsent: { at } }),
      () => stock().batchWrite([{ put: { ...KEY, at } }]),
      () => transact([{ in: stock(), put: { ...KEY, at } }]),
    ]) {
      const error = await write().catch((e: unknown) => e);
      expect(error).toBeInstanceOf(UsageError);
      expect((error as Error).message).toMatch(new RegExp(message.source.replace("item of 'Stock'", '.*')));
    }
    expect(stub.calls).toHaveLength(calls);
  });

  test('is refused in a condition, too', async () => {
    const condition = { expression: 'a = :a', values: { ':a': new Date(0) } };
    await expect(stock().put(KEY, { condition })).rejects.toThrow(/':a' must not be a Date/);
    await expect(
      stock().put(KEY, { condition: { expression: 'a = :a', values: { ':a': undefined } } }),
    ).rejects.toThrow(/':a' must not be undefined/);
  });

  test('is not refused where it can be stored: optional, null, map, set, bytes', async () => {
    const item = { ...KEY, none: null, map: { a: [true, 'b'] }, set: new Set([1, 2]), bytes: new Uint8Array([1]) };
    await stock().put({ ...item, gone: undefined, map: { ...item.map, gone: undefined } });
    expect(await stock().get(KEY)).toEqual(item);
  });
});

describe('an item over 400 KB', () => {
  const large = 'é'.repeat(DYNAMODB.MAX_ITEM_BYTES / 2);

  test('is refused before it is sent', async () => {
    const calls = stub.calls.length;
    for (const write of [
      () => stock().put({ ...KEY, large }),
      () => stock().update(KEY, { set: { large } }, { upsert: true }),
      () => stock().batchWrite([{ put: { ...KEY, large } }]),
      () => transact([{ in: stock(), put: { ...KEY, large } }]),
    ]) {
      const error = await write().catch((e: unknown) => e);
      expect(error).toBeInstanceOf(ItemTooLarge);
      expect(error).toBeInstanceOf(UsageError);
      expect((error as ItemTooLarge).bytes).toBeGreaterThan(DYNAMODB.MAX_ITEM_BYTES);
      expect((error as Error).message).toMatch(/'Stock' may have 409600 bytes, got 4\d{5}/);
    }
    expect(stub.calls).toHaveLength(calls);
  });

  test('is stored if it just fits', async () => {
    await stock().put({ ...KEY, large: large.slice(40) });
    expect(stub.items('Stock-0')).toHaveLength(1);
  });

  test('is no matter of what a condition compares', async () => {
    const half = 'x'.repeat(250_000);
    await stock().put({ ...KEY, large: half });
    const condition = ifEquals({ large: half });
    expect(await stock().update(KEY, { set: { large: `${half}y` } }, { condition })).toMatchObject({
      large: `${half}y`,
    });
  });

  test('after an update is the same error, without a size', async () => {
    stub.intervene = ({ operation }) => {
      if (operation !== 'UpdateItem') return undefined;
      throw new DynamoDbError('ValidationException', 'Item size to update has exceeded the maximum allowed size');
    };
    await expect(stock().update(KEY, { set: { a: 1 } })).rejects.toMatchObject({
      name: 'ItemTooLarge',
      bytes: undefined,
    });
  });
});

describe('the targets of an outbox message', () => {
  const declare = (targets: Readonly<Record<string, boolean>>) =>
    stub.putRaw('map', {
      table: { S: 'Known' },
      epoch: { N: '1' },
      shards: { L: [{ S: 'Known-0' }] },
      slots: { S: initialSlots(1) },
      partitionKey: { S: 'sku' },
      targets: {
        M: Object.fromEntries(Object.entries(targets).map(([name, fifo]) => [name, { M: { fifo: { BOOL: fifo } } }])),
      },
    });
  beforeEach(() => {
    stub.createTable('Known-0', { partitionKey: 'sku' });
    declare({ Mail: false, Payments: true });
  });
  const known = () => table('Known', { connection });

  test.each([
    [{ to: 'Parcels', body: 1 }, /must publish to 'Parcels', got targets .*Mail/],
    [{ to: 'constructor', body: 1 }, /must publish to 'constructor'/],
    [{ to: 'Payments', body: 1 }, /'group' must be set, because 'Payments' has a FIFO queue/],
  ])('%j is refused before the write', async (message, error) => {
    const outbox = [message];
    for (const write of [
      () => known().put(KEY, { outbox }),
      () => known().update(KEY, {}, { outbox, upsert: true }),
      () => known().batchWrite([{ put: KEY, outbox }]),
      () => transact([{ in: known(), put: KEY, outbox }]),
    ]) {
      await expect(write()).rejects.toThrow(error);
      await expect(write()).rejects.toBeInstanceOf(UsageError);
    }
    expect(stub.items('Known-0')).toEqual([]);
  });

  test('that are declared are written', async () => {
    const outbox = [
      { to: 'Mail', body: 1 },
      { to: 'Payments', body: 1, group: 'a' },
    ];
    await known().put(KEY, { outbox });
    expect(stub.items('Known-0')).toHaveLength(1);
  });

  test('that a deployment has just added are written, although the known map lacks them', async () => {
    await known().put(KEY);
    declare({ Mail: false, Payments: true, Parcels: false });
    await known().put(KEY, { outbox: [{ to: 'Parcels', body: 1 }] });
    expect(stub.items('Known-0')).toMatchObject([{ _outbox: expect.anything() }]);
  });
});

test('a client of a test may be an object with send alone', async () => {
  const client = { send: (command: never) => stub.client.send(command) } as unknown as typeof stub.client;
  stub.putRaw('Stock-0', { sku: { S: 'x' } });
  const bare = new Connection({ mapTable: 'map' }, { client });
  await expect(table('Stock', { connection: bare }).get(KEY)).resolves.toEqual(KEY);
});

describe('from JavaScript, a misspelt option is named', () => {
  const wrong = (options: object) => options as never;
  test.each<[string, () => Promise<unknown>, string]>([
    [
      'query',
      () => stock().query(KEY, wrong({ limits: 2 })),
      "options of query() on 'Stock' must be of signal, eventual",
    ],
    [
      'get',
      () => stock().get(KEY, wrong({ attribute: [] })),
      "options of get() on 'Stock' must be of signal, eventual",
    ],
    ['batchGet', () => stock().batchGet([KEY], wrong({ limit: 1 })), 'got limit'],
    ['scatter', () => stock().scatter(wrong({ parallel: 2 })), 'got parallel'],
    ['put', () => stock().put(KEY, wrong({ conditions: {} })), 'must be of signal, condition, outbox, got conditions'],
    ['update', () => stock().update(KEY, { set: { n: 1 } }, wrong({ upserts: true })), 'got upserts'],
    ['delete', () => stock().delete(KEY, wrong({ outbox: [] })), 'must be of signal, condition, got outbox'],
  ])('%s', async (_, call, message) => {
    await expect(call()).rejects.toThrow(UsageError);
    await expect(call()).rejects.toThrow(message);
  });

  test('a comparison of the sort key', async () => {
    stub.createSharded('Lines', { partitionKey: 'sku', sortKey: 'line' }, 1);
    await expect(table('Lines', { connection }).query(KEY, { sort: wrong({ startsWith: '1' }) })).rejects.toThrow(
      "sort condition on 'Lines' must be of attribute, equals, beginsWith",
    );
  });
});
