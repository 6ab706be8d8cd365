import * as fc from 'fast-check';
import { type Message, PermanentFailure, type StandardSchemaV1, schema, worker } from '../../lambdas/runtime';
import type { QueueEvent, QueueRecord } from '../../lambdas/runtime/worker/records';
import { retrySeconds } from '../../lambdas/runtime/worker/waits';

let logs: Record<string, unknown>[];
let changes: [string, number][];

beforeEach(() => {
  logs = [];
  changes = [];
});

const dependencies = {
  log: (level: string, event: string, fields: object) => void logs.push({ level, event, ...fields }),
  queue: {
    changeVisibility: async (receipt: string, seconds: number) => {
      changes.push([receipt, seconds]);
    },
    delete: async () => undefined,
  },
  random: () => 1,
  now: () => Date.UTC(2026, 10, 24),
  environment: { BREAKWATER_NAME: 'Payments' },
};
const context = (ms = 30_000) => {
  const end = performance.now() + ms;
  return { awsRequestId: 'r-1', getRemainingTimeInMillis: () => end - performance.now() };
};
const record = (
  n: number | string,
  more: { group?: string; fifo?: boolean; body?: string; receives?: number } = {},
): QueueRecord => ({
  messageId: `m${n}`,
  receiptHandle: `h${n}`,
  body:
    more.body ??
    JSON.stringify({
      id: `id${n}`,
      to: 'Payments',
      time: '2026-11-24T00:00:00Z',
      body: { n },
      correlationId: 'request-1',
    }),
  eventSourceARN: `arn:aws:sqs:us-east-1:111122223333:Payments${more.fifo ? '.fifo' : ''}`,
  attributes: {
    ApproximateReceiveCount: String(more.receives ?? 1),
    SenderId: 'AROA:relay',
    ...(more.group ? { MessageGroupId: more.group } : {}),
  },
});
const failures = (result: { batchItemFailures: { itemIdentifier: string }[] }) =>
  result.batchItemFailures.map((f) => f.itemIdentifier);
const outcomes = () =>
  Object.fromEntries(logs.filter((l) => l['event'] === 'message').map((l) => [l['messageId'], l['outcome']]));
const tick = (ms = 1) => new Promise((resolve) => setTimeout(resolve, ms));

test('a message arrives with all that is known of it', async () => {
  const seen: Message[] = [];
  const result = await worker(
    (message) => void seen.push(message),
    {},
    dependencies,
  )({ Records: [record(1, { receives: 3 })] }, context());
  expect(result).toEqual({ batchItemFailures: [] });
  expect(seen[0]).toMatchObject({
    id: 'id1',
    to: 'Payments',
    body: { n: 1 },
    receiveCount: 3,
    correlationId: 'request-1',
    senderId: 'AROA:relay',
    time: '2026-11-24T00:00:00Z',
  });
  expect(logs).toMatchObject([
    { level: 'INFO', outcome: 'done', id: 'id1', correlation_id: 'request-1', service: 'Payments', messageId: 'm1' },
  ]);
});

test('only failed messages are redelivered, with growing delays; their text isn’t logged', async () => {
  const handle = worker<{ n: number }>(
    ({ body }) => {
      if (body.n % 2 === 1) throw new Error('partner is down');
    },
    {},
    dependencies,
  );
  expect(
    failures(await handle({ Records: [record(0), record(1), record(2), record(3, { receives: 4 })] }, context())),
  ).toEqual(['m1', 'm3']);
  expect(changes).toEqual([
    ['h1', 5],
    ['h3', 40],
  ]);
  expect(logs.filter((l) => l['level'] === 'ERROR')).toMatchObject([
    { outcome: 'failed', reason: 'Error' },
    { messageId: 'm3' },
  ]);
});

test('for all failures, handled and failed messages add up to the batch', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ fails: fc.boolean(), group: fc.constantFrom('a', 'b', 'c'), slow: fc.boolean() }), {
        maxLength: 12,
      }),
      fc.boolean(),
      fc.integer({ min: 1, max: 5 }),
      async (plan, fifo, concurrency) => {
        const handled: number[] = [];
        const handle = worker<{ n: number }>(
          async ({ body }) => {
            handled.push(body.n);
            if (plan[body.n]!.slow) await tick(0);
            if (plan[body.n]!.fails) throw new Error('x');
          },
          { concurrency },
          { ...dependencies, log: () => undefined },
        );
        const failed = new Set(
          failures(await handle({ Records: plan.map((p, n) => record(n, { fifo, group: p.group })) }, context())),
        );
        const blocked = (n: number) => fifo && plan.slice(0, n).some((p) => p.group === plan[n]!.group && p.fails);
        for (const [n, p] of plan.entries()) {
          expect(failed.has(`m${n}`)).toBe(p.fails || blocked(n));
          expect(handled.includes(n)).toBe(!blocked(n));
        }
        for (const group of ['a', 'b', 'c']) {
          const order = handled.filter((n) => plan[n]!.group === group);
          if (fifo) expect(order).toEqual([...order].sort((x, y) => x - y));
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('a FIFO group waits for its first failure, and other groups continue', async () => {
  const handle = worker<{ n: number }>(
    ({ body }) => {
      if (body.n === 1) throw new Error('x');
    },
    {},
    dependencies,
  );
  const records = [
    record(1, { fifo: true, group: 'a', receives: 2 }),
    record(2, { fifo: true, group: 'a' }),
    record(3, { fifo: true, group: 'b' }),
  ];
  expect(failures(await handle({ Records: records }, context()))).toEqual(['m1', 'm2']);
  expect(outcomes()).toEqual({ m1: 'failed', m2: 'behind a failure', m3: 'done' });
  expect(changes).toEqual([
    ['h1', 10],
    ['h2', 10],
  ]);
});

test('at most the requested number runs at the same time', async () => {
  let [now, most] = [0, 0];
  const handle = worker(
    async () => {
      most = Math.max(most, ++now);
      await tick();
      now--;
    },
    { concurrency: 3 },
    dependencies,
  );
  await handle({ Records: Array.from({ length: 10 }, (_, n) => record(n)) }, context());
  expect(most).toBe(3);
});

test.each([
  ['not JSON', '{"id"', 'message body must be the JSON of an envelope'],
  ['no envelope', '{"secret":1}', "message envelope needs a non-empty string 'id'"],
  ['null', 'null', "message envelope needs a non-empty string 'id'"],
])('a body that is %s fails at once with a reason that does not quote it', async (_, body, reason) => {
  const result = await worker(
    () => undefined,
    {},
    dependencies,
  )({ Records: [record(1, { body, receives: 4 }), record(2)] }, context());
  expect(failures(result)).toEqual(['m1']);
  expect(changes).toEqual([['h1', 0]]);
  expect(logs[0]).toMatchObject({ level: 'ERROR', outcome: 'malformed', reason: expect.stringContaining(reason) });
  expect(JSON.stringify(logs)).not.toContain('secret');
});

test('invalid messages and permanent failures fail at once', async () => {
  const strict = schema.object({ n: schema.integer({ max: 5 }) });
  const handle = worker(
    ({ body }) => {
      if (body.n === 2) throw new PermanentFailure('no such order');
    },
    { schema: strict },
    dependencies,
  );
  expect(failures(await handle({ Records: [record(1), record(2), record(9)] }, context()))).toEqual(['m2', 'm9']);
  expect(changes).toEqual([
    ['h2', 0],
    ['h9', 0],
  ]);
  expect(logs).toContainEqual(expect.objectContaining({ messageId: 'm9', outcome: 'refused', issues: ['n'] }));
  expect(logs).toContainEqual(expect.objectContaining({ messageId: 'm2', reason: 'PermanentFailure: no such order' }));
});

test('the log has no name of a field that may be a value, and no more than it needs', async () => {
  const handle = worker(
    () => undefined,
    { schema: schema.object({ lines: schema.array(schema.object({ sku: schema.string() })) }) },
    dependencies,
  );
  const many = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`anne${i}`, 1]));
  const body = (value: object) => JSON.stringify({ id: 'id1', to: 'Payments', time: 't', body: value });
  const bodies = [{ lines: [{ sku: 7 }, { sku: 8 }], 'anne@example.com': 1, C100017: 2, note: 3 }, many];
  await handle({ Records: bodies.map((value, i) => record(i, { body: body(value) })) }, context());
  expect(logs.map(({ issues }) => issues)).toEqual([
    ['lines[0].sku', 'lines[1].sku', '*', 'note'],
    ['lines', '*'],
  ]);
});

test('a schema that throws fails its message only', async () => {
  const broken: StandardSchemaV1<unknown, unknown> = {
    '~standard': {
      version: 1,
      vendor: 'x',
      validate: (v) => {
        if ((v as { n: number }).n === 1) throw new Error('bug');
        return { value: v };
      },
    },
  };
  expect(
    failures(
      await worker(() => undefined, { schema: broken }, dependencies)({ Records: [record(1), record(2)] }, context()),
    ),
  ).toEqual(['m1']);
});

test('when time runs out: finished is done, running is reported and aborted, the rest is not begun', async () => {
  let signal: AbortSignal | undefined;
  const handle = worker<{ n: number }>(
    async ({ body, ...message }) => {
      if (body.n === 0) return;
      signal = message.signal;
      await tick(250);
    },
    { concurrency: 1, reserveMs: 100 },
    dependencies,
  );
  const result = await handle({ Records: [record(0), record(1), record(2)] }, context(200));
  expect(failures(result)).toEqual(['m1', 'm2']);
  expect(signal!.aborted).toBe(true);
  expect(outcomes()).toEqual({ m0: 'done', m1: 'unfinished', m2: 'not begun' });
  expect(changes).toEqual([['h2', 5]]);
  await tick(250);
  expect(logs.at(-1)).toMatchObject({ messageId: 'm1', level: 'ERROR', outcome: 'done, too late' });
  expect(logs).toHaveLength(4);
});

test('starts no message without enough time', async () => {
  const handle = jest.fn();
  expect(
    failures(await worker(handle, { reserveMs: 1_000 }, dependencies)({ Records: [record(1)] }, context(500))),
  ).toEqual(['m1']);
  expect(handle).not.toHaveBeenCalled();
});

test('if the queue refuses a new visibility timeout, nothing else changes', async () => {
  const queue = {
    ...dependencies.queue,
    changeVisibility: async () => {
      throw new Error('denied');
    },
  };
  const handle = worker(
    () => {
      throw new Error('x');
    },
    {},
    { ...dependencies, queue },
  );
  expect(failures(await handle({ Records: [record(1)] }, context()))).toEqual(['m1']);
  expect(logs.at(-1)).toMatchObject({ level: 'WARN', event: 'visibility', reason: 'Error' });
});

test('if the queue never answers, the batch still ends in time', async () => {
  const signals: (AbortSignal | undefined)[] = [];
  const queue = {
    ...dependencies.queue,
    changeVisibility: (_receipt: string, _seconds: number, signal?: AbortSignal) => {
      signals.push(signal);
      return new Promise<void>(() => undefined);
    },
  };
  const handle = worker(
    () => {
      throw new Error('x');
    },
    { reserveMs: 100 },
    { ...dependencies, queue },
  );
  const left = context(400);
  expect(failures(await handle({ Records: [record(1), record(2)] }, left))).toEqual(['m1', 'm2']);
  expect(left.getRemainingTimeInMillis()).toBeGreaterThan(0);
  expect(signals.map((signal) => signal?.aborted)).toEqual([true, true]);
  expect(logs.at(-1)).toMatchObject({ level: 'WARN', event: 'visibility', reason: expect.stringContaining('in time') });
});

describe('what rescheduling needs', () => {
  const events: string[] = [];
  const queue = {
    ...dependencies.queue,
    preload: async () => void events.push('preload'),
    changeVisibility: async () => void events.push('change'),
  };
  beforeEach(() => void events.splice(0));

  test('is not loaded for a batch that is soon done', async () => {
    await worker(() => undefined, {}, { ...dependencies, queue })({ Records: [record(1)] }, context());
    expect(events).toEqual([]);
  });

  test('is loaded at the first failure, while other messages are being handled', async () => {
    const handle = worker<{ n: number }>(
      async ({ body }) => {
        if (body.n === 1) throw new Error('x');
        await tick(20);
        events.push('worked');
      },
      {},
      { ...dependencies, queue },
    );
    await handle({ Records: [record(1), record(2)] }, context());
    expect(events).toEqual(['preload', 'worked', 'change']);
  });

  test('is loaded before time runs out', async () => {
    const handle = worker(
      async ({ signal }) => {
        signal.addEventListener('abort', () => events.push('over'));
        await tick(300);
      },
      { concurrency: 1, reserveMs: 100 },
      { ...dependencies, queue },
    );
    await handle({ Records: [record(1), record(2)] }, context(250));
    expect(events).toEqual(['preload', 'over', 'change']);
  });

  test('doesn’t change the result if it can’t be loaded', async () => {
    const broken = { ...queue, preload: () => Promise.reject(new Error('no disk')) };
    const handle = worker(() => Promise.reject(new Error('x')), {}, { ...dependencies, queue: broken });
    expect(failures(await handle({ Records: [record(1)] }, context()))).toEqual(['m1']);
  });
});

test('retryDelay: false doesn’t call the queue', async () => {
  await worker(
    () => {
      throw new Error('x');
    },
    { retryDelay: false },
    dependencies,
  )({ Records: [record(1)] }, context());
  expect(changes).toEqual([]);
});

test('waits are whole seconds below a bound that doubles up to the cap', () => {
  void fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (receives, random) => {
        const wait = retrySeconds(receives, { baseSeconds: 4, capSeconds: 100 }, () => random);
        const bound = Math.min(100, 4 * 2 ** (receives - 1));
        expect(wait).toBeLessThanOrEqual(bound);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(Number.isInteger(wait)).toBe(true);
      },
    ),
  );
  expect(retrySeconds(50, { capSeconds: 1e9 }, () => 1)).toBe(42_300);
});

test.each([[{ concurrency: 0 }], [{ concurrency: 1.5 }], [{ reserveMs: -1 }], [{ maxAgeSeconds: 0 }]])(
  '%j is refused',
  (options) => {
    expect(() => worker(() => undefined, options)).toThrow(/of a worker must be/);
  },
);

test.each<[string, object, string]>([
  ['no Records', {}, 'a worker must be invoked with an SQS event, got undefined as Records'],
  [
    'a record without eventSourceARN',
    { Records: [{ ...record(1), eventSourceARN: undefined }] },
    'a worker must be invoked with an SQS event: Records[0].eventSourceARN must be a string, got undefined',
  ],
  [
    'a record of a stream',
    { Records: [{ eventSourceARN: 'arn:aws:dynamodb:us-east-1:1:table/T/stream/1', dynamodb: {} }] },
    'a worker must be invoked with an SQS event: Records[0].messageId must be a string, got undefined',
  ],
  ['no record', { Records: [null] }, 'Records[0].messageId must be a string, got undefined'],
  ['a record without attributes', { Records: [{ ...record(1), attributes: undefined }] }, 'must have attributes'],
])('an event with %s ends in an error that says so (R13)', async (_, event, message) => {
  await expect(worker(() => undefined)(event as QueueEvent, context())).rejects.toThrow(message);
});

test('no log line has a message’s group, which may name a person (R14)', async () => {
  const handle = worker(
    ({ group }) => (group === undefined ? undefined : Promise.reject(new Error(group))),
    {},
    dependencies,
  );
  await handle({ Records: [record(1, { fifo: true, group: 'anne@example.com' })] }, context());
  expect(logs).toHaveLength(1);
  expect(JSON.stringify(logs)).not.toContain('anne');
});
