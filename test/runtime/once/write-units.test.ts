import { Connection, ifAbsent, ifEquals, type Message, once, table, transact } from '../../../lambdas/runtime';
import { Environment, QUARANTINE_KEY } from '../../../lib/protocol';
import { sizeOfItem } from '../../../testing/dynamodb/attributes';
import { DynamoStub } from '../dynamodb-stub';

interface Order {
  readonly customerId: string;
  readonly orderId: string;
  readonly status?: string;
  readonly lines?: string;
}

const KEY = { customerId: 'c', orderId: '1' };
const PAYMENT = { customerId: 'c', orderId: 'payment#1' };
const MESSAGE: Message<typeof KEY> = {
  id: 'm',
  to: 'Payments',
  body: KEY,
  time: '2026-11-30T00:00:00Z',
  receiveCount: 1,
  senderId: 's',
  signal: new AbortController().signal,
  remainingMs: () => 25_000,
};
const OUTBOX = [{ to: 'Invoices', body: KEY }];

let stub: DynamoStub;
const orders = () =>
  table<Order, 'customerId' | 'orderId'>('Orders', {
    connection: new Connection({ mapTable: 'map' }, { client: stub.client }),
  });

beforeAll(async () => {
  stub = await DynamoStub.start();
  process.env[Environment.QUARANTINE_TABLE] = 'Quarantine';
});
afterAll(async () => {
  delete process.env[Environment.QUARANTINE_TABLE];
  await stub.stop();
});

/**
 * Write units of a run on an order of some kilobytes. As in DynamoDB, a write costs a unit for each
 * started kilobyte of the larger of the item before and after it, and twice that in a transaction.
 */
async function unitsOf(kilobytes: number, run: () => Promise<unknown>): Promise<number> {
  stub.createTable('Quarantine', { partitionKey: QUARANTINE_KEY.partition, sortKey: QUARANTINE_KEY.sort });
  stub.createTable('Orders-0', { partitionKey: 'customerId', sortKey: 'orderId' });
  stub.createSharded('Orders', { partitionKey: 'customerId', sortKey: 'orderId' }, 1);
  await orders().put({ ...KEY, status: 'placed', lines: 'x'.repeat(kilobytes * 1_024 - 600) });
  const tables = ['Orders-0', 'Quarantine'].map((name) => stub.table(name));
  for (const changed of tables) changed.takeChanges();
  stub.calls.length = 0;
  await run();
  const factor = stub.count('TransactWriteItems') > 0 ? 2 : 1;
  return tables
    .flatMap((changed) => changed.takeChanges().map((change) => ({ ...change, isOrder: changed.name === 'Orders-0' })))
    .map(({ before, after, isOrder }) => {
      const bytes = Math.max(before ? sizeOfItem(before) : 0, after ? sizeOfItem(after) : 0);
      return Math.ceil(bytes / 1_024) * (isOrder ? factor : 1);
    })
    .reduce((sum, units) => sum + units, 0);
}

const PAID = { set: { status: 'paid' }, outbox: OUTBOX };
const when = { status: 'placed' } as const;

describe.each([1, 40])('an order of %s KB costs', (kilobytes) => {
  test(`${kilobytes} units, as if the update were written by hand, and nothing at a second delivery`, async () => {
    const byHand = await unitsOf(kilobytes, () =>
      orders().update(KEY, { set: PAID.set }, { condition: ifEquals(when), outbox: OUTBOX }),
    );
    const step = once(orders(), 'payment', { when, halfWay: 'again' }, async () => PAID);
    const units = await unitsOf(kilobytes, async () => {
      await step(MESSAGE);
      await step(MESSAGE);
    });
    expect([units, byHand]).toEqual([kilobytes, kilobytes]);
  });

  test(`${kilobytes} units with a constant result, and nothing at a second delivery`, async () => {
    const step = once(orders(), 'payment', { when }, PAID);
    const units = await unitsOf(kilobytes, async () => {
      await step(MESSAGE);
      await step({ ...MESSAGE, receiveCount: 2 });
      expect(stub.count('UpdateItem')).toBe(1);
    });
    expect(units).toBe(kilobytes);
  });

  test('one refused write, if another copy of a message with a constant result is delivered', async () => {
    const step = once(orders(), 'payment', { when }, PAID);
    await unitsOf(kilobytes, async () => {
      await step(MESSAGE);
      await step({ ...MESSAGE, id: 'copy' });
      expect(stub.count('UpdateItem')).toBe(2);
    });
  });

  test(`${2 * kilobytes + 2} units in a transaction with one more item, as if it were written by hand`, async () => {
    const db = orders();
    const byHand = await unitsOf(kilobytes, () =>
      transact([
        { in: db, put: PAYMENT, condition: ifAbsent('orderId') },
        { in: db, update: KEY, ...PAID, condition: ifEquals(when) },
      ]),
    );
    const also = [{ in: db, put: PAYMENT, condition: ifAbsent('orderId') }];
    const step = once(db, 'payment', { when, halfWay: 'again' }, async () => ({ ...PAID, also }));
    const units = await unitsOf(kilobytes, () => Promise.resolve(step(MESSAGE)));
    expect([units, byHand]).toEqual([2 * kilobytes + 2, 2 * kilobytes + 2]);
  });

  test(`${kilobytes + 1} units under a claim, because the claim is a small item of its own`, async () => {
    for (const halfWay of ['hold', { ask: async () => undefined }] as const) {
      const step = once(orders(), 'payment', { when, halfWay }, async () => PAID);
      expect(await unitsOf(kilobytes, () => Promise.resolve(step(MESSAGE)))).toBe(kilobytes + 1);
    }
  });

  test('and a claim of 1 unit keeps a second delivery from writing the order at all', async () => {
    const step = once(orders(), 'payment', { when, halfWay: 'hold' }, () => new Promise<object>(() => undefined));
    const units = await unitsOf(kilobytes, async () => {
      void step(MESSAGE);
      while (stub.items('Quarantine').length === 0) await new Promise((resolve) => setImmediate(resolve));
      await expect(step(MESSAGE)).rejects.toMatchObject({ name: 'TryLater' });
      expect(stub.count('PutItem')).toBe(2);
    });
    expect(units).toBe(1);
  });
});
