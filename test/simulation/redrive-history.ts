import type { SendMessageCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetter } from '../../lambdas/system/tick/adopt';
import {
  itemToEntry,
  QUARANTINE_INDEXES,
  QUARANTINE_KEY,
  type QuarantineEntry,
  REDRIVE_ATTRIBUTE,
  type RedriveList,
  type RedriveRequest,
} from '../../lib/protocol';
import { MemoryDynamoDb } from '../../testing/dynamodb/memory-dynamodb';
import { randomOf } from './random';
import type { RedriveCode } from './redrive-code';
import { simulatedClient } from './simulated-client';
import { SimulatedQueue } from './simulated-queue';
import { runWorker, TABLE, TARGET } from './worker-run';
import { Process, WorkerScheduler } from './worker-scheduler';

/**
 * How a handler treats a message until the fault is mended: a `failing` one can't be helped, a
 * `crasher` ends its process, so SQS moves it to the dead-letter queue. A `bad` one always fails.
 */
export type Kind = 'failing' | 'crasher' | 'bad';

export interface RedriveOptions {
  readonly seed: number;
  readonly code: RedriveCode;
  readonly fifo?: boolean;
  readonly kinds: readonly Kind[];
  /** Whether workers crash and lose answers too. Persons and the tick always do. */
  readonly workerFaults: boolean;
}

/** End of one message. */
export interface RedriveEnd {
  readonly kind: Kind;
  /** Number of times that its effect was run. */
  readonly effects: number;
  /** Number of its entries. */
  readonly entries: number;
  readonly entry?: QuarantineEntry;
}

export interface RedriveHistory {
  readonly ends: readonly RedriveEnd[];
  readonly crashes: number;
  /** Messages that at some time were neither done nor visible. */
  readonly lost: readonly number[];
}

const MINUTE = 60_000;
const TIMEOUT_MS = 30_000;
const FAULTS = { crash: 0.03, lostAnswer: 0.03 };
/** Minutes in which persons send messages again while calls have faults. */
const ROUGH_MINUTES = 40;
/** Minutes after the last fault. A trial is stale after 15 minutes. */
const CALM_MINUTES = 60;

/** Messages are given up, and persons send them again. At the end nothing has faults. */
export async function redriveHistory({
  seed,
  code,
  fifo = false,
  kinds,
  workerFaults,
}: RedriveOptions): Promise<RedriveHistory> {
  const random = randomOf(seed);
  let workers = 0;
  const scheduler = new WorkerScheduler(random, FAULTS, (process) => {
    if (process instanceof WorkerProcess) workers--;
  });
  const start = scheduler.now;
  const isCalm = () => scheduler.now >= start + ROUGH_MINUTES * MINUTE;
  const isMended = () => scheduler.now >= start + 5 * MINUTE;
  const queue = new SimulatedQueue({ fifo, visibilityMs: TIMEOUT_MS, retentionMs: 1e9, maxReceiveCount: 2 });
  for (const i of kinds.keys()) {
    const content = JSON.stringify({ id: `id${i}`, to: TARGET, time: '2026-11-30T00:00:00.000Z', body: { i } });
    queue.send(`m${i}`, content, start + i * 1_000, fifo ? `g${i % 3}` : undefined);
  }
  const database = new MemoryDynamoDb();
  const { byFingerprint } = QUARANTINE_INDEXES;
  database.createTable(TABLE, {
    partitionKey: QUARANTINE_KEY.partition,
    sortKey: QUARANTINE_KEY.sort,
    indexes: { [byFingerprint.name]: { partitionKeys: [byFingerprint.partition], sortKeys: [byFingerprint.sort] } },
  });
  const effects = kinds.map(() => 0);
  const removed = new Set<string>();
  const hiddenUntil = new Map<string, number>();
  const deadLetters = () => queue.messages.filter(({ id, state }) => state === 'dead letter' && !removed.has(id));

  const clientOf = (process: Process) => simulatedClient(database, (act) => scheduler.call(process, act));

  function receive(): void {
    const batch = queue.receive(scheduler.now, 3);
    if (batch.length === 0) return;
    const process = new WorkerProcess(scheduler.now + TIMEOUT_MS, isCalm() || !workerFaults);
    workers++;
    const handle = async ({ body: { i } }: { readonly body: { readonly i: number } }) => {
      await scheduler.call(process, () => undefined);
      if (kinds[i] === 'crasher' && !isMended()) {
        scheduler.kill(process);
        await new Promise(() => undefined);
      }
      if (kinds[i] === 'bad' || !isMended()) throw new code.PermanentFailure('no such order');
      effects[i]!++;
    };
    const run = { code, scheduler, queue, process, batch, giveUpAfterMs: 6 * 60 * MINUTE, client: clientOf(process) };
    runWorker({ ...run, handle }, () => workers--);
  }

  function runTick(): void {
    const process = new Process(scheduler.now + TIMEOUT_MS, isCalm());
    const letters = {
      name: 'dead-letters',
      receive: () =>
        scheduler.call(process, () =>
          deadLetters()
            .filter(({ id }) => (hiddenUntil.get(id) ?? 0) <= scheduler.now)
            .slice(0, 10)
            .map(({ id, body, sentAt: before, movedAt, receives, group, trial }): DeadLetter => {
              hiddenUntil.set(id, scheduler.now + 5 * MINUTE);
              const facts = { ...(group === undefined ? {} : { group }), ...(trial === undefined ? {} : { trial }) };
              // SQS gives a dead letter of a FIFO queue a new time, and a new sequence number.
              const sentAt = fifo ? movedAt! : before;
              return { messageId: id, receipt: id, body, sentAt, receives, ...facts };
            }),
        ),
      remove: ({ receipt }: DeadLetter) => scheduler.call(process, () => void removed.add(receipt)),
    };
    const quarantine = new code.DynamoDbQuarantine(clientOf(process), () => TABLE);
    const remainingMs = () => process.end - scheduler.now;
    const turn = <T>(work: () => Promise<T>) => work();
    const ports = { quarantine, remainingMs, turn, now: () => scheduler.now, log: () => undefined };
    void code.adopt(TARGET, letters, 1_000, ports).catch(() => undefined);
  }

  /** A run of the redrive function. @param then gets the answer, if there is one */
  function ask(request: RedriveRequest, then: (answer: unknown) => void = () => undefined): void {
    const process = new Process(scheduler.now + TIMEOUT_MS, isCalm());
    let count = 0;
    const sqs = {
      send: ({ input }: { readonly input: object }) =>
        scheduler.call(process, () => {
          if (!('MessageBody' in input)) return { QueueUrl: TARGET };
          const { MessageBody, MessageGroupId, MessageAttributes } = input as SendMessageCommandInput;
          const trial = MessageAttributes?.[REDRIVE_ATTRIBUTE];
          queue.send(`t${queue.messages.length}`, MessageBody!, scheduler.now, MessageGroupId, trial?.StringValue);
          return {};
        }),
    } as unknown as SQSClient;
    const ports = {
      entries: new code.DynamoDbEntries(clientOf(process), TABLE),
      send: new code.WorkerQueues(sqs, { [TARGET]: fifo ? `${TARGET}.fifo` : TARGET }).send,
      now: () => scheduler.now,
      newId: () => `${scheduler.now}-${count++}-${Math.floor(random() * 1e9)}`,
      remainingMs: () => process.end - scheduler.now,
      log: () => undefined,
    };
    void code.redrive(request, undefined, ports).then(then, () => undefined);
  }

  /** A person lists the faults, and sends some messages of each. */
  function decide(): void {
    ask({ verb: 'list' }, (answer) => {
      for (const { fingerprint } of (answer as RedriveList).faults) {
        ask({ verb: 'try', fingerprint, limit: 1 + Math.floor(random() * 4) });
      }
    });
  }

  const items = () => database.items(TABLE).filter((item) => 'id' in item);
  const indexOf = (id: string) => Number(id.slice(2));
  const indexes = new Map<string, number>();
  const bodyOf = (body: string) => {
    const index = indexes.get(body) ?? (JSON.parse(body) as { readonly body: { readonly i: number } }).body.i;
    indexes.set(body, index);
    return index;
  };
  const lost = new Set<number>();
  const end = start + (ROUGH_MINUTES + CALM_MINUTES) * MINUTE;
  for (let minute = start; scheduler.now < end; ) {
    if (scheduler.now >= minute) {
      minute += MINUTE;
      runTick();
      if (isMended() && random() < 0.5) decide();
    }
    if (workers < 2 && queue.nextAt <= scheduler.now) receive();
    const next = Math.min(scheduler.nextAt, minute, workers < 2 ? queue.nextAt : Number.POSITIVE_INFINITY);
    scheduler.now = Math.max(scheduler.now, next);
    await scheduler.step();
    const visible = new Set([
      ...items().map(({ id }) => indexOf(String(id!['S']))),
      ...queue.messages.filter(({ state }) => state === 'queued').map(({ body }) => bodyOf(body)),
      ...deadLetters().map(({ body }) => bodyOf(body)),
    ]);
    for (const i of kinds.keys()) if (effects[i] === 0 && !visible.has(i)) lost.add(i);
  }
  return {
    ends: kinds.map((kind, i) => {
      const own = items().filter(({ id }) => indexOf(String(id!['S'])) === i);
      const [entry] = own.map((item) => itemToEntry(item));
      return { kind, effects: effects[i]!, entries: own.length, ...(entry === undefined ? {} : { entry }) };
    }),
    crashes: scheduler.crashes,
    lost: [...lost],
  };
}

class WorkerProcess extends Process {}
