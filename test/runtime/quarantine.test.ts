import { PermanentFailure, schema, TryLater, worker } from '../../lambdas/runtime';
import { entryOf, failureOf, withoutValues } from '../../lambdas/runtime/worker/entry';
import type { HeldMessages } from '../../lambdas/runtime/worker/held-messages';
import { HeldTable } from '../../lambdas/runtime/worker/held-table';
import type { QueueRecord } from '../../lambdas/runtime/worker/records';
import { MAX_QUARANTINE_CONTENT_BYTES, parsePositionKey, type QuarantineEntry } from '../../lib/protocol';
import { DynamoStub } from './dynamodb-stub';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 10, 30, 12);
const ENVIRONMENT = {
  BREAKWATER_NAME: 'Payments',
  BREAKWATER_QUARANTINE_TABLE: 'quarantine',
  BREAKWATER_GIVE_UP_AFTER: '3600',
};

interface RecordOptions {
  readonly receives?: number;
  readonly firstAt?: number;
  readonly sentAt?: number;
  readonly group?: string;
  readonly body?: string;
}

function record(
  n: number,
  { receives = 1, firstAt = NOW, sentAt = firstAt, group, body }: RecordOptions = {},
): QueueRecord {
  return {
    messageId: `m${n}`,
    receiptHandle: `h${n}`,
    body:
      body ??
      JSON.stringify({ id: `id${n}`, to: 'Payments', time: 't', correlationId: 'request-1', about: 'C1', body: { n } }),
    eventSourceARN: `arn:aws:sqs:us-east-1:111122223333:Payments${group === undefined ? '' : '.fifo'}`,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SenderId: 'AROA:relay',
      SentTimestamp: String(sentAt),
      ApproximateFirstReceiveTimestamp: String(firstAt),
      ...(group === undefined ? {} : { MessageGroupId: group, SequenceNumber: `18${n}` }),
    },
  };
}

/** Held messages in memory, with a log of all calls. */
class Held implements HeldMessages {
  readonly entries = new Map<string, QuarantineEntry>();
  readonly calls: string[] = [];

  async put(entry: QuarantineEntry): Promise<void> {
    this.calls.push('put');
    this.entries.set(entry.sk, entry);
  }
  async putNew(entry: QuarantineEntry): Promise<boolean> {
    this.calls.push('putNew');
    if (this.entries.has(entry.sk)) return false;
    this.entries.set(entry.sk, entry);
    return true;
  }
  async putTried(entry: QuarantineEntry): Promise<boolean> {
    this.calls.push('putTried');
    this.entries.set(entry.sk, entry);
    return true;
  }
  async get(sk: string): Promise<QuarantineEntry | undefined> {
    this.calls.push('get');
    return this.entries.get(sk);
  }
  async delete({ sk }: { readonly sk: string }): Promise<void> {
    this.calls.push('delete');
    this.entries.delete(sk);
  }
  async last(group: string): Promise<QuarantineEntry | undefined> {
    this.calls.push('last');
    const of = [...this.entries.values()].filter((entry) => parsePositionKey(entry.sk)?.lane === group);
    return of.sort((a, b) => (a.sk < b.sk ? -1 : 1)).at(-1);
  }
}

function setUp(handle: (body: { readonly n: number }) => unknown, options: object = {}) {
  const held = new Held();
  const logs: Record<string, unknown>[] = [];
  const deleted: string[] = [];
  const changed: [string, number][] = [];
  const dependencies = {
    held,
    log: (level: string, event: string, fields: object) => void logs.push({ level, event, ...fields }),
    random: () => 0.999,
    now: () => NOW,
    after: () => ({ promise: new Promise<void>(() => undefined), cancel: () => undefined }),
    environment: ENVIRONMENT,
    queue: {
      changeVisibility: async (receipt: string, seconds: number) => void changed.push([receipt, seconds]),
      delete: async (receipt: string) => void deleted.push(receipt),
    },
  };
  const handler = worker<{ n: number }>(async ({ body }) => void (await handle(body)), options, dependencies);
  const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 30_000 };
  const run = async (...Records: QueueRecord[]) =>
    (await handler({ Records }, context)).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  return { held, logs, deleted, changed, run };
}

const fail = () => {
  throw new Error('order 17 of anne@example.com');
};

test('a message that has failed for its give-up time is held, acknowledged and logged with its fingerprint', async () => {
  const { held, logs, run } = setUp(fail);
  expect(await run(record(1, { firstAt: NOW - HOUR, receives: 2 }), record(2, { firstAt: NOW - HOUR + 1 }))).toEqual([
    'm2',
  ]);
  const [entry] = held.entries.values();
  expect(entry).toMatchObject({
    pk: 'held#Payments',
    id: 'id1',
    to: 'Payments',
    content: record(1).body,
    state: 'held',
    reason: 'gave-up',
    error: 'Error',
    receives: 2,
    first: new Date(NOW - HOUR).toISOString(),
    at: new Date(NOW).toISOString(),
    correlationId: 'request-1',
    about: 'C1',
  });
  expect(logs).toContainEqual(
    expect.objectContaining({
      level: 'ERROR',
      event: 'quarantine',
      reason: 'gave-up',
      fingerprint: entry!.fingerprint,
    }),
  );
  const { content, ...rest } = entry!;
  expect(JSON.stringify([rest, logs])).not.toMatch(/anne|order 17/);
});

test.each<[string, RecordOptions, () => unknown]>([
  ['permanent', { receives: 1 }, () => Promise.reject(new PermanentFailure('no such order'))],
  ['malformed', { body: '{"secret":1}' }, () => undefined],
  ['refused', {}, () => undefined],
])('a %s failure is held at once', async (reason, of, handle) => {
  const options = reason === 'refused' ? { schema: schema.object({ n: schema.integer({ max: 0 }) }) } : {};
  const { held, changed, run } = setUp(handle, options);
  expect(await run(record(1, of))).toEqual([]);
  expect([...held.entries.values()]).toMatchObject([{ reason, id: reason === 'malformed' ? 'm1' : 'id1' }]);
  expect(changed).toEqual([]);
});

test('a failure may state its own reason', async () => {
  class HalfWay extends PermanentFailure {
    override readonly reason = 'half-way';
  }
  const { held, run } = setUp(() => Promise.reject(new HalfWay('the effect may have happened')));
  await run(record(1));
  expect([...held.entries.values()]).toMatchObject([
    { reason: 'half-way', error: 'PermanentFailure: the effect may have happened' },
  ]);
});

test('a message that must wait isn’t judged, however old it is, and waits for as long as its handler asks', async () => {
  const { held, logs, changed, run } = setUp(() => Promise.reject(new TryLater(70.5, 'the partner refuses calls')));
  expect(await run(record(1, { firstAt: NOW - HOUR }))).toEqual(['m1']);
  expect(held.entries.size).toBe(0);
  expect(changed).toEqual([['h1', 71]]);
  expect(logs).toMatchObject([{ level: 'WARN', outcome: 'deferred', reason: 'TryLater: the partner refuses calls' }]);
});

test('if the entry can’t be put, the message is redelivered later, and the log says why', async () => {
  const { held, logs, changed, run } = setUp(() => Promise.reject(new PermanentFailure('no such order')));
  held.put = () =>
    Promise.reject(Object.assign(new Error('secret'), { name: 'ProvisionedThroughputExceededException' }));
  expect(await run(record(1, { receives: 4 }))).toEqual(['m1']);
  expect(changed).toEqual([['h1', 40]]);
  expect(logs).toContainEqual(
    expect.objectContaining({ level: 'WARN', event: 'quarantine', reason: 'ProvisionedThroughputExceededException' }),
  );
});

test('a done message costs no call of the quarantine at its first delivery, and one later', async () => {
  const { held, run } = setUp(() => undefined);
  await run(record(1), record(2, { firstAt: NOW - HOUR }));
  expect(held.calls).toEqual([]);
  await run(record(3, { receives: 2 }));
  expect(held.calls).toEqual(['delete']);
});

test('a message that is done after a put without an answer has no entry', async () => {
  let isMended = false;
  const { held, run } = setUp(() => (isMended ? undefined : Promise.reject(new PermanentFailure('no such order'))));
  const put = held.put.bind(held);
  held.put = async (entry) => {
    await put(entry);
    throw Object.assign(new Error('lost'), { name: 'TimeoutError' });
  };
  expect(await run(record(1))).toEqual(['m1']);
  expect(held.entries.size).toBe(1);
  isMended = true;
  expect(await run(record(1, { receives: 2 }))).toEqual([]);
  expect(held.entries.size).toBe(0);
});

test('a last run that is deferred leaves no entry, until SQS would soon give the message up', async () => {
  const { held, changed, run } = setUp(() => Promise.reject(new TryLater(1)));
  const old = { firstAt: NOW - 3 * HOUR, receives: 9 };
  expect(await run(record(1, old))).toEqual(['m1']);
  expect(held.entries.size).toBe(0);
  expect(held.calls).toEqual(['putNew', 'delete']);
  expect(changed).toEqual([['h1', 1]]);
  const [second, third] = [
    { ...old, receives: 950 },
    { ...old, sentAt: NOW - 13 * 24 * HOUR },
  ];
  expect(await run(record(2, second), record(3, third))).toEqual([]);
  expect([...held.entries.values()]).toMatchObject([
    { id: 'id2', reason: 'expiring', error: 'TryLater: the message must wait' },
    { id: 'id3', reason: 'expiring' },
  ]);
});

test.each([
  [499, 1],
  [500, 90],
  [949, 90],
])('after %i receives in an hour, a message that asks for a second waits %i s', async (receives, seconds) => {
  const { changed, run } = setUp(() => Promise.reject(new TryLater(1)));
  await run(record(1, { receives, firstAt: NOW - HOUR }));
  expect(changed).toEqual([['h1', seconds]]);
});

test('no wait is longer than SQS accepts after an invocation of 15 minutes', async () => {
  const { changed, run } = setUp(() => Promise.reject(new TryLater(1e6)), { retryDelay: { capSeconds: 43_200 } });
  await run(record(1));
  expect(changed).toEqual([['h1', 42_300]]);
});

describe('the time of a message', () => {
  const at = (time: string, more: object = {}) => ({
    body: JSON.stringify({ id: 'id1', to: 'Payments', time, body: { n: 1 } }),
    ...more,
  });
  const iso = (ms: number) => new Date(NOW + ms).toISOString();

  test.each([
    ['older than the maximum', at(iso(-HOUR - 1_000)), 'too-old', 'it must be at most 3600 s old, got 3601 s'],
    ['from the future', at(iso(901_000)), 'future-dated', 'its time must be at most 900 s in the future, got 901 s'],
    ['unreadable, and sent long ago', at('t', { sentAt: NOW - 2 * HOUR }), 'too-old', 'it must be at most 3600 s old'],
  ])('a message that is %s is held at once, and not handled', async (_what, of, reason, error) => {
    const handle = jest.fn();
    const { held, run } = setUp(handle, { maxAgeSeconds: 3_600 });
    expect(await run(record(1, of))).toEqual([]);
    expect(handle).not.toHaveBeenCalled();
    expect([...held.entries.values()]).toMatchObject([{ reason, error: expect.stringContaining(error) }]);
  });

  test('messages of other times, or without a maximum age, are handled', async () => {
    const handle = jest.fn();
    const limited = setUp(handle, { maxAgeSeconds: 3_600 });
    expect(await limited.run(record(1, at(iso(-HOUR))), record(2, at(iso(900_000))))).toEqual([]);
    expect(await setUp(handle).run(record(3, at(iso(-9_000 * HOUR))))).toEqual([]);
    expect(handle).toHaveBeenCalledTimes(3);
  });
});

test('a message of a newer version waits for a deployment, and is held after the give-up time', async () => {
  const handle = jest.fn();
  const { held, changed, run } = setUp(handle);
  const body = JSON.stringify({ version: 2, message: { id: 'secret' } });
  expect(await run(record(1, { body }))).toEqual(['m1']);
  expect(changed).toEqual([['h1', 5]]);
  expect(await run(record(1, { body, firstAt: NOW - HOUR, receives: 9 }))).toEqual([]);
  expect([...held.entries.values()]).toMatchObject([
    {
      id: 'm1',
      reason: 'unknown-version',
      content: body,
      error: 'message envelope must have the version 1 or none, got 2',
    },
  ]);
  expect(handle).not.toHaveBeenCalled();
});

test('the last run of a message leaves its entry if the run doesn’t end, and takes it back if it does', async () => {
  const old = { firstAt: NOW - 2 * HOUR, receives: 9 };
  const seen: number[] = [];
  const { held, logs, run } = setUp(({ n }) => {
    seen.push(held.entries.size);
    return n === 1 ? undefined : new Promise(() => undefined);
  });
  expect(await run(record(1, old))).toEqual([]);
  expect(seen).toEqual([1]);
  expect(held.entries.size).toBe(0);
  void run(record(2, old));
  await new Promise((resolve) => setImmediate(resolve));
  expect([...held.entries.values()]).toMatchObject([{ id: 'id2', reason: 'never-ended' }]);
  expect(await run(record(2, old))).toEqual([]);
  expect(seen).toHaveLength(2);
  expect(logs.at(-2)).toMatchObject({ event: 'quarantine', reason: 'never-ended' });
});

test('suspects run alone, after the others, and what is done is deleted before each of them', async () => {
  const events: string[] = [];
  let running = 0;
  const { deleted, run } = setUp(async ({ n }) => {
    running++;
    await new Promise((resolve) => setImmediate(resolve));
    events.push(`${n} with ${running - 1}, deleted ${deleted.join(' ')}`);
    running--;
  });
  await run(record(1, { receives: 3 }), record(2), record(3, { receives: 2 }), record(4, { receives: 5 }));
  expect(events).toEqual([
    '2 with 1, deleted ',
    '3 with 0, deleted ',
    '1 with 0, deleted h2 h3',
    '4 with 0, deleted h2 h3 h1',
  ]);
});

test('a FIFO group goes on after a message that was given up, in the same batch', async () => {
  const { held, run } = setUp(({ n }) => (n === 1 ? Promise.reject(new PermanentFailure('no')) : undefined));
  expect(await run(record(1, { group: 'g' }), record(2, { group: 'g' }))).toEqual([]);
  expect([...held.entries.values()]).toMatchObject([{ id: 'id1', group: 'g' }]);
  expect(parsePositionKey([...held.entries.keys()][0]!)).toMatchObject({ lane: 'g', sequence: '181' });
});

test('a FIFO message behind a given-up one is judged by the time since it was sent, from its fifth receive on', async () => {
  const { held, run } = setUp(fail);
  const young = { group: 'g', sentAt: NOW - HOUR, firstAt: NOW - 1 };
  expect(await run(record(2, { ...young, receives: 5 }))).toEqual(['m2']);
  await run(record(1, { group: 'g', firstAt: NOW - HOUR }));
  expect(held.entries.size).toBe(1);
  expect(await run(record(2, { ...young, receives: 4 }))).toEqual(['m2']);
  expect(await run(record(3, { ...young, group: 'other', receives: 5 }))).toEqual(['m3']);
  expect(await run(record(2, { ...young, receives: 5 }))).toEqual([]);
  expect(held.entries.size).toBe(2);
});

test.each([undefined, '', '0', 'six'])('fails if the table is set, and the give-up time is %j', async (seconds) => {
  const environment = { ...ENVIRONMENT, BREAKWATER_GIVE_UP_AFTER: seconds };
  const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 30_000 };
  await expect(worker(() => undefined, {}, { environment })({ Records: [] }, context)).rejects.toThrow(
    'BREAKWATER_GIVE_UP_AFTER must be a number of seconds above 0 if BREAKWATER_QUARANTINE_TABLE is set, got',
  );
});

describe('entries', () => {
  const given = (error: unknown, n = 1, receives = 1) =>
    entryOf(
      {
        record: record(n, { receives, firstAt: NOW - HOUR }),
        envelope: undefined,
        target: 'Payments',
        reason: 'gave-up',
        failure: failureOf(error, 'Error'),
      },
      NOW + receives,
    );
  const declined = (id: number) => new Error(`order ${id} of 'anne' was declined`);

  test('a message has the same key at each delivery, and two messages have two keys', () => {
    expect(given(declined(1), 1, 1).sk).toBe(given(declined(1), 1, 7).sk);
    expect(given(declined(1), 1).sk).not.toBe(given(declined(1), 2).sk);
  });

  test('messages that fail in the same way have the same fingerprint, whatever their values are', () => {
    const [one, two, three] = [declined(17), declined(18), declined(18)].map((error) => given(error).fingerprint);
    expect(one).toMatch(/^[0-9a-f]{12}$/);
    expect(two).toBe(one);
    expect(three).toBe(one);
  });

  test('another error, place or worker is another fault', () => {
    const elsewhere = () => new Error(`order 17 of 'anne' was declined`);
    const all = [declined(17), new TypeError('order 17'), elsewhere(), 'text', new Error('other')].map(
      (error) => given(error).fingerprint,
    );
    expect(new Set(all).size).toBe(all.length);
  });

  test.each([
    [`no "x" of 'anne' and \`y\` in order-17`, 'no * of * and * in order-*'],
    ['order 3f2bc1d4-abcd-4eef-8fab-cdefabcdefab is gone', 'order * is gone'],
    ['order abcdefab-abcd-abcd-abcd-abcdefabcdef is gone', 'order * is gone'],
    ['charge cus_9s6XKzkNRiz8i3 of deadbeef and DEADBEEF01', 'charge * of * and *'],
    ['key V1StGXR8_Z5jdHi6B-myT of anne@example.com', 'key * of *'],
    ['utf-8 isn’t accepted by the payment-gateway of face', 'utf-* isn’t accepted by the payment-gateway of face'],
    ['internationalization-of-addresses failed', 'internationalization-of-addresses failed'],
  ])('the values of “%s” are left out, and no other words', (text, words) => {
    expect(withoutValues(text)).toBe(words);
  });

  test('a long message costs little time', () => {
    expect(withoutValues('z'.repeat(1e6))).toHaveLength(2_000);
  });

  test('the same fault in other members of a list, or under another key, has the same fingerprint', async () => {
    const lines = schema.array(schema.object({ sku: schema.string() }));
    const { held, run } = setUp(() => undefined, { schema: schema.object({ lines }) });
    const body = (n: number, value: object) => ({
      body: JSON.stringify({ id: `id${n}`, to: 'Payments', time: 't', body: value }),
    });
    await run(
      record(1, body(1, { lines: [{ sku: 1 }], 'anne@example.com': 1 })),
      record(2, body(2, { lines: [{ sku: 'a' }, { sku: 2 }, { sku: 3 }], 'bob@example.com': 1 })),
      record(3, body(3, { lines: 1 })),
    );
    const [one, two, three] = [...held.entries.values()];
    expect(one!.fingerprint).toBe(two!.fingerprint);
    expect(one!.fingerprint).not.toBe(three!.fingerprint);
    expect(one!.error).toBe('body does not fit the schema: lines[0].sku, *');
  });

  test('an entry fits into its table, whatever the ids and names in its message are', () => {
    const long = 'x'.repeat(100_000);
    const envelope = { id: long, to: 'Payments', time: 't', body: {}, correlationId: long };
    const failure = { text: long, traits: [] };
    const entry = entryOf({ record: record(1), envelope, target: 'Payments', reason: 'refused', failure }, NOW);
    const { content, ...facts } = entry;
    expect(JSON.stringify(facts).length).toBeLessThan(2_000);
    const other = { ...envelope, id: `${long}y` };
    expect(entryOf({ record: record(1), envelope: other, target: 'P', reason: 'refused' }, NOW).id).not.toBe(entry.id);
  });
});

describe('the table', () => {
  let stub: DynamoStub;
  let held: HeldTable;
  const entry = (n: number, options: RecordOptions = {}, content?: string) =>
    entryOf(
      {
        record: record(n, { ...options, ...(content === undefined ? {} : { body: content }) }),
        envelope: undefined,
        target: 'Payments',
        reason: 'gave-up',
      },
      NOW,
    );

  beforeEach(async () => {
    stub = await DynamoStub.start();
    stub.createTable('quarantine', { partitionKey: 'pk', sortKey: 'sk' });
    held = new HeldTable('quarantine', 'Payments', stub.client);
  });
  afterEach(() => stub.stop());

  test('an entry is put once if it is new, replaced, and deleted', async () => {
    expect(await held.putNew(entry(1))).toBe(true);
    expect(await held.putNew(entry(1, { receives: 4 }))).toBe(false);
    expect(stub.items('quarantine')).toMatchObject([{ receives: { N: '1' } }]);
    await held.put(entry(1, { receives: 4 }));
    expect(stub.items('quarantine')).toMatchObject([{ receives: { N: '4' } }]);
    await held.delete({ ...entry(1), id: 'm2' });
    expect(stub.items('quarantine')).toHaveLength(1);
    await held.delete(entry(1));
    expect(stub.items('quarantine')).toEqual([]);
    await held.delete(entry(1));
  });

  test('an entry of a trial is replaced only during this trial', async () => {
    const state = () => stub.items('quarantine').map((item) => item['state']?.S);
    expect(await held.putTried(entry(1), 't1')).toBe(false);
    await held.put({ ...entry(1), state: 'sent', trial: 't1' });
    expect(await held.putTried(entry(1), 't2')).toBe(false);
    expect(state()).toEqual(['sent']);
    expect(await held.putTried({ ...entry(1), trial: 't1' }, 't1')).toBe(true);
    expect(state()).toEqual(['held']);
    expect(await held.putTried({ ...entry(1), state: 'sent' }, 't1')).toBe(false);
    expect(state()).toEqual(['held']);
  });

  test('the last entry of a group is not that of another group', async () => {
    expect(await held.last('g')).toBeUndefined();
    for (const [n, group] of [
      [1, 'g'],
      [2, 'g'],
      [3, 'g#x'],
      [4, 'gg'],
    ] as const)
      await held.put(entry(n, { group }));
    expect((await held.last('g'))?.id).toBe('m2');
  });

  test('other failures of a call aren’t mistaken for an entry', async () => {
    stub.dropTable('quarantine');
    await expect(held.putNew(entry(1))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('content above the limit is refused with both sizes', async () => {
    const content = 'x'.repeat(MAX_QUARANTINE_CONTENT_BYTES + 1);
    await expect(held.put(entry(1, {}, content))).rejects.toThrow(
      'content of an entry must have at most 358400 bytes, got 358401: the message stays in its queue',
    );
  });
});
