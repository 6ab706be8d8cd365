import { DynamoDbQuarantine } from '../../lambdas/system/quarantine/dynamodb-quarantine';
import type { Outgoing } from '../../lambdas/system/relay/address';
import { heldEntry, sendingOf, waitingEntry } from '../../lambdas/system/relay/entries';
import { sqsId } from '../../lambdas/system/relay/sqs-text';
import {
  positionKey,
  QUARANTINE_INDEXES,
  QUARANTINE_KEY,
  type QuarantineEntry,
  TRIAL_STALE_MS,
} from '../../lib/protocol';
import { DynamoStub } from '../runtime/dynamodb-stub';

const { byFingerprint } = QUARANTINE_INDEXES;
const TABLE = {
  partitionKey: QUARANTINE_KEY.partition,
  sortKey: QUARANTINE_KEY.sort,
  indexes: { [byFingerprint.name]: { partitionKeys: [byFingerprint.partition], sortKeys: [byFingerprint.sort] } },
};

const entry = (lane: string, sequence: number, more: Partial<QuarantineEntry> = {}): QuarantineEntry => ({
  pk: 'waiting#Mail',
  sk: positionKey({ lane, time: '2026-11-30T10:00:00.000Z', sequence: String(sequence), index: 0 }),
  id: `${lane}-${sequence}`,
  to: 'Mail',
  content: '{}',
  state: 'waiting',
  receives: 0,
  first: `2026-11-30T10:00:${String(sequence).padStart(2, '0')}.000Z`,
  at: '2026-11-30T10:01:00.000Z',
  shard: 'Shop-Shard0',
  ...more,
});

describe('DynamoDbQuarantine', () => {
  let stub: DynamoStub;
  let quarantine: DynamoDbQuarantine;

  beforeAll(async () => {
    stub = await DynamoStub.start();
  });
  beforeEach(() => {
    stub.lags = false;
    const name = `quarantine-${expect.getState().currentTestName}`;
    stub.createTable(name, TABLE);
    quarantine = new DynamoDbQuarantine(stub.client, () => name);
  });
  afterAll(() => stub.stop());

  test('finds a waiting message of a target, and of a lane, right after it was put', async () => {
    stub.lags = true;
    expect(await quarantine.isBusy('Mail')).toBe(false);
    await quarantine.put(entry('a', 1));
    expect(await quarantine.isBusy('Mail')).toBe(true);
    expect(await quarantine.isBusy('Mail', 'a')).toBe(true);
    expect(await quarantine.isBusy('Mail', 'b')).toBe(false);
    expect(await quarantine.isBusy('Payments')).toBe(false);
    await quarantine.remove([entry('a', 1)]);
    expect(await quarantine.isBusy('Mail')).toBe(false);
  });

  test('takes messages with IDs of any length, and a queue gets the same deduplication ID', async () => {
    const long = 'x'.repeat(120_000);
    const message: Outgoing = {
      shard: 'Shop-Shard0',
      sequenceNumber: '1',
      index: 0,
      time: '2026-11-30T10:00:00.000Z',
      fifo: true,
      id: `a${long}`,
      to: 'Mail',
      group: 'g',
      correlationId: `b${long}`,
      about: 'C1',
      body: JSON.stringify({ id: `a${long}`, correlationId: `b${long}` }),
    };
    const waiting = waitingEntry(message, 0);
    await quarantine.put(waiting);
    await quarantine.put(
      heldEntry({ ...message, reason: 'rejected', code: 'c', error: 'e', content: message.body }, 0),
    );
    expect(sendingOf(waiting, { url: 'u', fifo: true }).deduplication).toBe(sqsId(message.id));
    expect(waitingEntry({ ...message, id: `c${long}` }, 0).id).not.toBe(waiting.id);
  });

  test('doesn’t remove an entry that was put again meanwhile, and one that is gone is no failure', async () => {
    await quarantine.put(entry('a', 1));
    await quarantine.put(entry('a', 1, { at: '2026-11-30T10:02:00.000Z' }));
    await quarantine.remove([entry('a', 1), entry('b', 1)]);
    expect(await quarantine.read('Mail', ' ', 9)).toMatchObject([{ at: '2026-11-30T10:02:00.000Z' }]);
    await quarantine.remove([entry('a', 1, { at: '2026-11-30T10:02:00.000Z' })]);
    expect(await quarantine.isBusy('Mail')).toBe(false);
  });

  test('keeps lanes apart whose names begin alike', async () => {
    await quarantine.put(entry('a#b', 1));
    expect(await quarantine.isBusy('Mail', 'a')).toBe(false);
    expect(await quarantine.isBusy('Mail', 'a#b')).toBe(true);
  });

  test('reads entries in order within a lane, page by page, unchanged', async () => {
    stub.lags = true;
    const all = [9, 10, 100].map((sequence) => entry('a', sequence));
    for (const one of [...all].reverse()) await quarantine.put(one);
    const first = await quarantine.read('Mail', ' ', 2);
    expect(first).toEqual(all.slice(0, 2));
    expect(await quarantine.read('Mail', first[1]!.sk, 2)).toEqual(all.slice(2));
  });

  test('replaces the same message, and keeps another one with the same key behind it', async () => {
    const twin = entry('a', 1, { id: 'of another table' });
    const next = entry('a', 2);
    for (const one of [entry('a', 1), twin, next, entry('a', 1), twin]) await quarantine.put(one);
    const read = await quarantine.read('Mail', ' ', 10);
    expect(read.map(({ id }) => id)).toEqual(['a-1', 'of another table', 'a-2']);
  });

  test('knows the targets for which messages ever waited, but not those of held messages', async () => {
    await quarantine.put(entry('a', 1));
    await quarantine.put(entry('a', 2));
    await quarantine.put(entry('b', 1, { pk: 'waiting#Labels', to: 'Labels' }));
    await quarantine.put(entry('b', 1, { pk: 'held#Refunds', to: 'Refunds', state: 'held', fingerprint: 'f' }));
    await quarantine.remove([entry('a', 1), entry('a', 2)]);
    expect(await quarantine.targets()).toEqual(['Labels', 'Mail']);
  });

  test('counts waiting messages, with the time of the oldest', async () => {
    expect(await quarantine.count('Mail')).toBeUndefined();
    for (const [lane, sequence] of [
      ['a', 7],
      ['b', 3],
      ['c', 5],
    ] as const) {
      await quarantine.put(entry(lane, sequence));
    }
    expect(await quarantine.count('Mail')).toEqual({ count: 3, oldest: '2026-11-30T10:00:03.000Z', isComplete: true });
  });

  test('counts held messages by target, with those whose trial was never settled, without those on trial', async () => {
    const triedAt = '2026-11-30T12:00:00.000Z';
    const held = (to: string, id: string, state: 'held' | 'sent' = 'held') =>
      quarantine.put(
        entry(id, 1, { pk: `held#${to}`, to, id, state, fingerprint: 'f', ...(state === 'sent' ? { triedAt } : {}) }),
      );
    const heldAfter = async (ms: number) =>
      Object.fromEntries((await quarantine.held(Date.parse(triedAt) + ms)).counts);
    await held('Mail', 'a');
    await held('Mail', 'b');
    await held('Mail', 'c', 'sent');
    await held('Payments', 'd');
    await quarantine.put(entry('a', 1));
    expect(await heldAfter(TRIAL_STALE_MS - 1)).toEqual({ Mail: 2, Payments: 1 });
    expect(await heldAfter(TRIAL_STALE_MS)).toEqual({ Mail: 3, Payments: 1 });
  });

  test('counts at most four pages of held messages', async () => {
    const content = 'x'.repeat(340_000);
    const add = (from: number, to: number) =>
      Promise.all(
        Array.from({ length: to - from }, (_, i) =>
          quarantine.put(entry(`${from + i}`, 1, { pk: 'held#Mail', state: 'held', fingerprint: 'f', content })),
        ),
      );
    await add(0, 12);
    expect(await quarantine.held(0)).toEqual({ counts: new Map([['Mail', 12]]), isComplete: true });
    await add(12, 30);
    const { counts, isComplete } = await quarantine.held(0);
    expect([counts.get('Mail'), isComplete]).toEqual([16, false]);
  });
});
