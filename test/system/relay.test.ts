import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { addressed, type Sending } from '../../lambdas/system/relay/address';
import { batches } from '../../lambdas/system/relay/batches';
import type { Refusal } from '../../lambdas/system/relay/delivery';
import { publishingOfMaps } from '../../lambdas/system/relay/map-reader';
import { NoStreamEntry, type Publishing, PublishingCache } from '../../lambdas/system/relay/publishing-cache';
import { readOutboxes } from '../../lambdas/system/relay/read-outboxes';
import { type RelayDependencies, relay } from '../../lambdas/system/relay/relay';
import { SQS } from '../../lib/limits';
import {
  entryToItem,
  laneKey,
  MAX_QUARANTINE_CONTENT_BYTES,
  OUTBOX_ATTRIBUTE,
  parseEnvelope,
  type QuarantineEntry,
  type ShardMap,
  type StreamEntry,
  streamKey,
  waitingKey,
} from '../../lib/protocol';

const ENTRY: StreamEntry = {
  table: streamKey('Shop-Shard0'),
  owner: 'Orders',
  targets: {
    Payments: { url: 'https://payments', fifo: false },
    Mail: { url: 'https://mail.fifo', fifo: true },
  },
};

function record(outbox: unknown, sequence = '1'): DynamoDBRecord {
  return {
    eventSourceARN: 'arn:aws:dynamodb:us-east-1:123456789012:table/Shop-Shard0/stream/2026',
    dynamodb: {
      ApproximateCreationDateTime: 1_764_000_000,
      SequenceNumber: sequence,
      NewImage: {
        customerId: { S: 'C1' },
        [OUTBOX_ATTRIBUTE]: { S: typeof outbox === 'string' ? outbox : JSON.stringify(outbox) },
      },
    },
  };
}

/** What the relay has for a batch. */
const TIME = 60_000;
const NOW = Date.parse('2025-11-24T16:00:05Z');

/** Queues that reject what `refuse` says (or throw it) and remember the rest. Time passes in sleep and calls only. */
function queues(
  refuse: (sending: Sending, now: number) => string | Error | undefined = () => undefined,
  callMs = (_url: string) => 10,
) {
  const taken: Sending[] = [];
  const lines: Record<string, unknown>[] = [];
  const calls: { url: string; count: number; ids: string[]; at: number }[] = [];
  const sleeps: number[] = [];
  const clock = { now: 0 };
  const entries: QuarantineEntry[] = [];
  const it: { -readonly [K in keyof RelayDependencies]: RelayDependencies[K] } = {
    entryOf: async () => ENTRY,
    quarantine: {
      isBusy: async (target, lane) =>
        entries.some(({ pk, sk }) => pk === waitingKey(target) && (lane === undefined || sk.startsWith(laneKey(lane)))),
      put: async (entry) => void entries.push(entry),
    },
    now: () => NOW,
    async send(url, sendings) {
      calls.push({ url, count: sendings.length, ids: sendings.map(({ id }) => id), at: clock.now });
      clock.now += callMs(url);
      const refusals: Refusal[] = [];
      const accepted: Sending[] = [];
      for (const sending of sendings) {
        const code = refuse(sending, clock.now);
        if (code instanceof Error) throw code;
        if (code === undefined) accepted.push(sending);
        else refusals.push({ sending, code, message: 'refused' });
      }
      taken.push(...accepted);
      return refusals;
    },
    log: (line) => lines.push(line),
    remainingMs: () => TIME - clock.now,
    async sleep(ms) {
      sleeps.push(ms);
      clock.now += ms;
    },
    random: () => 0.5,
    broken: new Set(),
  };
  const held = () => entries.filter(({ state }) => state === 'held');
  const waiting = () => entries.filter(({ state }) => state === 'waiting');
  const ids = () => taken.map(({ id }) => id);
  return { ...it, taken, lines, calls, sleeps, clock, entries, held, waiting, ids };
}

const failure = (name: string) => Object.assign(new Error('it said no'), { name });

const message = (id: string, more: object = {}) => ({ id, to: 'Payments', body: { order: id }, ...more });

/** The messages of some records with their queues, and those without. */
function routed(records: DynamoDBRecord[]) {
  const { found, unreadable } = readOutboxes(records);
  const results = found.map((message) => addressed(message, ENTRY));
  return {
    sendings: results.filter((result) => 'url' in result),
    refused: [...unreadable, ...results.filter((result) => 'reason' in result)],
  };
}

describe('readOutboxes', () => {
  test('makes an envelope that a worker reads, with the time of the write', () => {
    const { sendings, refused } = routed([record([message('a', { group: 'C1' })])]);
    expect(refused).toEqual([]);
    expect(parseEnvelope(sendings[0]!.body)).toEqual({
      id: 'a',
      to: 'Payments',
      body: { order: 'a' },
      group: 'C1',
      time: '2025-11-24T16:00:00.000Z',
    });
    expect(sendings[0]).toMatchObject({ url: 'https://payments', group: 'C1' });
  });

  describe('an outbox attribute that another program’s write doesn’t change', () => {
    const image = (outbox: unknown, version?: string) => ({
      _outbox: { S: JSON.stringify(outbox) },
      ...(version === undefined ? {} : { _v: { S: version } }),
    });
    const written = (before: object | undefined, after: object) => {
      const { dynamodb, ...rest } = record([]);
      return [{ ...rest, dynamodb: { ...dynamodb, NewImage: after, ...(before && { OldImage: before }) } }] as never;
    };
    const ids = (before: object | undefined, after: object) =>
      readOutboxes(written(before, after)).found.map(({ message: { id } }) => id);

    test.each([undefined, 'v1'])('is not sent again (version %p)', (version) => {
      expect(ids(undefined, image([message('a')], version))).toEqual(['a']);
      expect(ids(image([message('a')], version), { ...image([message('a')], version), n: { N: '1' } })).toEqual([]);
    });

    test('differs from a write that publishes', () => {
      expect(ids(image([message('a')], 'v1'), image([message('b')], 'v2'))).toEqual(['b']);
      // The handler chose the id itself, and publishes it twice.
      expect(ids(image([message('a')], 'v1'), image([message('a')], 'v2'))).toEqual(['a']);
      expect(ids({ n: { N: '1' } }, image([message('a')]))).toEqual(['a']);
    });
  });

  test('gives each message of a FIFO queue its group, and its id as deduplication id', () => {
    const { sendings } = routed([
      record([message('a', { to: 'Mail', group: 'C0' }), message('b', { to: 'Mail', group: 'C1' })]),
    ]);
    expect(sendings.map(({ group, deduplication }) => [group, deduplication])).toEqual([
      ['C0', 'a'],
      ['C1', 'b'],
    ]);
  });

  test('sets no group for a standard queue if the message has none', () => {
    expect(routed([record([message('a')])]).sendings[0]!.group).toBeUndefined();
  });

  test('converts any text to a valid group of SQS, and equal texts to equal groups', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (group) => {
        const read = () => routed([record([message('a', { group })])]).sendings[0]!.group!;
        expect(read()).toMatch(/^[!-~]{1,128}$/);
        expect(read()).toBe(read());
      }),
    );
  });

  test('keeps any body through JSON, without characters that SQS refuses', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
        const body = { value, text: `${text}\uFFFE\uFFFF\u0000` };
        const { sendings } = routed([record([message('a', { body })])]);
        expect(parseEnvelope(sendings[0]!.body).body).toEqual(JSON.parse(JSON.stringify(body)));
        const refused = [...sendings[0]!.body].filter((c) => c < ' ' || c === '\uFFFE' || c === '\uFFFF');
        expect(refused).toEqual([]);
      }),
    );
  });

  test.each([
    ['not JSON', '{', 'the outbox is not JSON'],
    ['no list', '{"id":"a"}', 'the outbox is not a list of messages'],
    ['no object', [null], 'the message has no id'],
    ['no id', [{ to: 'Payments', body: 1 }], 'the message has no id'],
    ['no target', [{ id: 'a', body: 1 }], "the message names no target in 'to'"],
    ['no body', [{ id: 'a', to: 'Payments' }], 'the message has no body'],
    ['an empty group', [message('a', { group: '' })], 'the group is not a non-empty string'],
    [
      'a target that the table did not declare',
      [message('a', { to: 'Parcels' })],
      /^table 'Orders' publishes to Mail, Payments, got a message for another target/,
    ],
    ['a target that every object has', [message('a', { to: 'constructor' })], /^table 'Orders' publishes to/],
    [
      'no group for a FIFO target',
      [message('a', { to: 'Mail' })],
      'a FIFO target takes messages with a group, got one without',
    ],
    [
      'too many bytes',
      [message('a', { body: 'é'.repeat(MAX_QUARANTINE_CONTENT_BYTES / 2) })],
      /a message may have 358400 bytes, got \d+/,
    ],
  ])('sets aside %s, with the error, where it was and what it said', (_, outbox, error) => {
    const { sendings, refused } = routed([record(outbox, '42')]);
    expect(sendings).toEqual([]);
    expect(refused).toHaveLength(1);
    expect(refused[0]!.error).toMatch(error);
    expect(refused[0]).toMatchObject({ shard: 'Shop-Shard0', sequenceNumber: '42' });
    expect(refused[0]!.content.length).toBeGreaterThan(0);
  });

  test('the ID of an invalid message is logged and stored in visible characters, and is cut', async () => {
    const it = queues();
    await relay({ Records: [record([{ id: `\u001b[31m\n${'é'.repeat(200)}`, to: 'Payments' }])] }, it);
    const id = `?[31m?${'?'.repeat(94)}`;
    expect(it.lines).toContainEqual(expect.objectContaining({ message: 'held', reason: 'malformed', id }));
    expect(it.entries).toMatchObject([{ id, content: expect.stringContaining('é') }]);
  });

  test('an invalid message doesn’t affect other messages of its record or the next record', () => {
    const { sendings, refused } = routed([
      record([message('a'), { id: 'bad' }, message('b')]),
      record('{'),
      record([message('c')]),
    ]);
    expect(sendings.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(refused).toHaveLength(2);
  });

  test('a stack whose last table with an outbox was removed has no entry for any shard', async () => {
    const { BREAKWATER_MAP_TABLE: _, ...environment } = process.env;
    const known = process.env;
    process.env = environment;
    await expect(publishingOfMaps(new DynamoDBClient()).entryOf('Gone', new Set())).rejects.toBeInstanceOf(
      NoStreamEntry,
    );
    process.env = known;
  });

  test('has nothing to send for records without an outbox', () => {
    const { sendings, refused } = routed([{ dynamodb: { NewImage: { id: { S: 'x' } } } }, {}]);
    expect([sendings, refused]).toEqual([[], []]);
  });
});

describe('batches', () => {
  // Made once: the limits are about megabytes.
  const bodies = new Map([10, 1_000, 300_000, SQS.MAX_MESSAGE_BYTES].map((bytes) => [bytes, 'x'.repeat(bytes)]));
  const sending = fc.record({
    group: fc.constantFrom('a', 'b', 'c', 'd'),
    bytes: fc.constantFrom(...bodies.keys()),
  });

  test.each([[true], [false]])('lose nothing, keep within the limits and the order (FIFO: %s)', (fifo) => {
    fc.assert(
      fc.property(fc.array(sending, { maxLength: 60 }), (list) => {
        const sendings = list.map(
          ({ group, bytes }, i): Sending => ({
            shard: 't',
            sequenceNumber: '1',
            time: '2025-11-24T16:00:00.000Z',
            index: 0,
            url: 'u',
            fifo,
            id: String(i),
            to: 'T',
            body: bodies.get(bytes)!,
            group,
          }),
        );
        const result = batches(sendings);
        expect(
          result
            .flat()
            .map(({ id }) => Number(id))
            .sort((a, b) => a - b),
        ).toEqual(list.map((_, i) => i));
        for (const batch of result) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(10);
          expect(batch.reduce((sum, { body }) => sum + body.length, 0)).toBeLessThanOrEqual(SQS.MAX_MESSAGE_BYTES);
          if (fifo) expect(new Set(batch.map(({ group }) => group)).size).toBe(batch.length);
        }
        if (fifo) {
          for (const group of ['a', 'b', 'c', 'd']) {
            const order = result.flat().filter((s) => s.group === group);
            expect(order.map(({ id }) => Number(id))).toEqual(order.map(({ id }) => Number(id)).sort((a, b) => a - b));
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('relay', () => {
  test('sends each message to the queue of its target, ten at a time', async () => {
    const it = queues();
    const many = Array.from({ length: 25 }, (_, i) => record([message(`p${i}`)]));
    await relay({ Records: [...many, record([message('m', { to: 'Mail', group: 'C1' })])] }, it);
    expect(it.taken).toHaveLength(26);
    expect(it.calls.filter(({ url }) => url === 'https://payments').map(({ count }) => count)).toEqual([10, 10, 5]);
    expect(it.entries).toEqual([]);
    expect(it.lines).toEqual([
      {
        message: 'relayed',
        records: 26,
        sent: 26,
        held: 0,
        waiting: 0,
        messages: it.taken.map(({ id, to }) => ({ id, to })),
      },
    ]);
  });

  test('passes on the correlation id of the first request, and logs it with the message', async () => {
    const it = queues();
    await relay({ Records: [record([message('a', { correlationId: 'request-1' })])] }, it);
    expect(parseEnvelope(it.taken[0]!.body)).toMatchObject({ id: 'a', correlationId: 'request-1' });
    expect(it.lines.at(-1)).toMatchObject({ messages: [{ id: 'a', to: 'Payments', correlation_id: 'request-1' }] });
  });

  test('sends only refused messages again, with growing delays', async () => {
    const it = queues(({ id }, now) => (id === 'b' && now < 2_000 ? 'ThrottlingException' : undefined));
    await relay({ Records: [record([message('a'), message('b'), message('c')])] }, it);
    expect(it.ids()).toEqual(['a', 'c', 'b']);
    expect(it.calls.slice(1).every(({ ids }) => ids.join() === 'b')).toBe(true);
    expect(it.sleeps).toEqual([...it.sleeps].sort((x, y) => x - y));
    expect(it.sleeps.length).toBeGreaterThan(2);
    expect(it.entries).toEqual([]);
  });

  test('waits a random time, so that relays that failed together do not come back together', async () => {
    const waits = async (random: number) => {
      const it = queues((_, now) => (now < 1_000 ? 'ThrottlingException' : undefined));
      await relay({ Records: [record([message('a')])] }, { ...it, random: () => random });
      return it.sleeps[0];
    };
    expect(await waits(0)).not.toBe(await waits(0.9));
  });

  test('lets a message wait, as its queue would get it, after about 10 seconds of attempts', async () => {
    const it = queues(({ id }) => (id !== 'ok' ? failure('AccessDenied') : undefined));
    const body = { note: '"\\'.repeat(60_000) };
    const group = 'C#1';
    await relay(
      {
        Records: [
          record([message('a', { body, correlationId: 'request-1' })], '7'),
          record([message('m', { to: 'Mail', group })], '8'),
        ],
      },
      it,
    );
    expect(it.held()).toEqual([]);
    expect(it.waiting()).toEqual([
      {
        pk: 'waiting#Payments',
        sk: `a#2025-11-24T16:00:00.000Z#${'7'.padStart(40, '0')}#000`,
        id: 'a',
        to: 'Payments',
        content: expect.any(String),
        state: 'waiting',
        receives: 0,
        first: '2025-11-24T16:00:00.000Z',
        at: '2025-11-24T16:00:05.000Z',
        correlationId: 'request-1',
        shard: 'Shop-Shard0',
      },
      expect.objectContaining({
        pk: 'waiting#Mail',
        sk: `C%231#2025-11-24T16:00:00.000Z#${'8'.padStart(40, '0')}#000`,
        group,
      }),
    ]);
    expect(parseEnvelope(it.waiting()[0]!.content)).toMatchObject({ id: 'a', to: 'Payments', body });
    const tried = it.calls.filter(({ url }) => url === 'https://payments');
    expect(tried.length).toBeGreaterThan(4);
    expect(tried.length).toBeLessThan(20);
    expect(tried.at(-1)!.at).toBeLessThan(10_000);
    expect(tried.at(-1)!.at).toBeGreaterThan(5_000);
    expect(it.lines).toEqual([
      {
        message: 'relayed',
        level: 'WARN',
        records: 2,
        sent: 0,
        held: 0,
        waiting: 2,
        codes: { Payments: ['AccessDenied'], Mail: ['AccessDenied'] },
        messages: [],
      },
    ]);
  });

  test('the id of the person goes with the message, to its worker and into each kind of entry', async () => {
    const refuse = ({ id }: Sending) => ({ waits: 'AccessDenied', bad: 'InvalidMessageContents' })[id];
    const it = queues(refuse);
    const about = 'C1';
    const outbox = ['sent', 'waits', 'bad'].map((id) => message(id, { about }));
    await relay({ Records: [record([...outbox, message('forged', { to: 'X', about }), { id: 'odd', about }])] }, it);
    expect(parseEnvelope(it.taken[0]!.body)).toMatchObject({ id: 'sent', about });
    expect(it.entries.map((entry) => [entry.id, entry.about]).sort()).toEqual([
      ['bad', about],
      ['forged', about],
      ['odd', about],
      ['waits', about],
    ]);
    expect(JSON.stringify(it.lines)).not.toContain(about);
  });

  test.each(['', 'x'.repeat(501), 7])(
    'an id of a person that is no key of an index is malformed: %p',
    async (about) => {
      const it = queues();
      await relay({ Records: [record([message('a', { about })])] }, it);
      expect(it.entries).toMatchObject([{ id: 'a', reason: 'malformed' }]);
      expect(it.entries[0]).not.toHaveProperty('about');
    },
  );

  test('a failing queue doesn’t affect the others, and they get each message once', async () => {
    const it = queues(({ url }) => (url === 'https://payments' ? failure('QueueDoesNotExist') : undefined));
    const mail = Array.from({ length: 12 }, (_, i) =>
      record([message(`m${i}`, { to: 'Mail', group: `C${i}` }), message(`p${i}`)], String(i)),
    );
    await relay({ Records: mail }, it);
    expect(it.ids()).toEqual(Array.from({ length: 12 }, (_, i) => `m${i}`));
    expect(it.waiting().map(({ id }) => id)).toEqual(Array.from({ length: 12 }, (_, i) => `p${i}`));
    expect(Math.max(...it.calls.filter(({ url }) => url === 'https://mail.fifo').map(({ at }) => at))).toBeLessThan(
      200,
    );
  });

  test('a queue that refused a whole batch gets one attempt for the next batches, until it accepts a message', async () => {
    const state = { broken: true };
    const it = queues(({ url }) => (url === 'https://payments' && state.broken ? 'AccessDenied' : undefined));
    await relay({ Records: [record([message('a')])] }, it);
    it.clock.now = 0;
    await relay({ Records: [record([message('b')])] }, it);
    expect(it.clock.now).toBeLessThan(100);
    expect(it.waiting().map(({ id }) => id)).toEqual(['a', 'b']);
    state.broken = false;
    await relay({ Records: [record([message('c')])] }, it);
    expect(it.ids()).toEqual(['c']);
    expect(it.broken.size).toBe(0);
  });

  test('a queue that accepts a part of a batch doesn’t count as failing', async () => {
    const it = queues(({ id }) => (id === 'a' ? 'ThrottlingException' : undefined));
    await relay({ Records: [record([message('a'), message('b')])] }, it);
    expect(it.waiting().map(({ id }) => id)).toEqual(['a']);
    expect(it.broken.size).toBe(0);
  });

  test('slow calls leave time to write what wasn’t sent', async () => {
    const it = queues(
      () => failure('TimeoutError'),
      () => 5_000,
    );
    await relay({ Records: Array.from({ length: 200 }, (_, i) => record([message(`a${i}`)])) }, it);
    expect(it.waiting()).toHaveLength(200);
    expect(it.clock.now).toBeLessThan(TIME / 2);
    expect(it.lines.at(-1)).toMatchObject({ codes: { Payments: ['TimeoutError', 'OutOfTime'] } });
  });

  test('if one message makes a whole call fail, only that message is held', async () => {
    const it = queues(({ id }) => (id === 'bad' ? failure('InvalidMessageContents') : undefined));
    await relay({ Records: [record([message('a'), message('bad'), message('b')])] }, it);
    expect(it.ids()).toEqual(['a', 'b']);
    expect(it.entries).toMatchObject([{ id: 'bad', state: 'held', reason: 'rejected' }]);
  });

  test('a message that its FIFO queue always refuses doesn’t delay the next one of its group', async () => {
    const it = queues(({ id }) => (id === 'bad' ? 'InvalidMessageContents' : undefined));
    const mail = (id: string) => message(id, { to: 'Mail', group: 'g' });
    await relay({ Records: [record([mail('bad'), mail('b')])] }, it);
    expect(it.ids()).toEqual(['b']);
    expect(it.entries).toMatchObject([{ id: 'bad', state: 'held' }]);
    expect(it.sleeps).toEqual([]);
  });

  test('an entry fits the quarantine, whatever the outbox contains', async () => {
    const it = queues();
    const name = '"é'.repeat(100_000);
    await relay(
      {
        Records: [
          record([
            { id: name, to: 'Parcels', body: 1 },
            { id: 'x', to: name, body: 1 },
            { id: 'y', to: 7, body: 1 },
          ]),
          record('é'.repeat(199_000)),
        ],
      },
      it,
    );
    expect(it.held().map(({ pk }) => pk)).toEqual(['held#?', 'held#?', 'held#Parcels', 'held#?']);
    for (const entry of it.held()) {
      // DynamoDB's limit is 400 KB for the item and 1,024 bytes for a sort key.
      expect(Buffer.byteLength(JSON.stringify(entryToItem(entry)))).toBeLessThan(400_000 + 220_000);
      expect(Buffer.byteLength(Object.values(entry).join(''))).toBeLessThan(400_000);
      expect(Buffer.byteLength(entry.sk)).toBeLessThanOrEqual(1_024);
    }
  });

  test('holds messages that no queue can accept, and continues', async () => {
    const it = queues(({ id }) => (id === 'b' ? 'InvalidMessageContents' : undefined));
    await relay({ Records: [record([message('a'), message('b'), { id: 'x', to: 'Parcels', body: 1 }], '7')] }, it);
    expect(it.ids()).toEqual(['a']);
    expect(it.held()).toEqual([
      expect.objectContaining({
        pk: 'held#Parcels',
        id: 'x',
        reason: 'undeclared',
        fingerprint: 'relay-Parcels-NotDeclared',
        shard: 'Shop-Shard0',
        receives: 0,
        first: '2025-11-24T16:00:00.000Z',
        expires: Math.floor(NOW / 1_000) + 90 * 86_400,
      }),
      expect.objectContaining({
        pk: 'held#Payments',
        id: 'b',
        reason: 'rejected',
        error: 'the queue rejected the message: InvalidMessageContents',
        fingerprint: 'relay-Payments-InvalidMessageContents',
      }),
    ]);
    expect(parseEnvelope(it.held()[1]!.content)).toMatchObject({ id: 'b' });
    const logged = it.lines.filter(({ message: text }) => text === 'held');
    expect(logged).toHaveLength(2);
    // What a message says may be personal; logs don't repeat it.
    expect(logged.some((line) => 'content' in line)).toBe(false);
    expect(it.lines.at(-1)).toMatchObject({ sent: 1, held: 2, waiting: 0 });
  });

  test.each([
    ['waits', message('a')],
    ['is invalid', { id: 'b' }],
  ])(
    'throws if the quarantine can’t take a message that %s, so that the stream delivers the batch again',
    async (_, one) => {
      const it = queues(() => failure('ServiceUnavailable'));
      const put = async () => {
        throw failure('KMSInvalidStateException');
      };
      const run = relay({ Records: [record([one])] }, { ...it, quarantine: { ...it.quarantine, put } });
      await expect(run).rejects.toThrow(
        'the quarantine must take 1 messages, got KMSInvalidStateException; the stream delivers the batch again',
      );
    },
  );

  test('sends nothing of a batch with FIFO messages if it can’t look whether earlier ones wait', async () => {
    const it = queues();
    const isBusy = async () => {
      throw failure('InternalServerError');
    };
    const records = [record([message('m', { to: 'Mail', group: 'g' }), message('p')])];
    await expect(relay({ Records: records }, { ...it, quarantine: { ...it.quarantine, isBusy } })).rejects.toThrow();
    expect(it.calls).toEqual([]);
  });

  test('looks once for each FIFO target while nothing waits, and never for a standard queue', async () => {
    const it = queues();
    const looks: unknown[][] = [];
    const quarantine = {
      ...it.quarantine,
      isBusy: async (...args: [string, string?]) => {
        looks.push(args);
        return it.quarantine.isBusy(...args);
      },
    };
    const mail = Array.from({ length: 5 }, (_, i) => message(`m${i}`, { to: 'Mail', group: `C${i}` }));
    await relay({ Records: [record([message('p'), ...mail])] }, { ...it, quarantine });
    expect(looks).toEqual([['Mail']]);
    await relay({ Records: [record([message('p')])] }, { ...it, quarantine });
    expect(looks).toHaveLength(1);
  });

  test('later messages of a FIFO group wait with a rejected one, in order; other groups go on', async () => {
    const it = queues(({ id }) => (id === 'g1' ? 'ThrottlingException' : undefined));
    const group = [0, 1, 2, 3].map((i) => message(`g${i}`, { to: 'Mail', group: 'C1' }));
    const other = [0, 1].map((i) => message(`h${i}`, { to: 'Mail', group: 'C2' }));
    await relay({ Records: [record([...group, ...other, message('p')], '5')] }, it);
    expect(it.ids().sort()).toEqual(['g0', 'h0', 'h1', 'p']);
    expect(it.waiting().map(({ id }) => id)).toEqual(['g1', 'g2', 'g3']);
    expect(it.waiting().map(({ sk }) => sk)).toEqual(
      it
        .waiting()
        .map(({ sk }) => sk)
        .sort(),
    );
    expect(it.lines.at(-1)).toMatchObject({ codes: { Mail: ['ThrottlingException', 'HeldBack'] } });
    // The next batch finds the group busy, although the queue would accept it now.
    const later = { ...it, send: queues().send };
    await relay({ Records: [record([message('g4', { to: 'Mail', group: 'C1' })], '6')] }, later);
    expect(it.waiting().map(({ id }) => id)).toEqual(['g1', 'g2', 'g3', 'g4']);
    expect(it.lines.at(-1)).toMatchObject({ codes: { Mail: ['Behind'] } });
  });

  test('keeps the order of a FIFO group in repeated attempts', async () => {
    const it = queues(({ id }, now) => (id === 'g1' && now < 1_000 ? 'ThrottlingException' : undefined));
    const group = [0, 1, 2, 3].map((i) => message(`g${i}`, { to: 'Mail', group: 'C1' }));
    await relay({ Records: [record(group)] }, it);
    expect(it.ids()).toEqual(['g0', 'g1', 'g2', 'g3']);
  });

  test('sends each message or keeps it, exactly once, groups in order, whatever the queues reject', async () => {
    const refusal = fc.constantFrom('ThrottlingException', 'InvalidMessageContents');
    const until = fc.constantFrom(0, 0, 500, 5_000, Number.POSITIVE_INFINITY);
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            refusal,
            until,
            to: fc.constantFrom('Payments', 'Mail', 'Parcels'),
            group: fc.constantFrom('x', 'y'),
          }),
        ),
        async (list) => {
          const it = queues(({ id }, now) => {
            const { refusal: code, until: end } = list[Number(id)] ?? { until: 0 };
            return now < end ? code : undefined;
          });
          const records = list.map(({ to, group }, i) => record([message(String(i), { to, group })], String(i)));
          await relay({ Records: records }, it);
          const numbers = [...it.ids(), ...it.entries.map(({ id }) => id)].map(Number);
          expect([...numbers].sort((a, b) => a - b)).toEqual(list.map((_, i) => i));
          for (const { id, reason, state } of it.entries) {
            const { to, refusal: code } = list[Number(id)]!;
            if (to === 'Parcels') expect(reason).toBe('undeclared');
            else if (state === 'held') expect([reason, code]).toEqual(['rejected', 'InvalidMessageContents']);
          }
          for (const group of ['x', 'y']) {
            const ofGroup = (id: number) => list[id]!.to === 'Mail' && list[id]!.group === group;
            const sent = it.ids().map(Number).filter(ofGroup);
            const behind = it
              .waiting()
              .map(({ id }) => Number(id))
              .filter(ofGroup);
            expect([...sent, ...behind]).toEqual([...sent, ...behind].sort((a, b) => a - b));
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('who may publish to what', () => {
  const other: StreamEntry = { table: streamKey('Shop-Ledger'), owner: 'Ledger', targets: {} };
  const fromLedger = (outbox: unknown): DynamoDBRecord => ({
    ...record(outbox),
    eventSourceARN: 'arn:aws:dynamodb:us-east-1:123456789012:table/Shop-Ledger/stream/2026',
  });

  test('a message from a table that did not declare its target is held, and the entry says so', async () => {
    const it = queues();
    const entryOf = async (shard: string) => (shard === 'Shop-Ledger' ? other : ENTRY);
    await relay({ Records: [fromLedger([message('forged')]), record([message('good')])] }, { ...it, entryOf });
    expect(it.ids()).toEqual(['good']);
    expect(it.entries).toEqual([
      expect.objectContaining({
        pk: 'held#Payments',
        id: 'forged',
        reason: 'undeclared',
        error: "table 'Ledger' publishes to none, got a message for another target: declare it with publishTo",
      }),
    ]);
  });

  test('throws if the map table has no entry of the shard: the stream then delivers the batch again', async () => {
    const it = queues();
    const cache = new PublishingCache(
      { readEntry: async () => undefined, readTargets: async () => undefined },
      () => 0,
    );
    const entryOf = (shard: string, names: ReadonlySet<string>) => cache.entryOf(shard, names);
    await expect(relay({ Records: [record([message('a')])] }, { ...it, entryOf })).rejects.toThrow(
      "the map table must have an entry for the stream of table 'Shop-Shard0', got none",
    );
    expect(it.taken).toEqual([]);
  });

  test('logs names and positions, but no text of SQS or of the message', async () => {
    const it = queues(() => failure('AccessDenied'));
    const text = 'anne@example.com';
    await relay({ Records: [record([message('a', { group: text, body: text }), { id: 'b', to: text, body: 1 }])] }, it);
    expect(it.entries).toHaveLength(2);
    expect(JSON.stringify(it.lines)).not.toMatch(/anne|it said no/);
    expect(it.lines[0]).toMatchObject({ level: 'ERROR', message: 'held', reason: 'undeclared', id: 'b' });
  });
});

describe('a table with relays in two stacks', () => {
  const declared = {
    Payments: { fifo: false },
    Mail: { fifo: true, relay: 'Work' },
    Labels: { fifo: false, relay: 'Work' },
  };
  const home: Publishing = { ...ENTRY, targets: { Payments: { url: 'https://payments', fifo: false } }, declared };
  const work: Publishing = {
    ...ENTRY,
    targets: { Mail: { url: 'https://mail.fifo', fifo: true } },
    relay: 'Work',
    leavesUnknown: true,
    declared,
  };
  const all = [
    message('a'),
    message('b', { to: 'Mail', group: 'g' }),
    message('c', { to: 'Labels' }),
    message('d', { to: 'Nobody' }),
    message('e', { to: 'constructor' }),
  ];

  async function relayed(entry: Publishing, outbox: unknown = all) {
    const it = queues();
    await relay({ Records: [record(outbox)] }, { ...it, entryOf: async () => entry });
    const kept = it.entries.map(({ id, state, reason }) => [id, reason ?? state]);
    return { sent: it.ids(), kept, last: it.lines.at(-1) };
  }

  test('each message is sent by one relay, or kept by one', async () => {
    expect(await relayed(home)).toMatchObject({
      sent: ['a'],
      kept: [
        ['d', 'undeclared'],
        ['e', 'undeclared'],
      ],
      last: { elsewhere: 2 },
    });
    expect(await relayed(work)).toMatchObject({ sent: ['b'], kept: [['c', 'waiting']], last: { elsewhere: 3 } });
  });

  test('an outbox that is no list of messages is held by one relay, too', async () => {
    expect((await relayed(home, 'no json')).kept).toHaveLength(1);
    expect((await relayed(work, 'no json')).kept).toHaveLength(0);
  });

  test('whatever a table declares and writes, every message is handled by exactly one of its relays', async () => {
    const names = ['A', 'B', 'C', 'D'];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ name: fc.constantFrom(...names), abroad: fc.boolean(), deployed: fc.boolean() })),
        fc.array(fc.constantFrom(...names, 'Unknown'), { minLength: 1, maxLength: 10 }),
        async (targets, to) => {
          const of = (isAbroad: boolean) => targets.filter(({ abroad }) => abroad === isAbroad);
          const map = Object.fromEntries(
            targets.map(({ name, abroad }) => [name, { fifo: false, ...(abroad ? { relay: 'Work' } : {}) }]),
          );
          const queuesOf = (isAbroad: boolean) =>
            Object.fromEntries(
              of(isAbroad)
                .filter(({ name, deployed }) => deployed && (map[name]?.relay === 'Work') === isAbroad)
                .map(({ name }) => [name, { url: `https://${name}`, fifo: false }]),
            );
          const outbox = to.map((name, i) => message(String(i), { to: name }));
          const results = [
            await relayed({ ...ENTRY, targets: queuesOf(false), declared: map }, outbox),
            await relayed(
              { ...ENTRY, targets: queuesOf(true), declared: map, relay: 'Work', leavesUnknown: true },
              outbox,
            ),
          ];
          const handled = results.flatMap(({ sent, kept }) => [...sent, ...kept.map(([id]) => id)]);
          expect(handled.sort()).toEqual(outbox.map(({ id }) => id).sort());
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('PublishingCache', () => {
  function cached() {
    const state = { now: 1_000_000, targets: ENTRY.targets, reads: 0, declared: {} as ShardMap['targets'], looks: 0 };
    const cache = new PublishingCache(
      {
        readEntry: async () => {
          state.reads++;
          return { ...ENTRY, targets: state.targets };
        },
        readTargets: async () => {
          state.looks++;
          return state.declared;
        },
      },
      () => state.now,
    );
    const names = async (...wanted: string[]) =>
      Object.keys((await cache.entryOf('Shop-Shard0', new Set(wanted))).targets);
    return { state, names };
  }

  test('reads an entry again after 30 seconds', async () => {
    const { state, names } = cached();
    await names('Mail');
    state.targets = { Mail: { url: 'u', fifo: true } };
    state.now += 29_999;
    expect(await names('Mail')).toEqual(['Payments', 'Mail']);
    state.now += 1;
    expect(await names('Mail')).toEqual(['Mail']);
  });

  test('reads it again once, at once, for an unknown name', async () => {
    const { state, names } = cached();
    await names('Mail');
    state.targets = { ...ENTRY.targets, Parcels: { url: 'u', fifo: false } };
    expect(await names('Parcels')).toContain('Parcels');
    expect(await names('Nobody')).toEqual(['Payments', 'Mail', 'Parcels']);
    expect(state.reads).toBe(3);
  });

  test('reads the table’s map for a name that the entry lacks, and keeps what it says of other relays', async () => {
    const { state, names } = cached();
    await names('Mail');
    expect(state.looks).toBe(0);
    state.declared = { Mail: { fifo: true }, Labels: { fifo: false, relay: 'Work' } };
    for (let i = 0; i < 3; i++) await names('Mail', 'Labels');
    expect(state).toMatchObject({ reads: 2, looks: 1 });
  });

  test('reads it again for a target of its own that a deployment hasn’t written yet', async () => {
    const { state, names } = cached();
    state.declared = { Late: { fifo: false } };
    for (let i = 0; i < 3; i++) await names('Late');
    expect(state.reads).toBe(3);
  });

  test('reads it again if the clock was set back', async () => {
    const { state, names } = cached();
    await names('Mail');
    state.now -= 1;
    await names('Mail');
    expect(state.reads).toBe(2);
  });
});

describe('a queue with a smaller size limit than a batch (Q3)', () => {
  /** Rejects batches above a limit as a whole, as SQS does. */
  function limited(bytes: number, name = 'BatchRequestTooLong') {
    const it = queues();
    const { send } = it;
    const sends: number[] = [];
    it.send = async (url, sendings) => {
      sends.push(sendings.length);
      const total = sendings.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
      if (total > bytes) throw failure(name);
      return send(url, sendings);
    };
    return { ...it, sends };
  }
  const big = (i: number, more: object = {}) => record([message(`m${i}`, { body: 'x'.repeat(60_000), ...more })]);

  test.each([['BatchRequestTooLong'], ['AWS.SimpleQueueService.BatchRequestTooLong']])(
    'gets the batch in halves (%s)',
    async (name) => {
      const it = limited(256 * 1024, name);
      await relay({ Records: Array.from({ length: 10 }, (_, i) => big(i)) }, it);
      expect(it.ids()).toEqual(Array.from({ length: 10 }, (_, i) => `m${i}`));
      expect(it.sends).toEqual([10, 5, 3, 2, 5, 3, 2]);
      expect(it.entries).toEqual([]);
    },
  );

  test('gets the messages of each FIFO group in order', async () => {
    const it = limited(256 * 1024);
    const records = Array.from({ length: 12 }, (_, i) => big(i, { to: 'Mail', group: `g${i % 6}` }));
    await relay({ Records: records }, it);
    for (let group = 0; group < 6; group++) {
      const ofGroup = it.ids().filter((id) => Number(id.slice(1)) % 6 === group);
      expect(ofGroup).toEqual([`m${group}`, `m${group + 6}`]);
    }
  });

  test('a single message above the limit is held at once', async () => {
    const it = limited(50_000);
    await relay({ Records: [big(0), record([message('small')])] }, it);
    expect(it.ids()).toEqual(['small']);
    expect(it.entries).toMatchObject([
      { id: 'm0', reason: 'rejected', fingerprint: expect.stringMatching(/BatchRequestTooLong$/) },
    ]);
    expect(it.sleeps).toEqual([]);
  });
});
