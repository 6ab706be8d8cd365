import { formatTrialReference } from '../../lambdas/runtime/worker/trial-reference';
import { DynamoDbQuarantine } from '../../lambdas/system/quarantine/dynamodb-quarantine';
import { adopt, type DeadLetter } from '../../lambdas/system/tick/adopt';
import {
  entryToItem,
  itemToEntry,
  MAX_QUARANTINE_CONTENT_BYTES,
  QUARANTINE_INDEXES,
  QUARANTINE_KEY,
  type QuarantineEntry,
} from '../../lib/protocol';
import { DynamoStub } from '../runtime/dynamodb-stub';

const NOW = Date.UTC(2026, 10, 30, 12);

let stub: DynamoStub;
let table: string;

beforeAll(async () => {
  stub = await DynamoStub.start();
});
beforeEach(() => {
  table = `quarantine-${expect.getState().currentTestName}`;
  const { name, partition, sort } = QUARANTINE_INDEXES.byFingerprint;
  stub.createTable(table, {
    partitionKey: QUARANTINE_KEY.partition,
    sortKey: QUARANTINE_KEY.sort,
    indexes: { [name]: { partitionKeys: [partition], sortKeys: [sort] } },
  });
});
afterAll(() => stub.stop());

const store = (entry: QuarantineEntry) =>
  stub.answer({ operation: 'PutItem', input: { TableName: table, Item: entryToItem(entry) } as never });

async function run(...letters: readonly Partial<DeadLetter>[]) {
  const batches = [letters.map((letter, i): DeadLetter => ({ ...LETTER, messageId: `m${i}`, ...letter })), []];
  const removed: string[] = [];
  const lines: object[] = [];
  const queue = {
    name: 'dlq',
    receive: async () => batches.shift()!,
    remove: async ({ messageId }: DeadLetter) => void removed.push(messageId),
  };
  await adopt('Payments', queue, 0, {
    quarantine: new DynamoDbQuarantine(stub.client, () => table),
    remainingMs: () => 1,
    turn: (work) => work(),
    now: () => NOW,
    log: (line) => void lines.push(line),
  });
  return { entries: stub.items(table).map((item) => itemToEntry(item)), removed, lines };
}

const LETTER: DeadLetter = {
  messageId: 'm',
  receipt: 'r',
  body: JSON.stringify({ id: 'id1', to: 'Payments', time: 't', body: {}, correlationId: 'c' }),
  sentAt: NOW - 1_000,
  receives: 1_000,
};

test('a dead letter becomes a held entry with its content, and is deleted', async () => {
  const { entries, removed } = await run({ group: 'g', sequence: '7' }, { body: 'no envelope' });
  expect(removed).toEqual(['m0', 'm1']);
  expect(entries).toMatchObject([
    {
      pk: 'held#Payments',
      sk: expect.stringMatching(/^g#2026-11-30T11:59:59.000Z#0+7#000$/),
      id: 'id1',
      content: LETTER.body,
      state: 'held',
      reason: 'dead-letter',
      fingerprint: 'dead-letter-Payments',
      receives: 1_000,
      group: 'g',
      correlationId: 'c',
    },
    { id: 'm1', content: 'no envelope' },
  ]);
});

test('a body that is too long stays in its queue, and is listed as such', async () => {
  const { entries, removed } = await run({ body: 'x'.repeat(MAX_QUARANTINE_CONTENT_BYTES + 1) });
  expect(removed).toEqual([]);
  expect(entries).toMatchObject([
    {
      content: '',
      fingerprint: 'long-dead-letter-Payments',
      error: expect.stringMatching(/358401 bytes.*in the queue dlq: delete it there, then discard this entry$/),
      // SQS deletes the message then.
      expires: LETTER.sentAt / 1_000 + 14 * 86_400,
    },
  ]);
});

test('a body that is too long is logged and listed once, although each run receives it again', async () => {
  const letter = { body: 'x'.repeat(MAX_QUARANTINE_CONTENT_BYTES + 1) };
  const first = await run(letter);
  const second = await run({ ...letter, receives: 1_001 });
  expect([first.lines, second.lines]).toMatchObject([[{ message: 'held', id: 'm0' }], []]);
  expect(second.entries).toEqual(first.entries);
});

test('the ID of any sender is logged in visible characters, and is cut', async () => {
  const body = JSON.stringify({ id: `\u001b[31m${'x'.repeat(400)}`, to: 'Payments', time: 't', body: {} });
  const { lines } = await run({ body });
  expect(lines).toMatchObject([{ id: `?[31m${'x'.repeat(95)}` }]);
});

describe('the dead letter of a trial', () => {
  const reference = { sk: 'm#2026-11-29T00:00:00.000Z#0#000', trial: 't1' };
  const trial = formatTrialReference(reference, 'Payments', LETTER.body);
  const entry: QuarantineEntry = {
    ...reference,
    pk: 'held#Payments',
    id: 'id1',
    to: 'Payments',
    content: LETTER.body,
    state: 'sent',
    reason: 'gave-up',
    fingerprint: 'f',
    error: 'Error: its fault',
    receives: 40,
    first: '2026-11-29T00:00:00.000Z',
    at: '2026-11-29T06:00:00.000Z',
    decision: 'again',
  };

  test('goes back to its entry', async () => {
    await store(entry);
    const { entries, removed } = await run({ trial });
    expect(entries).toMatchObject([{ sk: entry.sk, state: 'held', reason: 'dead-letter', content: LETTER.body }]);
    expect(removed).toEqual(['m0']);
  });

  test.each([
    ['settled', undefined],
    ['held again', { ...entry, state: 'held' } as const],
    ['sent once more', { ...entry, trial: 't2' }],
  ])('is deleted if its message was %s', async (_what, stored) => {
    if (stored !== undefined) await store(stored);
    expect(await run({ trial })).toMatchObject({ entries: stored === undefined ? [] : [stored], removed: ['m0'] });
  });

  test.each([
    ['copied to another content', trial, undefined],
    ['copied to another content during the trial', trial, entry],
    ['copied from another target', formatTrialReference(reference, 'Mail', 'another'), undefined],
    ['forged for an entry of another message', formatTrialReference(reference, 'Payments', 'another'), entry],
  ])('gets an entry of its own if its reference was %s', async (_what, copied, stored) => {
    if (stored !== undefined) await store(stored);
    const { entries, removed } = await run({ trial: copied, body: 'another' });
    expect(entries).toHaveLength(stored === undefined ? 1 : 2);
    expect(entries).toContainEqual(expect.objectContaining({ content: 'another', reason: 'dead-letter' }));
    if (stored !== undefined) expect(entries).toContainEqual(stored);
    expect(removed).toEqual(['m0']);
  });
});

test('an entry that the worker put stays, with its error and a person’s decision', async () => {
  const [first] = (await run({})).entries;
  const decided: QuarantineEntry = {
    ...first!,
    state: 'sent',
    reason: 'gave-up',
    error: 'Error: x',
    decision: 'again',
  };
  await store(decided);
  expect(await run({})).toMatchObject({ entries: [decided], removed: ['m0'], lines: [] });
});

test('a letter whose key belongs to another message gets the key behind it', async () => {
  await run({ group: 'g' });
  const { entries, removed } = await run({ group: 'g', body: 'another' });
  expect(entries.map(({ content }) => content)).toEqual([LETTER.body, 'another']);
  expect(removed).toEqual(['m0']);
});

describe('SQS gives a dead letter of a FIFO queue a new time and sequence number', () => {
  const moved = { group: 'g', sentAt: NOW, sequence: '99' };
  const held: QuarantineEntry = {
    pk: 'held#Payments',
    sk: 'g#2026-11-29T00:00:00.000Z#0000000000000000000000000000000000000007#000',
    id: 'id1',
    to: 'Payments',
    content: LETTER.body,
    group: 'g',
    state: 'held',
    reason: 'never-ended',
    fingerprint: 'f',
    receives: 950,
    first: '2026-11-29T00:00:00.000Z',
    at: '2026-11-30T06:00:00.000Z',
  };

  test('its worker’s entry stays, and the letter gets no second one', async () => {
    await store(held);
    expect(await run(moved)).toMatchObject({ entries: [held], removed: ['m0'] });
  });

  test('a message with the same id and another content gets an entry of its own', async () => {
    await store(held);
    const body = LETTER.body.replace('"body":{}', '"body":{"n":1}');
    const { entries } = await run({ ...moved, body });
    expect(entries.map(({ content }) => content)).toEqual([LETTER.body, body]);
  });
});

test('a letter with IDs of any length fits into an entry, with the id of its person', async () => {
  const long = 'x'.repeat(160_000);
  const envelope = { id: long, to: 'Payments', time: 't', body: {}, correlationId: long, about: 'C1' };
  const { entries, removed } = await run({ body: JSON.stringify(envelope) });
  const hashed = expect.stringMatching(/^[0-9a-f]{64}$/);
  expect(entries).toMatchObject([{ id: hashed, correlationId: hashed, about: 'C1' }]);
  expect(removed).toEqual(['m0']);
});
