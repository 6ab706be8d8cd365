import { DynamoDbEntries } from '../../lambdas/system/quarantine/dynamodb-entries';
import { DynamoDbQuarantine } from '../../lambdas/system/quarantine/dynamodb-quarantine';
import type { RedriveDependencies } from '../../lambdas/system/redrive/dependencies';
import { redrive } from '../../lambdas/system/redrive/redrive';
import {
  entryToItem,
  heldKey,
  itemToEntry,
  NO_TARGET,
  positionKey,
  QUARANTINE_INDEXES,
  QUARANTINE_KEY,
  type QuarantineEntry,
  type RedriveList,
  type RedriveRequest,
  redriveFunctionName,
  TRIAL_STALE_MS,
} from '../../lib/protocol';
import { DynamoStub } from '../runtime/dynamodb-stub';

const { byFingerprint } = QUARANTINE_INDEXES;
const NOW = Date.UTC(2026, 10, 30, 12);
const SECRET = 'anne@example.com';

function held(n: number, more: Partial<QuarantineEntry> = {}): QuarantineEntry {
  const first = new Date(NOW - n * 3_600_000).toISOString();
  const { to = 'Payments' } = more;
  return {
    pk: heldKey(to),
    sk: positionKey({ lane: `m${n}`, time: first, sequence: '0', index: 0 }),
    id: `id${n}`,
    to,
    content: JSON.stringify({
      id: `id${n}`,
      to,
      time: first,
      body: { orderId: SECRET, lines: [1, 2], buyer: { age: 7 } },
    }),
    state: 'held',
    reason: 'permanent',
    error: 'PermanentFailure: no such order',
    fingerprint: 'f1',
    receives: 1,
    first,
    at: first,
    ...more,
  };
}

let stub: DynamoStub;
let table: string;
let now: number;
let refusal: string | undefined;
let remainingMs: () => number;
const sent: string[] = [];
const lines: Readonly<Record<string, unknown>>[] = [];

beforeAll(async () => {
  stub = await DynamoStub.start();
});
afterAll(() => stub.stop());
beforeEach(() => {
  now = NOW;
  refusal = undefined;
  remainingMs = () => 60_000;
  sent.length = 0;
  lines.length = 0;
  table = `quarantine-${expect.getState().currentTestName}`;
  stub.createTable(table, {
    partitionKey: QUARANTINE_KEY.partition,
    sortKey: QUARANTINE_KEY.sort,
    indexes: { [byFingerprint.name]: { partitionKeys: [byFingerprint.partition], sortKeys: [byFingerprint.sort] } },
  });
});

async function put(...entries: readonly QuarantineEntry[]): Promise<void> {
  for (const entry of entries) {
    await stub.answer({ operation: 'PutItem', input: { TableName: table, Item: entryToItem(entry) } as never });
  }
}
const stored = () =>
  stub
    .items(table)
    .filter((item) => 'id' in item)
    .map((item) => itemToEntry(item));

function ask(request: RedriveRequest, alias = request.verb === 'discard' ? 'discard' : 'live') {
  const dependencies: RedriveDependencies = {
    entries: new DynamoDbEntries(stub.clientTrying(1), table),
    send: async ({ id }) => {
      if (refusal === undefined) sent.push(id);
      return refusal;
    },
    now: () => now,
    newId: () => `t${now}-${sent.length}`,
    remainingMs: () => remainingMs(),
    log: (line) => void lines.push(line),
  };
  return redrive(request, alias, dependencies);
}

test('the list has each fault with counts, ages and the shape of a body, but no values', async () => {
  await put(
    held(1),
    held(3),
    held(2, { state: 'sent' }),
    held(5, { fingerprint: 'f2', content: `not JSON ${SECRET}` }),
  );
  const answer = await ask({ verb: 'list' });
  expect(answer).toEqual({
    faults: [
      {
        fingerprint: 'f1',
        target: 'Payments',
        reason: 'permanent',
        error: 'PermanentFailure: no such order',
        held: 2,
        sent: 1,
        oldest: held(3).first,
        newest: held(1).first,
        body: [`orderId: string of ${SECRET.length}`, 'lines: array of 2', 'buyer.age: number'],
      },
      expect.objectContaining({ fingerprint: 'f2', held: 1, sent: 0, body: ['text of 25 characters'] }),
    ],
    more: 0,
    isComplete: true,
    waiting: [],
  });
  expect(JSON.stringify(answer)).not.toContain(SECRET);
});

test('a trial sends the oldest message, and marks its entry', async () => {
  await put(held(1), held(3), held(2));
  expect(await ask({ verb: 'try', fingerprint: 'f1', limit: 1 })).toMatchObject({ tried: [{ id: 'id3' }], left: 2 });
  expect(sent).toEqual(['id3']);
  expect(stored().filter(({ state }) => state === 'sent')).toMatchObject([
    { id: 'id3', triedAt: new Date(now).toISOString() },
  ]);
  // A message on trial isn't sent again, unless its trial is stale.
  await ask({ verb: 'try', fingerprint: 'f1', limit: 10 });
  expect(sent).toEqual(['id3', 'id2', 'id1']);
  now += TRIAL_STALE_MS - 1;
  const refused =
    'its messages are on trial; list the messages again, and try those again that have no result after 15 minutes';
  expect(await ask({ verb: 'try', fingerprint: 'f1', limit: 10 })).toEqual({ refused });
  expect(await ask({ verb: 'discard', fingerprint: 'f1', reason: 'x' })).toEqual({ refused });
  now += 1;
  await ask({ verb: 'try', fingerprint: 'f1', limit: 10, id: 'id2', decision: 'again' });
  expect(sent).toEqual(['id3', 'id2', 'id1', 'id2']);
  expect(stored().find(({ id }) => id === 'id2')).toMatchObject({ decision: 'again' });
});

test('a message that its queue refuses is held as before, and a decision doesn’t outlive its trial', async () => {
  await put(held(1));
  refusal = 'its queue did not accept it: Throttled';
  expect(await ask({ verb: 'try', fingerprint: 'f1', limit: 1, decision: 'done' })).toMatchObject({
    tried: [{ id: 'id1', refused: refusal }],
  });
  expect(stored()).toMatchObject([{ state: 'held', reason: 'permanent' }]);
  expect(stored()[0]).not.toHaveProperty('decision');
});

test('a message that the relay couldn’t send waits, so that its declaration is checked again', async () => {
  await put(held(1, { shard: 'Orders-0', reason: 'undeclared' }));
  const answer = await ask({ verb: 'try', fingerprint: 'f1', limit: 1 });
  expect([sent, answer]).toMatchObject([[], { tried: [{ id: 'id1' }], left: 0 }]);
  expect(stored()).toMatchObject([{ pk: 'waiting#Payments', state: 'waiting', content: held(1).content }]);
  expect(stored()[0]).not.toHaveProperty('fingerprint');
  const key = { pk: held(1).pk, sk: held(1).sk };
  expect(await ask({ verb: 'status', keys: [key] })).toEqual([{ key, state: 'waiting' }]);
  const quarantine = new DynamoDbQuarantine(stub.clientTrying(1), () => table);
  expect(await quarantine.targets()).toEqual(['Payments']);
});

test.each([
  ['without a target', { to: NO_TARGET, shard: 'Orders-0' }, undefined, /its outbox is invalid/],
  ['that the relay has cut', { content: '{"id":"id1","to":"Pay...', shard: 'Orders-0' }, undefined, /it is too long/],
  ['that no worker began', { shard: 'Orders-0' }, 'done', /never reached a worker/],
  ['that is too long', { content: '' }, undefined, /handle it in its dead-letter queue, then discard this entry/],
] as const)('a message %s can’t be tried', async (_what, more, decision, refused) => {
  await put(held(1, more));
  const request = {
    verb: 'try',
    fingerprint: 'f1',
    limit: 1,
    ...(decision === undefined ? {} : { decision }),
  } as const;
  expect(await ask(request)).toMatchObject({ tried: [{ refused: expect.stringMatching(refused) }] });
  expect([sent, stored()]).toEqual([[], [held(1, more)]]);
});

test('messages are discarded with a line for each, but not those on trial', async () => {
  await put(held(1), held(2), held(3, { state: 'sent', trial: 't', triedAt: new Date(NOW).toISOString() }));
  expect(await ask({ verb: 'discard', fingerprint: 'f1', reason: 'a test order' })).toEqual({
    discarded: 2,
    left: 0,
    asOf: new Date(NOW).toISOString(),
  });
  expect(stored().map(({ id }) => id)).toEqual(['id3']);
  expect(lines).toMatchObject([
    { verb: 'discard', id: 'id2', heldFor: 'permanent', because: 'a test order' },
    { verb: 'discard', id: 'id1', heldFor: 'permanent', because: 'a test order' },
  ]);
});

test('a repeated request leaves out what was put after the first answer', async () => {
  const later = new Date(NOW + 1).toISOString();
  const until = new Date(NOW).toISOString();
  await put(held(1), held(2, { at: later }));
  expect(await ask({ verb: 'try', fingerprint: 'f1', limit: 10, until })).toMatchObject({
    tried: [{ id: 'id1' }],
    left: 0,
    asOf: until,
  });
  const discarded = await ask({ verb: 'discard', fingerprint: 'f1', reason: 'a test', until });
  expect(discarded).toMatchObject({ discarded: 0, left: 0 });
  expect(stored().map(({ id }) => id)).toEqual(['id1', 'id2']);
});

test('a request reads no more entries of a fault than it needs, and counts up to 1,000 others', async () => {
  await put(...Array.from({ length: 2_000 }, (_, i) => held(i + 1, { content: '{}', error: 'x'.repeat(2_000) })));
  let reads = 0;
  stub.intervene = ({ operation }) => {
    if (operation === 'Query') reads++;
    return undefined;
  };
  const tried = await ask({ verb: 'try', fingerprint: 'f1', limit: 1 });
  expect(tried).toMatchObject({ tried: [{ id: 'id2000' }], left: 1_000 });
  const forTrial = reads;
  await ask({ verb: 'find', fingerprint: 'f1', limit: 1 });
  stub.intervene = () => undefined;
  // All entries have five pages.
  expect([forTrial, reads - forTrial]).toEqual([3, 1]);
});

test('the list shows the largest 100 faults, and says whether it counted all messages', async () => {
  await put(...Array.from({ length: 103 }, (_, i) => held(i, { fingerprint: `f${100 + i}` })), held(999));
  await put(held(200, { fingerprint: 'f202' }));
  const list = (await ask({ verb: 'list' })) as RedriveList;
  expect([list.faults.length, list.more, list.isComplete]).toEqual([100, 4, true]);
  expect(list.faults[0]).toMatchObject({ fingerprint: 'f202', held: 2 });
  let calls = 0;
  remainingMs = () => (++calls > 50 ? 10_000 : 60_000);
  expect(await ask({ verb: 'list' })).toMatchObject({ isComplete: false, more: 0 });
});

test('the list shows the number of messages that wait for each target', async () => {
  const { reason, fingerprint, error, ...message } = held(2);
  const quarantine = new DynamoDbQuarantine(stub.clientTrying(1), () => table);
  await quarantine.put({ ...message, pk: 'waiting#Payments', state: 'waiting' });
  expect(await ask({ verb: 'list' })).toMatchObject({
    faults: [],
    waiting: [{ target: 'Payments', count: 1, oldest: held(2).first, isComplete: true }],
  });
});

test('each alias serves its own verbs, so that who may send again may not discard', async () => {
  await put(held(1));
  expect(await ask({ verb: 'discard', fingerprint: 'f1', reason: 'x' }, 'live')).toEqual({
    refused: "the alias 'live' doesn't serve the verb 'discard'",
  });
  expect(await ask({ verb: 'try', fingerprint: 'f1', limit: 1 }, 'discard')).toEqual({
    refused: "the alias 'discard' doesn't serve the verb 'try'",
  });
  expect([sent, stored()]).toEqual([[], [held(1)]]);
});

test('what is unknown is refused by name', async () => {
  await put(held(1));
  const refused = (text: string) => ({ refused: text });
  expect(await ask({ verb: 'try', fingerprint: 'f9', limit: 1 })).toEqual(
    refused("no held message has the fingerprint 'f9'; list the messages again"),
  );
  expect(await ask({ verb: 'find', fingerprint: 'f1', id: 'x', limit: 1 })).toEqual(
    refused("no held message has the fingerprint 'f1' and the id 'x'; list the messages again"),
  );
  expect(await ask({ verb: 'drop' } as never)).toEqual(
    refused('verb must be list, find, try, status or discard, got "drop"'),
  );
  expect(await ask({ verb: 'find', fingerprint: 'f1', limit: 1 })).toMatchObject({ table, keys: [{ pk: held(1).pk }] });
});

test('the function’s name follows from the stack’s, and fits', () => {
  expect(redriveFunctionName('Shop')).toBe('Shop-redrive');
  const names = ['a'.repeat(128), `${'a'.repeat(127)}b`].map(redriveFunctionName);
  expect(names.map((name) => /^a{52}-\w{1,3}-redrive$/.test(name) && name.length <= 64)).toEqual([true, true]);
  expect(names[0]).not.toBe(names[1]);
});
