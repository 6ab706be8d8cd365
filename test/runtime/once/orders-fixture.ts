import { Connection, type Message, table } from '../../../lambdas/runtime';
import { Environment, QUARANTINE_KEY } from '../../../lib/protocol';
import { DynamoStub } from '../dynamodb-stub';

export interface Order {
  readonly customerId: string;
  readonly orderId: string;
  readonly status?: string;
  readonly note?: string;
  readonly count?: number;
}

export const KEY = { customerId: 'c', orderId: '1' };
export const REMAINING_MS = 25_000;

/** Orders and a quarantine in memory, with one order that is placed. */
export class OrdersFixture {
  static async start(): Promise<OrdersFixture> {
    process.env[Environment.QUARANTINE_TABLE] = 'Quarantine';
    return new OrdersFixture(await DynamoStub.start());
  }

  /** Milliseconds since 1970. */
  now = 1_700_000_000_000;
  private ids = 0;

  private constructor(readonly stub: DynamoStub) {}

  async stop(): Promise<void> {
    delete process.env[Environment.QUARANTINE_TABLE];
    await this.stub.stop();
  }

  async reset(): Promise<void> {
    for (const name of this.stub.tableNames) this.stub.dropTable(name);
    this.stub.createSharded('Orders', { partitionKey: 'customerId', sortKey: 'orderId' }, 2);
    this.stub.createTable('Quarantine', { partitionKey: QUARANTINE_KEY.partition, sortKey: QUARANTINE_KEY.sort });
    this.stub.intervene = () => undefined;
    await this.orders().put({ ...KEY, status: 'placed' });
    this.stub.calls.length = 0;
  }

  orders() {
    const dependencies = {
      client: this.stub.client,
      now: () => this.now,
      newId: () => `id-${String(this.ids++).padStart(20, '0')}`,
    };
    const connection = new Connection({ mapTable: 'map' }, dependencies);
    return table<Order, 'customerId' | 'orderId'>('Orders', { connection });
  }

  stored(): Promise<Order | undefined> {
    return this.orders().get(KEY);
  }

  claims() {
    return this.stub.items('Quarantine');
  }

  /** Writes so far. */
  writes(): string[] {
    return this.stub.calls.map(({ operation }) => operation).filter((name) => name !== 'GetItem');
  }
}

export const messageOf = <Body>(body: Body, signal = new AbortController().signal): Message<Body> => ({
  id: 'm',
  to: 'Payments',
  body,
  time: '2026-11-30T00:00:00Z',
  receiveCount: 1,
  senderId: 's',
  signal,
  remainingMs: () => REMAINING_MS,
});

/** The error of a call; undefined if there is none. */
export const errorOf = (call: Promise<void> | void): Promise<unknown> =>
  Promise.resolve(call).then(
    () => undefined,
    (error: unknown) => error,
  );
