import { PermanentFailure, TryLater, worker } from '../../lambdas/runtime';
import type { HeldMessages } from '../../lambdas/runtime/worker/held-messages';
import { formatTrialReference } from '../../lambdas/runtime/worker/trial-reference';
import { heldKey, type QuarantineEntry, REDRIVE_ATTRIBUTE } from '../../lib/protocol';

const NOW = Date.UTC(2026, 10, 30, 12);
const HOUR = 3_600_000;
const CONTENT = JSON.stringify({ id: 'id1', to: 'Payments', time: 't', body: { n: 1 } });
const ENTRY: QuarantineEntry = {
  pk: heldKey('Payments'),
  sk: 'm1#2026-11-29T00:00:00.000Z#0#000',
  id: 'id1',
  to: 'Payments',
  content: CONTENT,
  state: 'sent',
  reason: 'gave-up',
  fingerprint: 'f',
  receives: 40,
  first: '2026-11-29T00:00:00.000Z',
  at: '2026-11-29T06:00:00.000Z',
  trial: 't1',
  triedAt: new Date(NOW).toISOString(),
};

function setUp(
  stored: QuarantineEntry | undefined,
  handle: (change: Change) => unknown = () => undefined,
  options = {},
) {
  let entry = stored;
  let runs = 0;
  const logs: object[] = [];
  const changes: [string, number][] = [];
  const held: HeldMessages = {
    put: async (put) => {
      entry = put;
    },
    putNew: async () => true,
    putTried: async (put, trial) => {
      const isOpen = entry?.trial === trial && entry.state === 'sent';
      if (isOpen) entry = put;
      return isOpen;
    },
    get: async (sk) => (sk === ENTRY.sk ? entry : undefined),
    delete: async ({ sk }) => {
      if (sk === entry?.sk) entry = undefined;
    },
    last: async () => undefined,
  };
  const handler = worker(
    async () => {
      runs++;
      await handle((other) => {
        entry = other;
      });
    },
    options,
    {
      held,
      log: (_level, message, fields) => void logs.push({ message, ...fields }),
      now: () => NOW,
      after: () => ({ promise: new Promise<void>(() => undefined), cancel: () => undefined }),
      environment: {
        BREAKWATER_NAME: 'Payments',
        BREAKWATER_QUARANTINE_TABLE: 'quarantine',
        BREAKWATER_GIVE_UP_AFTER: '3600',
      },
      queue: {
        changeVisibility: async (id, seconds) => void changes.push([id, seconds]),
        delete: async () => undefined,
      },
    },
  );
  async function run({ trial = 't1', body = CONTENT, to = 'Payments', of = '', firstAt = NOW } = {}) {
    const record = {
      messageId: 'm2',
      receiptHandle: 'h2',
      body,
      eventSourceARN: 'arn:aws:sqs:us-east-1:111122223333:Payments',
      attributes: {
        ApproximateReceiveCount: '1',
        SenderId: 's',
        SentTimestamp: String(NOW),
        ApproximateFirstReceiveTimestamp: String(firstAt),
      },
      messageAttributes: {
        [REDRIVE_ATTRIBUTE]: { stringValue: formatTrialReference({ sk: ENTRY.sk, trial }, to, of || body) },
      },
    };
    const { batchItemFailures } = await handler(
      { Records: [record] },
      { awsRequestId: 'r', getRemainingTimeInMillis: () => 30_000 },
    );
    return { failed: batchItemFailures.length, runs, entry, logs, changes };
  }
  return { run, held };
}

/** Changes the entry while the handler runs. */
type Change = (entry: QuarantineEntry | undefined) => void;

const fail = () => {
  throw new Error('again');
};

test('a message that is done on trial leaves no entry', async () => {
  expect(await setUp(ENTRY).run()).toMatchObject({ failed: 0, runs: 1, entry: undefined });
});

test('a message that fails on trial is held at once, at its place, with its age and its new fault', async () => {
  const { failed, entry } = await setUp(ENTRY, fail).run();
  expect(failed).toBe(0);
  expect(entry).toMatchObject({ sk: ENTRY.sk, state: 'held', reason: 'gave-up', first: ENTRY.first, receives: 41 });
  expect(entry?.fingerprint).not.toBe('f');
  expect(entry?.trial).toBeUndefined();
  const permanent = setUp(ENTRY, () => {
    throw new PermanentFailure('no such order');
  });
  expect((await permanent.run()).entry).toMatchObject({ state: 'held', reason: 'permanent' });
});

test('a message that asks for more time on trial stays on trial', async () => {
  const { run } = setUp(ENTRY, () => {
    throw new TryLater(60, 'the partner is busy');
  });
  expect(await run()).toMatchObject({ failed: 1, entry: ENTRY, changes: [['h2', 60]] });
});

test('a message that a person sends again is handled, however old it is', async () => {
  const body = JSON.stringify({ id: 'id1', to: 'Payments', time: '2026-01-01T00:00:00Z', body: { n: 1 } });
  const { run } = setUp({ ...ENTRY, content: body }, () => undefined, { maxAgeSeconds: 60 });
  expect(await run({ body })).toMatchObject({ failed: 0, runs: 1, entry: undefined });
});

test('a trial that doesn’t end is held again', async () => {
  const result = await setUp(ENTRY).run({ firstAt: NOW - 2 * HOUR });
  expect(result).toMatchObject({ failed: 0, runs: 0, entry: { sk: ENTRY.sk, state: 'held', reason: 'never-ended' } });
});

test.each([
  ['settled by another delivery', undefined],
  ['held again by another delivery', { ...ENTRY, state: 'held', fingerprint: 'g' } as const],
  ['sent once more', { ...ENTRY, trial: 't2' }],
])('a message that fails after its entry was %s changes nothing', async (_what, meanwhile) => {
  const { run } = setUp(ENTRY, (change) => {
    change(meanwhile);
    throw new Error('again');
  });
  const { failed, entry, logs } = await run();
  expect({ failed, entry }).toEqual({ failed: 0, entry: meanwhile });
  expect(logs).toContainEqual(expect.objectContaining({ outcome: 'quarantined', reason: 'its trial is over' }));
});

test.each([
  ['settled or discarded', undefined, 't1'],
  ['held again', { ...ENTRY, state: 'held' } as const, 't1'],
  ['sent once more', { ...ENTRY, trial: 't2' }, 't1'],
])('a message whose entry is %s isn’t run', async (_what, stored, trial) => {
  const { failed, runs, entry, logs } = await setUp(stored).run({ trial });
  expect({ failed, runs, entry }).toEqual({ failed: 0, runs: 0, entry: stored });
  expect(logs).toContainEqual(expect.objectContaining({ outcome: 'quarantined', reason: 'its trial is over' }));
});

test('a sender can’t settle the entry of another message', async () => {
  const body = CONTENT.replace('"n":1', '"n":2');
  expect(await setUp(ENTRY).run({ body })).toMatchObject({ failed: 0, runs: 1, entry: ENTRY });
});

test.each([
  ['another content', { of: CONTENT.replace('"n":1', '"n":2') }],
  ['another target', { to: 'Mail' }],
])('a message with a copied reference, to %s, is run and not lost', async (_what, copied) => {
  expect(await setUp(undefined).run(copied)).toMatchObject({ failed: 0, runs: 1 });
  expect(await setUp(ENTRY).run(copied)).toMatchObject({ failed: 0, runs: 1, entry: ENTRY });
});

test('while the quarantine doesn’t answer, a message on trial waits', async () => {
  const { run, held } = setUp(ENTRY);
  held.get = async () => {
    throw new Error('down');
  };
  expect(await run()).toMatchObject({ failed: 1, runs: 0, entry: ENTRY, changes: [['h2', 30]] });
});

test('“done” settles a message without its handler, unless once() made the handler', async () => {
  expect(await setUp({ ...ENTRY, decision: 'done' }, fail).run()).toMatchObject({
    failed: 0,
    runs: 0,
    entry: undefined,
  });
});
