import type { RetryDelay } from '../../lambdas/runtime/worker/types';
import { heldKey, itemToEntry, QUARANTINE_KEY, type QuarantineEntry } from '../../lib/protocol';
import { MemoryDynamoDb } from '../../testing/dynamodb/memory-dynamodb';
import { randomOf } from './random';
import { simulatedClient } from './simulated-client';
import { SimulatedQueue } from './simulated-queue';
import type { WorkerCode } from './worker-code';
import { runWorker, TABLE, TARGET } from './worker-run';
import { type FaultRates, Process, WorkerScheduler } from './worker-scheduler';

export const HOUR = 3_600_000;

/**
 * How a handler treats a message. A `crasher` ends its process. A `hanger` never ends. A `waiter`
 * asks for a wait at each run, and a `patient` one in an outage. A `mended` one fails for good at its
 * first run only.
 */
export type Kind =
  | 'good'
  | 'poison'
  | 'permanent'
  | 'malformed'
  | 'crasher'
  | 'hanger'
  | 'waiter'
  | 'patient'
  | 'mended';

export interface HistoryOptions {
  readonly seed: number;
  readonly code: WorkerCode;
  /** Kinds of the messages, in their order. */
  readonly kinds: readonly Kind[];
  /** Groups of the messages. A queue with groups is a FIFO queue. */
  readonly groupOf?: (index: number) => string;
  /** Whether the worker has a quarantine. Without one, SQS alone gives messages up. */
  readonly hasQuarantine?: boolean;
  readonly maxReceiveCount?: number;
  /** Time between two messages. */
  readonly everyMs?: number;
  readonly giveUpAfterMs?: number;
  readonly retryDelay?: RetryDelay;
  /** Times since the start in which good messages fail. */
  readonly outage?: readonly [number, number];
  /** Times since the start in which no batch is begun. */
  readonly stopped?: readonly [number, number];
  /** Time since the start at which the first message is received. */
  readonly firstReceiveMs?: number;
  /** Times since the start in which the quarantine refuses calls. */
  readonly quarantineDown?: readonly [number, number];
  /** Share of batches that Lambda receives, but can't start. */
  readonly throttled?: number;
  /** Share of batches that start with too little time. */
  readonly late?: number;
  readonly faults?: FaultRates;
  readonly batchSize?: number;
}

/** End of one message. */
export interface MessageEnd {
  readonly index: number;
  readonly kind: Kind;
  readonly state: 'done' | 'held' | 'dead letter' | 'expired' | 'lost';
  readonly reason: QuarantineEntry['reason'];
  /** Whether it is done, and has an entry nevertheless. */
  readonly isHeldThoughDone: boolean;
  readonly begun: number;
  readonly receives: number;
  /** Milliseconds from its first receive to its end. */
  readonly ms: number;
}

export interface History {
  readonly ends: readonly MessageEnd[];
  readonly crashes: number;
  readonly calls: number;
  /** Order in which messages were done or held. */
  readonly order: readonly number[];
  /** Calls and timers that were left. */
  readonly unended: number;
}

const CONCURRENT_BATCHES = 2;
const TIMEOUT_MS = 30_000;
const RETENTION_MS = 14 * 24 * HOUR;
const NO_FAULTS: FaultRates = { crash: 0, lostAnswer: 0 };

/** Runs a worker over a queue until the queue is empty. */
export async function history(options: HistoryOptions): Promise<History> {
  const { code, kinds, hasQuarantine = true, giveUpAfterMs = 6 * HOUR, batchSize = 10 } = options;
  const random = randomOf(options.seed);
  let running = 0;
  const scheduler = new WorkerScheduler(random, options.faults ?? NO_FAULTS, () => running--);
  const start = scheduler.now;
  const isWithin = (span: readonly [number, number] | undefined) =>
    span !== undefined && scheduler.now >= start + span[0] && scheduler.now < start + span[1];
  const queue = new SimulatedQueue({
    fifo: options.groupOf !== undefined,
    visibilityMs: Math.max(6 * TIMEOUT_MS, giveUpAfterMs / 500),
    retentionMs: RETENTION_MS,
    maxReceiveCount: options.maxReceiveCount ?? 1_000,
  });
  for (const [i, kind] of kinds.entries()) {
    const envelope = JSON.stringify({ id: `id${i}`, to: TARGET, time: '2026-11-30T00:00:00.000Z', body: { i } });
    queue.send(
      `m${i}`,
      kind === 'malformed' ? 'no envelope' : envelope,
      start + i * (options.everyMs ?? 30_000),
      options.groupOf?.(i),
    );
  }
  const database = new MemoryDynamoDb();
  database.createTable(TABLE, { partitionKey: QUARANTINE_KEY.partition, sortKey: QUARANTINE_KEY.sort });
  const begun = kinds.map(() => 0);
  const done = new Set<number>();
  const order: number[] = [];
  const endedAt = new Map<number, number>();
  const end = (i: number) => {
    if (endedAt.has(i)) return;
    endedAt.set(i, scheduler.now);
    order.push(i);
  };

  function invoke(): void {
    const batch = queue.receive(scheduler.now, batchSize);
    if (batch.length === 0) return;
    if (isWithin(options.stopped) || random() < (options.throttled ?? 0)) return;
    const process = new Process(scheduler.now + (random() < (options.late ?? 0) ? 500 : TIMEOUT_MS));
    running++;
    const handle = async ({ body: { i } }: { readonly body: { readonly i: number } }) => {
      begun[i]!++;
      const kind = kinds[i];
      await scheduler.call(process, () => undefined);
      if (kind === 'crasher') {
        scheduler.kill(process);
        await new Promise(() => undefined);
      }
      if (kind === 'hanger') await new Promise(() => undefined);
      if (kind === 'permanent' || (kind === 'mended' && begun[i] === 1)) {
        throw new code.PermanentFailure('no such order');
      }
      if (kind === 'waiter' || (kind === 'patient' && isWithin(options.outage))) throw new code.TryLater(1);
      if (kind === 'poison') throw new Error('it fails each time');
      if (isWithin(options.outage)) throw new Error('the partner is down');
      done.add(i);
      end(i);
    };
    const client = simulatedClient(database, (act) =>
      scheduler.call(process, () => {
        if (isWithin(options.quarantineDown)) throw Object.assign(new Error('down'), { name: 'InternalServerError' });
        return act();
      }),
    );
    const patience = hasQuarantine ? giveUpAfterMs : undefined;
    const settings = options.retryDelay === undefined ? {} : { retryDelay: options.retryDelay };
    const run = { code, scheduler, queue, process, batch, giveUpAfterMs: patience, options: settings, client, handle };
    runWorker(run, () => running--);
  }

  const entries = () => database.items(TABLE).map((item) => itemToEntry(item));
  const known = new Map<string, number>();
  const indexOf = (id: string) => Number(id.replace(/\D/g, ''));
  scheduler.now += options.firstReceiveMs ?? 0;
  while (!queue.isEmpty || running > 0) {
    if (running < CONCURRENT_BATCHES && queue.nextAt <= scheduler.now) invoke();
    const next = Math.min(scheduler.nextAt, running < CONCURRENT_BATCHES ? queue.nextAt : Number.POSITIVE_INFINITY);
    if (next === Number.POSITIVE_INFINITY && running === 0) break;
    scheduler.now = Math.max(scheduler.now, next);
    await scheduler.step();
    const stored = database.items(TABLE);
    const keys = new Set(stored.map((item) => String(item[QUARANTINE_KEY.sort]!['S'])));
    for (const item of stored) {
      if (known.has(String(item[QUARANTINE_KEY.sort]!['S']))) continue;
      const { id, sk, pk } = itemToEntry(item);
      if (pk !== heldKey(TARGET)) throw new Error(`an entry must be of the worker, got ${pk}`);
      known.set(sk, indexOf(id));
      end(indexOf(id));
    }
    // A last run that was deferred has deleted its entry.
    for (const [sk, i] of known) {
      if (done.has(i) || keys.has(sk)) continue;
      known.delete(sk);
      endedAt.delete(i);
      order.splice(order.indexOf(i), 1);
    }
  }
  const held = new Map(entries().map((entry) => [indexOf(entry.id), entry]));
  return {
    crashes: scheduler.crashes,
    calls: scheduler.calls,
    order,
    unended: scheduler.unended,
    ends: queue.messages.map((message, index): MessageEnd => {
      const state = message.state === 'deleted' || message.state === 'queued' ? 'lost' : message.state;
      return {
        index,
        kind: kinds[index]!,
        state: done.has(index) ? 'done' : held.has(index) ? 'held' : state,
        reason: held.get(index)?.reason,
        isHeldThoughDone: done.has(index) && held.has(index),
        begun: begun[index]!,
        receives: message.receives,
        ms: (endedAt.get(index) ?? scheduler.now) - message.firstReceivedAt,
      };
    }),
  };
}
