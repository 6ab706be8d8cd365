import { setTimeout as sleep } from 'node:timers/promises';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Peers } from '../coldstart/peers';
import { type Candidate, clientOf, HandlerProcess } from './candidates';
import { BATCH, eventsOf, putMap, putOrders } from './orders';
import type { Stub } from './service';
import { orderKey, QUARANTINE } from './tables';

/** Batches that run at the same time, as in so many processes. */
const BATCHES = 20;
/** Calls of the partner until the process ends. */
const CHARGES = 100;
const INVOCATION_MS = 5_000;
/** After this, no lease and no record of an earlier delivery is valid. */
const LEASE_MS = INVOCATION_MS + 5_500;
/** On a busy machine, an invocation's time may end before it has handled all messages. */
const DELIVERIES = 4;

/** The outcome of orders whose process ended while the partner was called. */
export interface Crash {
  readonly orders: number;
  /** Orders that were charged, and whose result wasn't stored, when the process ended. */
  readonly halfWay: number;
  readonly chargedTwice: number;
  /** Messages in the quarantine, where a person decides. */
  readonly held: number;
}

/**
 * Charges orders at a partner without idempotency keys, ends the process after some calls, and
 * delivers all messages again, as SQS does. At the end, no message may be left.
 */
export async function crashOf(candidate: Candidate, peers: Peers, stub: Stub): Promise<Crash> {
  const account = `${candidate}crash`;
  const client = clientOf(stub.url, account);
  const orders = BATCHES * BATCH;
  await putMap(client);
  await putOrders(client, 0, orders);
  const start = () =>
    HandlerProcess.start(candidate, peers, stub.url, account, {
      invocationMs: INVOCATION_MS,
      partner: `${stub.url}/partner/${account}`,
    });
  const scan = async (TableName: string) => (await client.send(new ScanCommand({ TableName }))).Items ?? [];

  await inTurn(async () => {
    const first = await start();
    const crashed = stub.crash(account, CHARGES);
    const ended = first.run({ events: eventsOf(0, BATCHES), isParallel: true });
    const endedEarly = ended.then(() => Promise.reject(new Error(`${candidate} must make ${CHARGES} charges in time`)));
    await Promise.race([crashed, endedEarly]);
    first.kill();
    endedEarly.catch(() => undefined);
  });
  await sleep(LEASE_MS);
  const charged = Object.keys((await stub.ask(account)).charges).length;
  const paid = (await scan('Orders-0')).filter(({ status }) => status?.S === 'paid').length;

  const second = await start();
  try {
    let failed = orders;
    for (let delivery = 1; failed > 0 && delivery <= DELIVERIES; delivery++) {
      if (delivery > 1) await sleep(LEASE_MS);
      failed = (await inTurn(() => second.run({ events: eventsOf(0, BATCHES, 2) }))).failed;
    }
    const held = (await scan(QUARANTINE)).filter(({ pk }) => pk?.S?.startsWith('held#')).length;
    const { charges } = await stub.ask(account);
    const lost = Array.from({ length: orders }, (_, i) => orderKey(i).orderId).filter((id) => !charges[id]).length;
    if (failed > 0 || lost > held)
      throw new Error(`${candidate} must lose no order, got ${failed} failed, ${lost} not charged`);
    return {
      orders,
      halfWay: charged - paid,
      chargedTwice: Object.values(charges).filter((count) => count > 1).length,
      held,
    };
  } finally {
    second.kill();
  }
}

let turn: Promise<unknown> = Promise.resolve();

/** Runs one part after the other, so that invocations have enough CPU time. The waits overlap. */
function inTurn<T>(run: () => Promise<T>): Promise<T> {
  const result = turn.then(run);
  turn = result.catch(() => undefined);
  return result;
}
