import { TryLater, worker } from '../../lambdas/runtime';
import type { HeldMessages } from '../../lambdas/runtime/worker/held-messages';
import type { QueueRecord } from '../../lambdas/runtime/worker/records';
import { retrySeconds } from '../../lambdas/runtime/worker/waits';

const NOW = Date.UTC(2026, 10, 30, 12);
const HOUR = 3_600_000;
const ENVIRONMENT = {
  BREAKWATER_NAME: 'Payments',
  BREAKWATER_QUARANTINE_TABLE: 'quarantine',
  BREAKWATER_GIVE_UP_AFTER: '3600',
};

function record(n: number, receives = 1, group?: string, sentAt = NOW): QueueRecord {
  return {
    messageId: `m${n}`,
    receiptHandle: `h${n}`,
    body: JSON.stringify({ id: `id${n}`, to: 'Payments', time: new Date(NOW).toISOString(), body: { n } }),
    eventSourceARN: `arn:aws:sqs:us-east-1:111122223333:Payments${group === undefined ? '' : '.fifo'}`,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SenderId: 'AROA:relay',
      SentTimestamp: String(sentAt),
      ApproximateFirstReceiveTimestamp: String(sentAt),
      ...(group === undefined ? {} : { MessageGroupId: group }),
    },
  };
}

/** A worker with a partner that is down until `mend` is called. */
function setUp({ concurrency = 10, hasQuarantine = true, asked = 30 } = {}) {
  const puts: string[] = [];
  const put = async ({ id }: { readonly id: string }) => void puts.push(id);
  const held: HeldMessages = {
    put,
    putNew: async (entry) => put(entry).then(() => true),
    putTried: async (entry) => put(entry).then(() => true),
    get: async () => undefined,
    delete: async () => undefined,
    last: async () => undefined,
  };
  let isDown = true;
  let hangs = false;
  let ms = 0;
  let running = 0;
  const seen = { runs: [] as number[], most: 0, waits: new Map<string, number>(), puts };
  const logs: Record<string, unknown>[] = [];
  const handle = worker<{ n: number }>(
    async ({ body }) => {
      seen.runs.push(body.n);
      seen.most = Math.max(seen.most, ++running);
      await Promise.resolve();
      running--;
      if (hangs) await new Promise(() => undefined);
      if (isDown) throw new TryLater(asked);
    },
    { concurrency },
    {
      log: (level, event, fields) => void logs.push({ level, event, ...fields }),
      queue: {
        changeVisibility: async (receipt, seconds) => void seen.waits.set(receipt, seconds),
        delete: async () => undefined,
      },
      held,
      random: () => 0.9999,
      now: () => NOW,
      monotonic: () => ms,
      environment: hasQuarantine ? ENVIRONMENT : { BREAKWATER_NAME: 'Payments' },
    },
  );
  /** Handles a batch, and returns what it did alone. */
  const run = async (records: readonly QueueRecord[], remainingMs = 30_000) => {
    Object.assign(seen, { runs: [], most: 0, waits: new Map() });
    const result = await handle(
      { Records: records },
      { awsRequestId: 'r', getRemainingTimeInMillis: () => remainingMs },
    );
    return { ...seen, failed: result.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) };
  };
  /** Opens the breaker for messages with this number of receives. */
  const open = async (receives: number) => {
    for (let i = 0; i < 4; i++) {
      await run(Array.from({ length: 10 }, (_, n) => record(n, receives)));
      ms += i < 2 ? 2_500 : 0;
    }
    logs.length = 0;
  };
  return {
    run,
    open,
    logs,
    mend: () => (isDown = false),
    hang: () => (hangs = true),
    pass: (more: number) => (ms += more),
  };
}

const ten = (receives: number) => Array.from({ length: 10 }, (_, n) => record(n, receives));

test('overload halves the messages at the same time; good batches restore them one by one', async () => {
  const { run, mend } = setUp();
  expect((await run(ten(1))).most).toBe(10);
  mend();
  const most: number[] = [];
  for (let i = 0; i < 6; i++) most.push((await run(ten(1))).most);
  expect(most).toEqual([5, 6, 7, 8, 9, 10]);
});

test('an open breaker hands a batch back: no run, no entry, a growing wait, and one line', async () => {
  const { run, open, logs } = setUp();
  await open(2);
  const { runs, waits, failed, puts } = await run([record(0, 2), record(1, 3), record(2, 50)]);
  expect([runs, puts, failed]).toEqual([[], [], ['m0', 'm1', 'm2']]);
  expect(Object.fromEntries(waits)).toEqual({ h0: 120, h1: 240, h2: 900 });
  expect(logs).toEqual([
    expect.objectContaining({
      level: 'WARN',
      event: 'handed back',
      messages: [0, 1, 2].map((n) => expect.objectContaining({ messageId: `m${n}`, id: `id${n}` })),
    }),
  ]);
});

test('if the probe gets no answer, the rest of its batch is handed back too', async () => {
  const { run, open, hang, pass } = setUp();
  await open(2);
  pass(1_000);
  hang();
  const { runs, waits, failed } = await run(ten(2), 1_050);
  expect([runs.length, failed.length]).toEqual([1, 10]);
  expect([...waits.values()].filter((seconds) => seconds === 120)).toHaveLength(9);
});

test('it runs one probe, and closes at the first good one', async () => {
  const { run, open, logs, mend, pass } = setUp();
  await open(2);
  pass(1_000);
  const probed = await run(ten(2));
  expect([probed.runs.length, probed.failed.length]).toEqual([1, 10]);
  mend();
  expect((await run(ten(2))).runs).toEqual([]);
  pass(2_000);
  logs.length = 0;
  const mended = await run(ten(2));
  expect([mended.runs.length, mended.most, mended.failed]).toEqual([10, 1, []]);
  expect(logs.filter(({ event }) => event === 'breaker')).toMatchObject([
    { level: 'WARN', state: 'closed', deliveries: 'again' },
  ]);
});

test('the breaker of redelivered messages doesn’t hold new ones back', async () => {
  const { run, open, mend } = setUp();
  await open(2);
  mend();
  const { runs } = await run([record(0, 2), record(1, 1), record(2, 2), record(3, 1)]);
  expect(runs.sort()).toEqual([1, 3]);
});

test('of a FIFO group all messages are handed back, for the same time', async () => {
  const { run, open } = setUp();
  await open(2);
  const { runs, waits, failed } = await run([record(0, 2, 'a'), record(1, 1, 'a'), record(2, 4, 'b')]);
  expect([runs, failed]).toEqual([[], ['m0', 'm1', 'm2']]);
  expect(Object.fromEntries(waits)).toEqual({ h0: 120, h1: 120, h2: 480 });
});

test('a message that SQS would soon delete is run, so that it is held', async () => {
  const { run, open } = setUp();
  await open(2);
  const { runs, failed, puts } = await run([record(0, 2), record(1, 2, undefined, NOW - 13 * 24 * HOUR)]);
  expect([runs, failed]).toEqual([[1], ['m0']]);
  expect(puts).toContain('id1');
});

test('without a quarantine no message is handed back, because SQS counts its receives', async () => {
  const { run, open } = setUp({ hasQuarantine: false });
  await open(2);
  expect((await run(ten(2))).runs.length).toBe(10);
});

test('the wait of TryLater is as long as asked, and at most 15 minutes', async () => {
  const short = setUp({ asked: 30 });
  const { waits } = await short.run([record(0, 1), record(1, 6)]);
  expect(Object.fromEntries(waits)).toEqual({ h0: 30, h1: 30 });
  const long = setUp({ asked: 6 * 3_600 });
  expect(Object.fromEntries((await long.run([record(0)])).waits)).toEqual({ h0: 900 });
});

test('a message that is handed back for 6 hours has about 50 receives', () => {
  const delay = { baseSeconds: 60, capSeconds: 900 };
  let receives = 0;
  for (let seconds = 0; seconds < 6 * 3_600; receives++) seconds += retrySeconds(receives + 1, delay, () => 0.5);
  expect(receives).toBe(51);
});
