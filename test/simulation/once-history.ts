import type * as runtime from '../../lambdas/runtime';
import type { StepResult } from '../../lambdas/runtime';
import { Environment, initialSlots, QUARANTINE_KEY } from '../../lib/protocol';
import { MemoryDynamoDb } from '../../testing/dynamodb/memory-dynamodb';
import { type Fault, OnceScheduler, Process } from './once-scheduler';
import { randomOf } from './random';
import { simulatedClient } from './simulated-client';

/** The runtime that a history uses. */
export type OnceCode = typeof runtime;

interface Order {
  readonly customerId: string;
  readonly orderId: string;
  readonly status: string;
  readonly payments: number;
}

export interface HistoryOptions {
  readonly seed: number;
  readonly code: OnceCode;
  /** Absent if the result of the step is constant. */
  readonly halfWay?: 'again' | 'ask' | 'hold';
  /** Whether the constant result writes another item, so that the step is a transaction. */
  readonly isTransaction?: boolean;
  /** Whether the partner charges once for each key. */
  readonly isKeyed?: boolean;
  /** Whether the step names the status that the order has before. */
  readonly hasWhen?: boolean;
  /** Whether calls of the partner end with the invocation, as those of `fetch` with a signal. */
  readonly heedsSignal?: boolean;
  /** Faults by the number of the call. By default they are random. */
  readonly faults?: ReadonlyMap<number, Fault>;
}

export interface Outcome {
  /** Orders that were charged twice. */
  readonly chargedTwice: number;
  /** Orders whose result was stored twice. */
  readonly storedTwice: number;
  /** Orders in quarantine. */
  readonly held: number;
  /** Orders in quarantine that were never charged. */
  readonly heldUncharged: number;
  /** Paid orders with a message in quarantine. */
  readonly heldPaid: number;
  /** Orders that are neither paid nor in quarantine. */
  readonly lost: number;
  /** Messages without an order that aren't in quarantine. */
  readonly missed: number;
  /** Orders that are paid, but were never charged. */
  readonly unpaid: number;
  readonly calls: number;
  readonly faults: number;
}

const ORDERS = 3;
/** A customer whose order doesn't exist, although a message refers to it. */
const WITHOUT_ORDER = 'nobody';
/** Deliveries of each message in any case. */
const COPIES = 2;
const TIMEOUT_MS = 25_000;
const VISIBILITY_MS = 30_000;
const MAX_TURNS = 20_000;
const FAULT_RATE = 0.02;

export const FAULTS = ['crash before', 'crash after', 'lost answer', 'frozen', 'late', 'slow'] as const;

/**
 * A run of a payments worker over some orders, each with two copies of its message. With a constant
 * result, one message has no order.
 */
export async function history(options: HistoryOptions): Promise<Outcome> {
  const { code, halfWay, isTransaction = false, isKeyed = false, hasWhen = true, heedsSignal = true } = options;
  const random = randomOf(options.seed);
  const scheduler = new OnceScheduler(random, (call) =>
    options.faults === undefined ? randomFault(random()) : options.faults.get(call),
  );
  const database = newDatabase();
  const charges: string[] = [];
  let ids = 0;
  const connectionOf = (process?: Process) => {
    const client = simulatedClient(database, (act) => (process === undefined ? act() : scheduler.call(process, act)));
    return new code.Connection(
      { mapTable: 'map', retry: { attempts: 3 } },
      {
        client,
        now: () => scheduler.now,
        monotonic: () => scheduler.now,
        sleep: async () => (process === undefined ? undefined : scheduler.call(process, () => undefined)),
        random,
        newId: () => `id${String(ids++).padStart(20, '0')}`,
      },
    );
  };
  const setup = code.table<Order>('Orders', { connection: connectionOf() });
  for (let i = 0; i < ORDERS; i++) {
    await setup.put({ customerId: `c${i}`, orderId: 'o', status: 'placed', payments: 0 });
  }

  const handlerOf = (process: Process) => {
    const orders = code.table<Order, 'customerId' | 'orderId'>('Orders', { connection: connectionOf(process) });
    const when: { readonly when?: { readonly status: string } } = hasWhen ? { when: { status: 'placed' } } : {};
    if (halfWay === undefined) {
      const total = { in: orders, update: { customerId: 'all', orderId: 'total' }, upsert: true, add: { payments: 1 } };
      return code.once(orders, 'payment', when, {
        set: { status: 'paid' },
        add: { payments: 1 },
        outbox: [{ to: 'Invoices', body: {} }],
        ...(isTransaction ? { also: [total] } : {}),
      });
    }
    const partner = <T>(act: () => T) =>
      scheduler.call(process, () => {
        // As `fetch` does with a signal.
        if (heedsSignal && process.signal.aborted) throw Object.assign(new Error('aborted'), { name: 'AbortError' });
        return act();
      });
    const paid = ({ customerId }: Order): StepResult<Order, 'customerId' | 'orderId'> => ({
      set: { status: 'paid' },
      add: { payments: 1 },
      also: [{ in: orders, update: { customerId, orderId: 'payment' }, upsert: true, add: { payments: 1 } }],
      outbox: [{ to: 'Invoices', body: {} }],
    });
    const charge = async (order: Order) => {
      await partner(() => {
        if (random() < 0.1) throw new code.NotDone('the partner refused the call');
        if (isKeyed && charges.includes(order.customerId)) return;
        charges.push(order.customerId);
      });
      return paid(order);
    };
    const ask = async (order: Order) =>
      (await partner(() => charges.includes(order.customerId))) ? paid(order) : undefined;
    return code.once(orders, 'payment', { ...when, halfWay: halfWay === 'ask' ? { ask } : halfWay }, charge);
  };

  const customerIds = Array.from({ length: ORDERS * COPIES }, (_, i) => `c${i % ORDERS}`);
  // A constant result is written before the item is read.
  if (halfWay === undefined) customerIds.push(WITHOUT_ORDER);
  const messages = customerIds.map((customerId) => ({
    key: { customerId, orderId: 'o' },
    visibleAt: scheduler.now,
    receives: 0,
    isDone: false,
    isHeld: false,
  }));
  const isOver = () => messages.every(({ isDone, isHeld }) => isDone || isHeld);
  for (let turn = 0; turn < MAX_TURNS && !isOver(); turn++) {
    const ready = messages.filter((one) => !one.isDone && !one.isHeld && one.visibleAt <= scheduler.now);
    const message = ready[Math.floor(random() * ready.length)];
    if (message !== undefined && random() < 0.3) {
      const start = scheduler.now;
      const process = new Process(start + TIMEOUT_MS);
      message.visibleAt = start + VISIBILITY_MS;
      // SQS takes no answer of a process that is dead, or whose invocation has ended.
      const answers = () => !process.isDead && !process.signal.aborted && message.visibleAt === start + VISIBILITY_MS;
      const settle = (error?: Error & { readonly seconds?: number; readonly reason?: string }) => {
        if (!answers()) return;
        if (error === undefined) message.isDone = true;
        else if (error instanceof code.PermanentFailure) message.isHeld = true;
        else message.visibleAt = scheduler.now + (error.seconds ?? random() * 30) * 1_000;
      };
      void handlerOf(process)({
        id: `${message.key.customerId}`,
        to: 'Payments',
        body: message.key,
        time: new Date(start).toISOString(),
        receiveCount: ++message.receives,
        senderId: 'relay',
        signal: process.signal,
        remainingMs: () => process.end - scheduler.now,
      })?.then(() => settle(), settle);
    }
    if (!(await scheduler.step())) scheduler.now += 1_000;
  }

  const orders = database
    .items('Orders-0')
    .concat(database.items('Orders-1'))
    .filter(({ orderId }) => orderId?.['S'] === 'o');
  const isPaid = (order: (typeof orders)[number]) => order['status']?.['S'] === 'paid';
  const customers = (some: readonly (typeof orders)[number][]) =>
    some.map((order) => String(order['customerId']?.['S']));
  const paid = customers(orders.filter(isPaid));
  const open = customers(orders.filter((order) => !isPaid(order)));
  const held = new Set(messages.filter(({ isHeld }) => isHeld).map(({ key }) => key.customerId));
  return {
    chargedTwice: charges.length - new Set(charges).size,
    storedTwice: orders.filter((order) => Number(order['payments']?.['N']) > 1).length,
    held: open.filter((customer) => held.has(customer)).length,
    heldUncharged: open.filter((customer) => held.has(customer) && !charges.includes(customer)).length,
    heldPaid: paid.filter((customer) => held.has(customer)).length,
    lost: open.filter((customer) => !held.has(customer)).length,
    missed: customerIds.includes(WITHOUT_ORDER) && !held.has(WITHOUT_ORDER) ? 1 : 0,
    // A constant result charges nobody.
    unpaid: halfWay === undefined ? 0 : paid.filter((customer) => !charges.includes(customer)).length,
    calls: scheduler.calls,
    faults: scheduler.faults,
  };
}

function newDatabase(): MemoryDynamoDb {
  process.env[Environment.QUARANTINE_TABLE] = 'Quarantine';
  const database = new MemoryDynamoDb();
  database.createTable('Quarantine', { partitionKey: QUARANTINE_KEY.partition, sortKey: QUARANTINE_KEY.sort });
  database.createTable('map', { partitionKey: 'table' });
  for (const shard of ['Orders-0', 'Orders-1']) {
    database.createTable(shard, { partitionKey: 'customerId', sortKey: 'orderId' });
  }
  database.putRaw('map', {
    table: { S: 'Orders' },
    epoch: { N: '1' },
    shards: { L: [{ S: 'Orders-0' }, { S: 'Orders-1' }] },
    slots: { S: initialSlots(2) },
    partitionKey: { S: 'customerId' },
    sortKey: { S: 'orderId' },
  });
  return database;
}

function randomFault(dice: number): Fault {
  return FAULTS[Math.floor(dice / FAULT_RATE)];
}
