import { inspect } from 'node:util';
import * as fc from 'fast-check';
import {
  ConditionFailed,
  Connection,
  everyPage,
  InvalidCursor,
  ifAbsent,
  ifEquals,
  ifPresent,
  json,
  KeyTooLong,
  routes,
  StaleCursor,
  TableNotMapped,
  table,
  transact,
  Unprocessed,
  UsageError,
  worker,
} from '../../lambdas/runtime';
import { Invocation, withInvocation } from '../../lambdas/runtime/invocation';
import { packRoutes, slotOf } from '../../lib/protocol';
import { customerOfShard, DynamoDbError, DynamoStub, withoutStamps } from './dynamodb-stub';

const ORDERS = {
  partitionKey: 'customerId',
  sortKey: 'orderId',
  indexes: { byStatus: { partitionKeys: ['status'], sortKeys: ['placed'] } },
};

let stub: DynamoStub;
let sleeps: number[];
let clock: number;
let connection: Connection;

beforeEach(async () => {
  stub = await DynamoStub.start();
  stub.createSharded('Orders', ORDERS, 4);
  sleeps = [];
  clock = 1_000_000;
  let id = 0;
  connection = new Connection(
    { mapTable: 'map', retry: { attempts: 3, baseMs: 10, capMs: 15 } },
    {
      client: stub.client,
      now: () => clock,
      monotonic: () => clock,
      random: () => 0.5,
      sleep: async (ms) => {
        sleeps.push(ms);
      },
      newId: () => `id-${id++}`,
    },
  );
});
afterEach(() => stub.stop());

const orders = () => table('Orders', { connection });
const shardOfCustomer = (customerId: string) => `Orders-${Math.floor((slotOf(customerId) * 4) / 16_384)}`;

describe('an item', () => {
  test('is stored in the shard that owns the slot of its partition key, and is read back unchanged', async () => {
    const item = {
      customerId: '17850',
      orderId: '536365',
      lines: [{ sku: '85123A', quantity: 6 }],
      net: '139.12',
      big: 2n ** 60n,
    };
    await orders().put(item);
    expect(stub.items(shardOfCustomer('17850'))).toHaveLength(1);
    expect(await orders().get({ customerId: '17850', orderId: '536365' })).toEqual(item);
  });

  test('with any key is read back, without the library’s attributes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1, unit: 'grapheme' }),
        fc.string({ minLength: 1, unit: 'grapheme' }),
        fc.integer(),
        async (customerId, orderId, n) => {
          await orders().put({ customerId, orderId, n });
          expect(await orders().get({ customerId, orderId })).toEqual({ customerId, orderId, n });
        },
      ),
      { numRuns: 40 },
    );
  });

  test('that is absent is undefined, and an expired item is absent', async () => {
    stub.createSharded('Sessions', { partitionKey: 'id' }, 1, { timeToLive: 'expires' });
    const sessions = table('Sessions', { connection });
    await sessions.put({ id: 'old', expires: 1_000 });
    await sessions.put({ id: 'new', expires: 1_001 });
    expect(await sessions.get({ id: 'old' })).toBeUndefined();
    expect(await sessions.get({ id: 'new' })).toBeDefined();
    expect(await sessions.get({ id: 'old' }, { attributes: ['id'] })).toBeUndefined();
    expect(await sessions.get({ id: 'new' }, { attributes: ['id'] })).toEqual({ id: 'new' });
    expect(await sessions.get({ id: 'none' })).toBeUndefined();
  });

  test('is read consistently unless the read is eventual', async () => {
    await orders().get({ customerId: 'a', orderId: 'b' });
    await orders().get({ customerId: 'a', orderId: 'b' }, { eventual: true });
    expect(stub.calls.slice(-2).map((call) => call.input['ConsistentRead'])).toEqual([true, false]);
  });

  test.each([
    ['a missing sort key', { customerId: 'a' }, /'orderId' .* got nothing/],
    [
      'another attribute',
      { customerId: 'a', orderId: 'b', more: 'c' },
      /must be \{customerId, orderId\}, but also has more/,
    ],
    ['an empty string', { customerId: '', orderId: 'b' }, /'customerId' .* got an empty string/],
    ['a number that is not exact', { customerId: 2 ** 60, orderId: 'b' }, /exact number/],
    ['half a character', { customerId: '\ud800', orderId: 'b' }, /customerId/],
  ])('a key with %s is refused', async (_, key, message) => {
    await expect(orders().get(key as unknown as Record<string, string>)).rejects.toThrow(message);
    expect(stub.count('GetItem')).toBe(1); // the map's
  });
});

describe('a key that is longer than DynamoDB takes', () => {
  const long = (bytes: number) => 'é'.repeat(bytes / 2);

  test('is refused, and nothing is sent', async () => {
    await connection.map('Orders');
    const before = stub.calls.length;
    const key = { customerId: 'a', orderId: long(1_026) };
    for (const call of [
      () => orders().get(key),
      () => orders().get({ customerId: long(2_050), orderId: '1' }),
      () => orders().put(key),
      () => orders().update(key, {}),
      () => orders().batchGet([key]),
      () => orders().query({ customerId: long(2_050) }),
      () => orders().query({ customerId: 'a' }, { sort: { beginsWith: long(1_026) } }),
    ]) {
      const error = await call().catch((e: unknown) => e);
      expect(error).toBeInstanceOf(KeyTooLong);
      expect(error).toBeInstanceOf(UsageError);
      expect((error as Error).message).toMatch(/may have (1024|2048) bytes, got (1026|2050)$/);
    }
    expect(stub.calls).toHaveLength(before);
  });

  test('is allowed up to the limit in bytes', async () => {
    const key = { customerId: long(2_048), orderId: long(1_024) };
    await orders().put(key);
    expect(await orders().get(key)).toEqual(key);
  });
});

describe('a condition', () => {
  const key = { customerId: 'a', orderId: '1' };

  test('that fails names the table, but neither key nor item', async () => {
    await orders().put({ ...key, status: 'placed' }, { condition: ifAbsent('customerId') });
    const error = await orders()
      .put({ ...key, status: 'other' }, { condition: ifAbsent('customerId') })
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ConditionFailed);
    expect(error).toMatchObject({ table: 'Orders', key, current: { ...key, status: 'placed' } });
    expect((error as ConditionFailed).message).toBe(
      "the condition on an item of 'Orders' was not met: the item exists",
    );
    for (const text of [inspect(error), JSON.stringify(error), (error as Error).stack]) {
      expect(text).not.toMatch(/placed|customerId/);
    }
  });

  test('of every update is that the item exists, unless it may create it', async () => {
    await expect(orders().update(key, { set: { a: 1 } })).rejects.toBeInstanceOf(ConditionFailed);
    expect(await orders().update(key, { set: { a: 1 }, add: { n: 2 } }, { upsert: true })).toEqual({
      ...key,
      a: 1,
      n: 2,
    });
    expect(await orders().update(key, { setIfAbsent: { a: 7, b: 8 }, add: { n: -5 }, remove: ['c'] })).toEqual({
      ...key,
      a: 1,
      b: 8,
      n: -3,
    });
  });

  test('of ifEquals compares several attributes, and absence', async () => {
    await orders().put({ ...key, status: 'placed' });
    const condition = ifEquals({ status: 'placed', paid: undefined });
    await orders().update(key, { set: { status: 'paid', paid: '1.00' } }, { condition });
    await expect(orders().update(key, { set: { status: 'paid' } }, { condition })).rejects.toBeInstanceOf(
      ConditionFailed,
    );
    await expect(orders().delete(key, { condition: ifEquals({ status: 'placed' }) })).rejects.toBeInstanceOf(
      ConditionFailed,
    );
    await orders().delete(key, { condition: ifPresent('paid') });
    expect(await orders().get(key)).toBeUndefined();
  });

  test('that fails because the first attempt was done is success', async () => {
    await connection.map('Orders');
    stub.loseAnswers = 1;
    await orders().put({ ...key, n: 0 }, { condition: ifAbsent('customerId') });
    expect(stub.count('PutItem')).toBe(2);
    stub.loseAnswers = 2;
    expect(await orders().update(key, { add: { n: 1 } })).toEqual({ ...key, n: 1 });
    expect(stub.count('UpdateItem')).toBe(3);
    expect(await orders().get(key)).toEqual({ ...key, n: 1 });
  });

  test.each([
    ['_v', { expression: 'attribute_exists(_v)' }],
    ['_outbox', { expression: 'attribute_exists(#x)', names: { '#x': '_outbox' } }],
    ["must not start with 'bw'", { expression: '#bw0 = :x', names: { '#bw0': 'a' }, values: { ':x': 1 } }],
  ])('on attributes or placeholders of the library is refused: %s', async (message, condition) => {
    await expect(orders().put(key, { condition })).rejects.toThrow(message);
    expect(stub.count('PutItem')).toBe(0);
  });

  test.each([
    ['an attribute of the library', () => orders().put({ ...key, _mine: 1 }), "got '_mine'"],
    ['an attribute of the library in an update', () => orders().update(key, { set: { _v: 1 } }), "got '_v'"],
    [
      'an attribute of the library in a projection',
      () => orders().get(key, { attributes: ['_outbox'] }),
      "got '_outbox'",
    ],
    ['a key that changes', () => orders().update(key, { set: { orderId: '2' } }), 'part of the key'],
    ['a name that occurs twice', () => orders().update(key, { set: { a: 1 }, remove: ['a'] }), 'occurs twice'],
    ['undefined', () => orders().update(key, { set: { a: undefined } }), "in 'remove'"],
    ['an addition of nothing', () => orders().update(key, { add: { a: Number.NaN } }), 'must add a finite number'],
  ])('%s is refused', async (_, write, message) => {
    await expect(write()).rejects.toThrow(message);
    await expect(write()).rejects.toBeInstanceOf(UsageError);
  });
});

describe('outbox', () => {
  const key = { customerId: 'a', orderId: '1' };
  const stored = () => stub.items(shardOfCustomer('a'))[0]?.['_outbox'];

  test('is written with the data, hidden from readers, and removed by a write without messages', async () => {
    await orders().put(
      { ...key, status: 'placed' },
      { outbox: [{ to: 'Payments', body: { orderId: '1' }, group: 'a' }] },
    );
    expect(JSON.parse(String(stored()!['S']))).toEqual([
      { id: expect.any(String), to: 'Payments', body: { orderId: '1' }, group: 'a' },
    ]);
    expect(await orders().get(key)).toEqual({ ...key, status: 'placed' });

    await orders().update(key, { set: { status: 'paid' } });
    expect(stored()).toBeUndefined();
    await orders().update(key, {}, { outbox: [{ to: 'Mail', body: null, id: 'own' }] });
    expect(JSON.parse(String(stored()!['S']))).toEqual([{ id: 'own', to: 'Mail', body: null }]);
    await orders().put(key);
    expect(stored()).toBeUndefined();
  });

  test('a message names the person that it is about, by an id that can be a key', async () => {
    const write = (about: string) => orders().put(key, { outbox: [{ to: 'Mail', body: 1, about }] });
    await write('C1');
    expect(JSON.parse(String(stored()!['S']))).toMatchObject([{ to: 'Mail', about: 'C1' }]);
    for (const about of ['', 'x'.repeat(501)]) {
      await expect(write(about)).rejects.toThrow("outbox[0]: 'about' must have 1 to 500 characters");
    }
  });

  test('a message carries the id of the request that began its chain, and the next message carries it on', async () => {
    const write = () => orders().put(key, { outbox: [{ to: 'Payments', body: 1 }] });
    const sent = () => JSON.parse(String(stored()!['S']))[0];
    await write();
    expect(sent()).not.toHaveProperty('correlationId');
    await withInvocation(new Invocation(() => 9_000, 'request-1'), write);
    expect(sent()).toMatchObject({ to: 'Payments', correlationId: 'request-1' });

    const seen: unknown[] = [];
    const next = worker(
      async ({ correlationId }) => {
        seen.push(correlationId);
        await write();
      },
      {},
      { log: () => {} },
    );
    const body = JSON.stringify({ ...sent(), time: '2020-11-24T00:00:00Z', correlationId: 'request-2' });
    const attributes = { ApproximateReceiveCount: '1', SenderId: 'relay' };
    const record = {
      messageId: 'm',
      receiptHandle: 'h',
      body,
      eventSourceARN: 'arn:aws:sqs:us-east-1:1:Q',
      attributes,
    };
    await next({ Records: [record] }, { awsRequestId: 'r', getRemainingTimeInMillis: () => 9_000 });
    expect({ seen, sent: sent().correlationId }).toEqual({ seen: ['request-2'], sent: 'request-2' });
  });

  test('has the same message ids when the write is retried', async () => {
    const outbox = [{ to: 'Payments', body: 1 }];
    await connection.map('Orders');
    stub.loseAnswers = 1;
    await orders().put(key, { outbox });
    const [first, second] = stub.calls.filter((call) => call.operation === 'PutItem');
    expect(withoutStamps(first!.input['Item'])).toEqual(withoutStamps(second!.input['Item']));
    expect(first!.input['Item']).not.toEqual(second!.input['Item']);
  });

  test.each([
    ['11 messages', Array.from({ length: 11 }, () => ({ to: 'Mail', body: 1 })), 'at most 10 messages, got 11'],
    ['more than 64 KiB', [{ to: 'Mail', body: 'x'.repeat(64 * 1024) }], 'must have at most 65536 bytes'],
    ['no target', [{ to: '', body: 1 }], "'to' must be"],
    ['a body that JSON cannot hold', [{ to: 'Mail', body: undefined }], 'must be a JSON value'],
  ])('with %s is refused, and nothing is written', async (_, outbox, message) => {
    await expect(orders().put(key, { outbox })).rejects.toThrow(message);
    expect(stored()).toBeUndefined();
  });
});

describe('query', () => {
  beforeEach(async () => {
    await orders().batchWrite(
      Array.from({ length: 9 }, (_, i) => ({ put: { customerId: 'a', orderId: `${i}`, even: i % 2 === 0 } })),
    );
    await orders().put({ customerId: 'b', orderId: '0' });
  });
  const ids = (page: { items: Record<string, unknown>[] }) => page.items.map((item) => item['orderId']).join('');

  test.each([
    [{ equals: '3' }, '3'],
    [{ beginsWith: '4' }, '4'],
    [{ between: ['2', '4'] as const }, '234'],
    [{ lessThan: '2' }, '01'],
    [{ atMost: '2' }, '012'],
    [{ greaterThan: '6' }, '78'],
    [{ atLeast: '6' }, '678'],
  ])('sort condition %j', async (sort, expected) => {
    expect(ids(await orders().query({ customerId: 'a' }, { sort }))).toBe(expected);
  });

  test('pages hold each item once, in either order', async () => {
    for (const [descending, expected] of [
      [false, '012345678'],
      [true, '876543210'],
    ] as const) {
      const seen: unknown[] = [];
      for await (const item of everyPage((cursor) =>
        orders().query({ customerId: 'a' }, { limit: 2, descending, cursor }),
      ))
        seen.push(item['orderId']);
      expect(seen.join('')).toBe(expected);
    }
  });

  test('filter and projection', async () => {
    const page = await orders().query(
      { customerId: 'a' },
      { filter: { expression: 'even = :yes', values: { ':yes': true } }, attributes: ['orderId'] },
    );
    expect(page.items[0]).toEqual({ orderId: '0' });
    expect(ids(page)).toBe('02468');
  });

  test('a cursor of another table is refused, though its query and keys are the same', async () => {
    stub.createSharded('Archive', ORDERS, 4);
    const archive = table('Archive', { connection });
    const { cursor } = await orders().query({ customerId: 'a' }, { limit: 2 });
    await expect(archive.query({ customerId: 'a' }, { limit: 2, cursor })).rejects.toBeInstanceOf(InvalidCursor);
    const scattered = await orders().scatter({ limit: 1 });
    await expect(archive.scatter({ limit: 1, cursor: scattered.cursor })).rejects.toBeInstanceOf(InvalidCursor);
  });

  test('a cursor works for its own query only', async () => {
    const { cursor } = await orders().query({ customerId: 'a' }, { limit: 2 });
    const damaged = `${cursor!.slice(0, 10)}x${cursor!.slice(11)}`;
    const open = JSON.parse(Buffer.from(cursor!, 'base64url').toString());
    open.s.customerId.S = 'b';
    const forged = Buffer.from(JSON.stringify(open)).toString('base64url');
    for (const [where, options] of [
      [{ customerId: 'b' }, { cursor }],
      [{ customerId: 'a' }, { cursor, descending: true }],
      [{ customerId: 'a' }, { cursor: damaged }],
      [{ customerId: 'a' }, { cursor: 'nonsense' }],
      [{ customerId: 'a' }, { cursor: '' }],
      [{ customerId: 'a' }, { cursor: forged }],
    ] as const) {
      await expect(orders().query(where, options)).rejects.toBeInstanceOf(InvalidCursor);
    }
  });

  describe('a forged position', () => {
    /** The cursor of a page whose position was changed. */
    const forge = async (
      change: (position: Record<string, Record<string, unknown>>) => unknown,
      options: Parameters<ReturnType<typeof orders>['query']>[1] = {},
    ) => {
      const { cursor } = await orders().query({ customerId: 'a' }, { ...options, limit: 2 });
      const open = JSON.parse(Buffer.from(cursor!, 'base64url').toString());
      open.s = change(open.s) ?? open.s;
      return Buffer.from(JSON.stringify(open)).toString('base64url');
    };

    test.each<[string, (position: Record<string, Record<string, unknown>>) => unknown]>([
      ['with one name more', (p) => ({ ...p, even: { S: 'x' } })],
      ['without the sort key', ({ customerId }) => ({ customerId })],
      ['with another name for it', ({ customerId }) => ({ customerId, even: { S: '1' } })],
      ['of another partition', (p) => ({ ...p, customerId: { S: 'b' } })],
      ['with a partition key of another type', (p) => ({ ...p, customerId: { B: 'YQ==' } })],
      ['with an empty sort key', (p) => ({ ...p, orderId: { S: '' } })],
      ['with a number that is none', (p) => ({ ...p, orderId: { N: '1x' } })],
      ['with a number as no database writes it', (p) => ({ ...p, orderId: { N: '0x10' } })],
      ['with an empty number', (p) => ({ ...p, orderId: { N: '' } })],
      ['with two types', (p) => ({ ...p, orderId: { S: '1', N: '1' } })],
      ['with a text for an attribute', (p) => ({ ...p, orderId: 'S' })],
      ['with a sort key that is too long', (p) => ({ ...p, orderId: { S: '1'.repeat(1_025) } })],
    ])('%s is refused before it gets to DynamoDB', async (_, change) => {
      const cursor = await forge(change);
      const before = stub.calls.length;
      await expect(orders().query({ customerId: 'a' }, { cursor })).rejects.toBeInstanceOf(InvalidCursor);
      expect(stub.calls).toHaveLength(before);
    });

    test.each([
      [{ atLeast: '3' }, '2', '3'],
      [{ greaterThan: '3' }, '2', '4'],
      [{ atMost: '5' }, '6', '5'],
      [{ lessThan: '5' }, '6', '4'],
      [{ between: ['3', '5'] as const }, '6', '5'],
      [{ between: ['3', '6'] as const }, '2', '6'],
    ])('outside of the sort condition %j is refused, inside it is read on from', async (sort, outside, inside) => {
      const at = (orderId: string) => forge((p) => ({ ...p, orderId: { S: orderId } }), { sort });
      const cursor = await at(outside);
      const before = stub.calls.length;
      await expect(orders().query({ customerId: 'a' }, { sort, cursor })).rejects.toThrow('sort condition');
      expect(stub.calls).toHaveLength(before);
      expect(await orders().query({ customerId: 'a' }, { sort, cursor: await at(inside) })).toBeDefined();
    });

    test('with a prefix or an equality that does not hold is refused', async () => {
      stub.createSharded('Notes', ORDERS, 1);
      const notes = table('Notes', { connection });
      await notes.batchWrite(['x1', 'x2', 'y1'].map((orderId) => ({ put: { customerId: 'a', orderId } })));
      for (const sort of [{ beginsWith: 'x' }, { equals: 'x1' }]) {
        const { cursor } = await notes.query({ customerId: 'a' }, { sort, limit: 1 });
        const open = JSON.parse(Buffer.from(cursor!, 'base64url').toString());
        open.s.orderId.S = 'y1';
        const forged = Buffer.from(JSON.stringify(open)).toString('base64url');
        await expect(notes.query({ customerId: 'a' }, { sort, cursor: forged })).rejects.toThrow('sort condition');
      }
    });

    test('of a type that only DynamoDB can refuse is answered 400, not 500', async () => {
      const cursor = await forge((p) => ({ ...p, orderId: { N: '1' } }));
      await expect(orders().query({ customerId: 'a' }, { cursor })).rejects.toBeInstanceOf(InvalidCursor);
      const list = routes(
        { 'GET /list': async ({ query }) => json(200, await orders().query({ customerId: 'a' }, query)) },
        {
          environment: {
            BREAKWATER_ROUTES: packRoutes([
              { method: 'GET', path: '/list', access: ['anyone'], query: { cursor: { maxLength: 9_999 } } },
            ]),
          },
          log: () => undefined,
        },
      );
      const event = {
        rawPath: '/list',
        rawQueryString: `cursor=${cursor}`,
        headers: {},
        requestContext: { requestId: 'r', http: { method: 'GET' } },
      };
      const answer = await list(event, { getRemainingTimeInMillis: () => 1_000 });
      expect(answer).toMatchObject({ statusCode: 400, body: expect.stringContaining('invalid_cursor') });
    });

    test('has no part in an error of a query without a cursor', async () => {
      stub.intervene = () => {
        throw new DynamoDbError('ValidationException', 'no such index');
      };
      await expect(orders().query({ customerId: 'a' }, { index: 'none' })).rejects.toThrow('no such index');
    });

    test('of any form is read or refused as a cursor', async () => {
      const value = fc.oneof(fc.string(), fc.constantFrom('1', 'a', '', '9'.repeat(2_000), '1e999', '\ud800'));
      const attribute = fc.dictionary(
        fc.constantFrom('S', 'N', 'B', 'M', '__proto__'),
        fc.oneof(value, fc.jsonValue()),
        {
          minKeys: 1,
          maxKeys: 2,
        },
      );
      const position = fc.oneof(
        fc.jsonValue(),
        fc.record({ customerId: fc.constant({ S: 'a' }), orderId: attribute }),
        fc.dictionary(fc.constantFrom('customerId', 'orderId', 'even'), attribute),
      );
      await fc.assert(
        fc.asyncProperty(position, async (forged) => {
          const cursor = await forge(() => forged);
          const outcome = await orders()
            .query({ customerId: 'a' }, { cursor })
            .catch((error: unknown) => error);
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(InvalidCursor);
        }),
        { numRuns: 100 },
      );
    });
  });

  test('any string is refused as a cursor', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.json().map((text) => Buffer.from(text).toString('base64url')),
        ),
        async (cursor) => {
          await expect(orders().query({ customerId: 'a' }, { cursor })).rejects.toBeInstanceOf(InvalidCursor);
        },
      ),
      { numRuns: 100 },
    );
  });

  test.each([
    ['no partition key', { orderId: '1' }, {}, /needs 'customerId', got orderId/],
    ['more than the partition key', { customerId: 'a', orderId: '1' }, {}, /'customerId' alone/],
    ['two comparisons', { customerId: 'a' }, { sort: { equals: '1', lessThan: '2' } }, /exactly one/],
    [
      'an unnamed sort attribute of an index',
      { customerId: 'a' },
      { index: 'x', sort: { equals: '1' } },
      /name the attribute of index 'x'/,
    ],
    ['a limit of 0', { customerId: 'a' }, { limit: 0 }, /from 1 to 1000, got 0/],
  ])('%s: refused', async (_, where, options, message) => {
    await expect(orders().query(where as unknown as Record<string, string>, options)).rejects.toThrow(message);
  });
});

test('keys of numbers and bytes are found, paged and batched like any other', async () => {
  stub.createSharded('Readings', { partitionKey: 'sensor', sortKey: 'at' }, 3);
  const readings = table('Readings', { connection });
  const keys = [7, 0.1, 1e-7, -3, 2n ** 70n].flatMap((sensor) =>
    [1, 2, 3].map((n) => ({ sensor, at: Buffer.from([n, 255]) })),
  );
  await readings.batchWrite(keys.map((put) => ({ put })));
  expect((await readings.batchGet(keys)).filter((item) => item !== undefined)).toHaveLength(15);
  for (const { sensor } of keys) {
    const found: unknown[] = [];
    for await (const item of everyPage((cursor) => readings.query({ sensor }, { cursor, limit: 1 })))
      found.push(item['at']);
    expect(found).toEqual([1, 2, 3].map((n) => new Uint8Array([n, 255])));
  }
});

describe('batches', () => {
  test('take any number of items in as few requests as possible, and keep the order of the keys', async () => {
    const keys = Array.from({ length: 260 }, (_, i) => ({ customerId: `c${i % 130}`, orderId: `${i}` }));
    await orders().batchWrite(keys.map((key) => ({ put: key })));
    const perShard = [0, 1, 2, 3].map((i) => stub.items(`Orders-${i}`).length);
    expect(stub.count('BatchWriteItem')).toBe(perShard.reduce((sum, n) => sum + Math.ceil(n / 25), 0));
    const asked = [...keys, { customerId: 'nobody', orderId: 'x' }, keys[0]!];
    expect(await orders().batchGet(asked)).toEqual([...keys, undefined, keys[0]]);
    await orders().batchWrite(keys.map((key) => ({ delete: key })));
    expect((await orders().batchGet(keys)).every((item) => item === undefined)).toBe(true);
  });

  test('retry unprocessed items with growing waits', async () => {
    let off = 2;
    stub.intervene = ({ operation, input }) =>
      operation === 'BatchWriteItem' && off-- > 0 ? { UnprocessedItems: input['RequestItems'] } : undefined;
    await orders().batchWrite([{ put: { customerId: 'a', orderId: '1' } }]);
    expect(sleeps).toEqual([5, 7.5]);
    expect(stub.items(shardOfCustomer('a'))).toHaveLength(1);
  });

  test('name items that stay unprocessed', async () => {
    stub.intervene = ({ operation, input }) =>
      operation === 'BatchGetItem' ? { UnprocessedKeys: input['RequestItems'] } : undefined;
    const error = await orders()
      .batchGet([{ customerId: 'a', orderId: '1' }])
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Unprocessed);
    expect(error).toMatchObject({
      keys: [{ customerId: 'a', orderId: '1' }],
      message: expect.stringMatching(/'Orders' .*1 of 1 items unprocessed/),
    });
  });

  test('refuse two writes of one key', async () => {
    const key = { customerId: 'a', orderId: '1' };
    await expect(orders().batchWrite([{ put: key }, { delete: key }])).rejects.toThrow(
      'writes 0 and 1 have the same key',
    );
  });
});

describe('scatter', () => {
  const all = async (options: Parameters<ReturnType<typeof orders>['scatter']>[0]) => {
    const items: Record<string, unknown>[] = [];
    for await (const item of everyPage((cursor) => orders().scatter({ ...options, cursor }))) items.push(item);
    return items;
  };

  test('finds every item once, with any page size and parallelism', async () => {
    await orders().batchWrite(
      Array.from({ length: 60 }, (_, i) => ({
        put: { customerId: `c${i}`, orderId: '1', status: i < 10 ? 'open' : 'paid', placed: i },
      })),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 6 }), async (limit, parallelism) => {
        const found = await all({ limit, parallelism });
        expect(new Set(found.map((item) => item['customerId'])).size).toBe(60);
        expect(found).toHaveLength(60);
      }),
      { numRuns: 15 },
    );
    const open = await all({
      index: 'byStatus',
      where: { status: 'open' },
      sort: { attribute: 'placed', atLeast: 5 },
      attributes: ['placed'],
      limit: 2,
    });
    expect(open.map((item) => item['placed']).sort()).toEqual([5, 6, 7, 8, 9]);
    expect(open[0]).toEqual({ placed: expect.any(Number) });
  });

  test('leaves out an item in a shard that does not own its slot', async () => {
    await orders().put({ customerId: 'a', orderId: '1' });
    const foreign = ['Orders-0', 'Orders-1'].find((name) => name !== shardOfCustomer('a'))!;
    stub.putRaw(foreign, { customerId: { S: 'a' }, orderId: { S: 'ghost' } });
    expect(await all({})).toEqual([{ customerId: 'a', orderId: '1' }]);
  });

  test('reads at most as many shards at a time as asked for', async () => {
    let [now, most] = [0, 0];
    stub.intervene = async ({ operation }) => {
      if (operation !== 'Scan') return undefined;
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now--;
      return undefined;
    };
    await all({ parallelism: 2 });
    expect(most).toBe(2);
  });

  test('refuses a cursor of an older map as stale', async () => {
    await orders().batchWrite(Array.from({ length: 20 }, (_, i) => ({ put: { customerId: `c${i}`, orderId: '1' } })));
    const { cursor } = await orders().scatter({ limit: 1 });
    stub.createSharded('Orders', ORDERS, 4, { epoch: 2 });
    clock += 60_000;
    await expect(orders().scatter({ limit: 1, cursor })).rejects.toBeInstanceOf(StaleCursor);
    await expect(orders().scatter({ limit: 1, cursor: 'x' })).rejects.toBeInstanceOf(InvalidCursor);
  });

  test('accepts a cursor until slots are read from another shard', async () => {
    await orders().batchWrite(Array.from({ length: 20 }, (_, i) => ({ put: { customerId: `c${i}`, orderId: '1' } })));
    const { cursor } = await orders().scatter({ limit: 1 });
    const next = await orders().scatter({ limit: 1, cursor: cursor! });
    stub.createSharded('Orders', ORDERS, 4, { epoch: 7, readEpoch: 1 });
    clock += 60_000;
    expect(await orders().scatter({ limit: 1, cursor: cursor! })).toEqual(next);
    stub.createSharded('Orders', ORDERS, 4, { epoch: 8, readEpoch: 8 });
    clock += 60_000;
    await expect(orders().scatter({ limit: 1, cursor: cursor! })).rejects.toMatchObject({
      name: 'StaleCursor',
      epoch: 1,
      currentEpoch: 8,
    });
  });

  test.each([
    [{ parallelism: 0 }, 'from 1 to 32, got 0'],
    [{ where: { status: 'open' } }, "only with 'index'"],
    [{ sort: { equals: 'x' } }, "only with 'where'"],
  ])('%j is refused', async (options, message) => {
    await expect(orders().scatter(options)).rejects.toThrow(message);
  });
});

describe('shard map', () => {
  const mapReads = () => stub.calls.filter((call) => call.input['TableName'] === 'map').length;
  const get = () => orders().get({ customerId: 'a', orderId: '1' });

  test('is read once for concurrent calls, and again when its time is over', async () => {
    await Promise.all([get(), get(), get()]);
    clock += 29_999;
    await get();
    expect(mapReads()).toBe(1);
    clock += 1;
    await get();
    expect(mapReads()).toBe(2);
    clock -= 5_000;
    await get();
    expect(mapReads()).toBe(3);
  });

  test('is kept for a time that counts from before its read', async () => {
    stub.intervene = ({ input }) => {
      if (input['TableName'] === 'map') clock += 20_000;
      return undefined;
    };
    await get();
    clock += 10_000;
    await get();
    expect(mapReads()).toBe(2);
  });

  test('of a newer format is refused, and nothing is read or written', async () => {
    stub.createSharded('Orders', ORDERS, 4, { format: 2 });
    const calls = [
      get,
      () => orders().put({ customerId: 'a', orderId: '1' }),
      () => orders().batchWrite([{ put: { customerId: 'a', orderId: '1' } }]),
      () => transact([{ in: orders(), put: { customerId: 'a', orderId: '1' } }]),
      () => orders().scatter(),
    ];
    for (const call of calls)
      await expect(call()).rejects.toMatchObject({ name: 'MapTooNew', format: 2, supported: 1 });
    expect(stub.calls.filter((call) => call.input['TableName'] !== 'map')).toEqual([]);
    // The map is read at each call, so a rollback of the map takes effect at once.
    stub.createSharded('Orders', ORDERS, 4, { format: 1 });
    expect(await get()).toBeUndefined();
  });

  test('is read again after a failed read', async () => {
    stub.intervene = () => {
      throw new DynamoDbError('AccessDeniedException', 'no');
    };
    await expect(get()).rejects.toThrow('no');
    stub.intervene = () => undefined;
    expect(await get()).toBeUndefined();
  });

  test('is read again when a shard does not exist any more', async () => {
    await get();
    for (const i of [0, 1, 2, 3]) stub.dropTable(`Orders-${i}`);
    await expect(get()).rejects.toThrow('not found');
    stub.createSharded('Orders', ORDERS, 2, { epoch: 2 });
    stub.dropTable(shardOfCustomer('a'));
    await orders()
      .put({ customerId: 'a', orderId: '1' })
      .catch(() => undefined);
    stub.createSharded('Orders', ORDERS, 2, { epoch: 3 });
    await orders().put({ customerId: 'a', orderId: '1' });
    expect(await get()).toEqual({ customerId: 'a', orderId: '1' });
  });

  describe('when a shard does not exist any more and a newer map has another', () => {
    const key = { customerId: customerOfShard(3, 4), orderId: '1' };
    const outbox = [{ to: 'Payments', body: 1 }];
    beforeEach(async () => {
      await connection.map('Orders');
      stub.createSharded('Orders', ORDERS, 2, { epoch: 2 });
      stub.dropTable('Orders-3');
    });

    test('one call succeeds', async () => {
      expect(await orders().get(key)).toBeUndefined();
      await orders().put(key);
      expect(stub.items('Orders-1')).toHaveLength(1);
    });

    test('a put keeps its token and its messages', async () => {
      await orders().put(key, { outbox });
      const [first, second] = stub.calls.filter((call) => call.operation === 'PutItem').map((call) => call.input);
      expect([first!['TableName'], second!['TableName']]).toEqual(['Orders-3', 'Orders-1']);
      expect(withoutStamps(second!['Item'])).toEqual(withoutStamps(first!['Item']));
      expect(second!['Item']).toHaveProperty('_outbox');
    });

    test('an update keeps them', async () => {
      await orders().update(key, { set: { n: 1 } }, { outbox, upsert: true });
      const [first, second] = stub.calls
        .filter((call) => call.operation === 'UpdateItem')
        .map((call) => call.input['ExpressionAttributeValues']);
      expect(withoutStamps(second)).toEqual(withoutStamps(first));
      expect(JSON.stringify(second)).toContain('Payments');
    });

    test('a batch keeps them', async () => {
      await orders().batchWrite([{ put: key, outbox }]);
      const [first, second] = stub.calls
        .filter((call) => call.operation === 'BatchWriteItem')
        .map((call) => Object.values(call.input['RequestItems'] as object)[0]);
      expect(withoutStamps(second)).toEqual(withoutStamps(first));
      expect(JSON.stringify(second)).toContain('_outbox');
    });
  });

  test('an unknown table and a missing map table are different errors', async () => {
    await expect(table('Nothing', { connection }).get({ a: '1' })).rejects.toBeInstanceOf(TableNotMapped);
    const bare = new Connection({}, { client: stub.client });
    await expect(table('Orders', { connection: bare }).get({ a: '1' })).rejects.toThrow(
      'BREAKWATER_MAP_TABLE must be set',
    );
    expect(() => table('')).toThrow(UsageError);
  });
});
