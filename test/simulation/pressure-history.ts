import type { Log } from '../../lambdas/runtime/log';
import { itemToEntry, QUARANTINE_KEY } from '../../lib/protocol';
import { MemoryDynamoDb } from '../../testing/dynamodb/memory-dynamodb';
import { randomOf } from './random';
import { simulatedClient } from './simulated-client';
import { type SimulatedMessage, SimulatedQueue } from './simulated-queue';
import type { WorkerCode } from './worker-code';
import { deleteDone, TABLE, TARGET, workerDependencies } from './worker-run';
import { Process, WorkerScheduler } from './worker-scheduler';

export const HOUR = 3_600_000;

export interface PressureOptions {
  readonly seed: number;
  readonly code: WorkerCode;
  readonly messages: number;
  /** Time between two messages. */
  readonly everyMs?: number;
  /** Whether a message needs the partner that is down in the outage. @default all do */
  readonly needsPartner?: (index: number) => boolean;
  /** Times since the start in which the partner is down. */
  readonly outage: readonly [number, number];
  /** Error of a call while the partner is down. @default `TryLater` of 60 seconds */
  readonly error?: (code: WorkerCode) => Error;
  /** Groups of the messages. A queue with groups is a FIFO queue. */
  readonly groupOf?: (index: number) => string;
  readonly batchSize?: number;
  readonly maxInFlight?: number;
  readonly giveUpAfterMs?: number;
}

export interface PressureEnd {
  readonly index: number;
  readonly state: 'done' | 'held' | 'other';
  /** Milliseconds from the start to its end. */
  readonly ms: number;
  readonly receives: number;
}

export interface PressureHistory {
  readonly ends: readonly PressureEnd[];
  /** Calls to the partner while it was down, by the hour of the outage. */
  readonly callsWhileDown: readonly number[];
  /** Order in which messages were done. */
  readonly order: readonly number[];
  readonly breakerLines: readonly unknown[];
}

/** Processes that Lambda keeps for the worker. */
export const ENVIRONMENTS = 4;
const TIMEOUT_MS = 30_000;
/** Duration of a handler. */
const HANDLER_MS = 500;

/** Runs the environments of a worker over a queue until the queue is empty. A partner is down for some hours. */
export async function pressureHistory(options: PressureOptions): Promise<PressureHistory> {
  const { code, messages, needsPartner = () => true, outage, groupOf, giveUpAfterMs = 6 * HOUR } = options;
  const { error = () => new code.TryLater(60) } = options;
  const random = randomOf(options.seed);
  const scheduler = new WorkerScheduler(random, { crash: 0, lostAnswer: 0 }, () => undefined);
  const start = scheduler.now;
  const isDown = () => scheduler.now >= start + outage[0] && scheduler.now < start + outage[1];
  const queue = new SimulatedQueue({
    fifo: groupOf !== undefined,
    visibilityMs: 6 * TIMEOUT_MS,
    retentionMs: 14 * 24 * HOUR,
    maxReceiveCount: 1_000,
    ...(options.maxInFlight !== undefined && { maxInFlight: options.maxInFlight }),
    ...(groupOf === undefined && { random }),
  });
  for (let i = 0; i < messages; i++) {
    const body = JSON.stringify({ id: `id${i}`, to: TARGET, time: '2026-11-30T00:00:00.000Z', body: { i } });
    queue.send(`m${i}`, body, start + i * (options.everyMs ?? 0), groupOf?.(i));
  }
  const database = new MemoryDynamoDb();
  database.createTable(TABLE, { partitionKey: QUARANTINE_KEY.partition, sortKey: QUARANTINE_KEY.sort });
  const doneAt = new Map<number, number>();
  const callsWhileDown: number[] = [];
  const breakerLines: unknown[] = [];
  let pollAt = start;

  /** A process that Lambda keeps between batches. */
  function environment(): { isBusy: boolean; invoke(batch: readonly SimulatedMessage[]): void } {
    let process = new Process(0);
    const handle = async ({ body: { i } }: { readonly body: { readonly i: number } }) => {
      if (needsPartner(i) && isDown()) {
        const hour = Math.floor((scheduler.now - start - outage[0]) / HOUR);
        callsWhileDown[hour] = (callsWhileDown[hour] ?? 0) + 1;
      }
      await scheduler.call(process, () => undefined, HANDLER_MS);
      if (needsPartner(i) && isDown()) throw error(code);
      if (!doneAt.has(i)) doneAt.set(i, scheduler.now - start);
    };
    const client = simulatedClient(database, (act) => scheduler.call(process, act));
    const log: Log = (_level, message, fields) => void (message === 'breaker' && breakerLines.push(fields['state']));
    const world = { code, scheduler, queue, process: () => process, giveUpAfterMs, client, log };
    const handler = code.worker(handle, {}, workerDependencies(world));
    const self = {
      isBusy: false,
      invoke(batch: readonly SimulatedMessage[]) {
        self.isBusy = true;
        process = new Process(scheduler.now + TIMEOUT_MS);
        const { end } = process;
        const records = batch.map((message) => queue.recordOf(message));
        const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => end - scheduler.now };
        void handler({ Records: records }, context).then((result) => {
          deleteDone(queue, records, result);
          self.isBusy = false;
          pollAt = scheduler.now;
        });
      },
    };
    return self;
  }

  const environments = Array.from({ length: ENVIRONMENTS }, environment);
  while (!queue.isEmpty || environments.some(({ isBusy }) => isBusy)) {
    const idle = environments.find(({ isBusy }) => !isBusy);
    if (idle !== undefined && pollAt <= scheduler.now) {
      const batch = queue.receive(scheduler.now, options.batchSize ?? 10);
      if (batch.length > 0) idle.invoke(batch);
      else pollAt = queue.nextVisibleAfter(scheduler.now);
    }
    const isIdle = environments.some(({ isBusy }) => !isBusy);
    const next = Math.min(scheduler.nextAt, isIdle ? pollAt : Number.POSITIVE_INFINITY);
    if (next === Number.POSITIVE_INFINITY) throw new Error('the history must go on until its queue is empty');
    scheduler.now = Math.max(scheduler.now, next);
    await scheduler.step();
  }
  const held = new Map(database.items(TABLE).map((item) => [itemToEntry(item).id, itemToEntry(item)]));
  return {
    callsWhileDown: Array.from(callsWhileDown, (calls) => calls ?? 0),
    breakerLines,
    order: [...doneAt].sort(([, one], [, other]) => one - other).map(([index]) => index),
    ends: queue.messages.map(({ receives }, index): PressureEnd => {
      const entry = held.get(`id${index}`);
      const ms = doneAt.get(index) ?? (entry === undefined ? Number.NaN : Date.parse(entry.at) - start);
      return { index, receives, ms, state: doneAt.has(index) ? 'done' : entry === undefined ? 'other' : 'held' };
    }),
  };
}
