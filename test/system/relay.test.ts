import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { batches } from '../../lambdas/system/relay/batches';
import type { Refusal } from '../../lambdas/system/relay/delivery';
import { readOutboxes, type Sending } from '../../lambdas/system/relay/read-outboxes';
import { type RelayWorld, relay } from '../../lambdas/system/relay/relay';
import { parseTopics } from '../../lambdas/system/relay/topics';
import { SQS } from '../../lib/limits';
import { OUTBOX_ATTRIBUTE, parseEnvelope } from '../../lib/protocol';

const TOPICS = parseTopics(
  JSON.stringify({
    Payments: { url: 'https://payments', fifo: false },
    Mail: { url: 'https://mail.fifo', fifo: true },
  }),
);
const DEAD = 'https://dead';

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

/** A world whose queues refuse what `refuse` says (or throw it), remember the rest, and whose time passes in sleep and calls only. */
function world(
  refuse: (sending: Sending, now: number) => string | Error | undefined = () => undefined,
  callMs = (_url: string) => 10,
) {
  const taken: Sending[] = [];
  const lines: Record<string, unknown>[] = [];
  const calls: { url: string; count: number; ids: string[]; at: number }[] = [];
  const sleeps: number[] = [];
  const clock = { now: 0 };
  const it: RelayWorld = {
    topics: TOPICS,
    deadLetters: DEAD,
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
  const dead = () => taken.filter(({ url }) => url === DEAD).map(({ body }) => JSON.parse(body));
  const ids = () => taken.filter(({ url }) => url !== DEAD).map(({ id }) => id);
  return { ...it, taken, lines, calls, sleeps, clock, dead, ids };
}

const failure = (name: string) => Object.assign(new Error('it said no'), { name });

const message = (id: string, more: object = {}) => ({ id, to: 'Payments', body: { order: id }, ...more });

describe('readOutboxes', () => {
  test('makes an envelope that a worker reads, with the time of the write', () => {
    const { sendings, poison } = readOutboxes([record([message('a', { group: 'C1' })])], TOPICS);
    expect(poison).toEqual([]);
    expect(parseEnvelope(sendings[0]!.body)).toEqual({
      id: 'a',
      to: 'Payments',
      body: { order: 'a' },
      group: 'C1',
      time: '2025-11-24T16:00:00.000Z',
    });
    expect(sendings[0]).toMatchObject({ url: 'https://payments', group: 'C1' });
  });

  test('gives every message of a FIFO queue a group and its id as deduplication id', () => {
    const { sendings } = readOutboxes(
      [record([message('a', { to: 'Mail' }), message('b', { to: 'Mail', group: 'C1' })])],
      TOPICS,
    );
    expect(sendings.map(({ group, deduplication }) => [group, deduplication])).toEqual([
      ['a', 'a'],
      ['C1', 'b'],
    ]);
  });

  test('gives a standard queue no group where none was asked for', () => {
    expect(readOutboxes([record([message('a')])], TOPICS).sendings[0]!.group).toBeUndefined();
  });

  test('makes groups that SQS takes of any text, equal ones of equal text', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (group) => {
        const read = () => readOutboxes([record([message('a', { group })])], TOPICS).sendings[0]!.group!;
        expect(read()).toMatch(/^[!-~]{1,128}$/);
        expect(read()).toBe(read());
      }),
    );
  });

  test('keeps any body through JSON, without characters that SQS refuses', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
        const body = { value, text: `${text}\uFFFE\uFFFF\u0000` };
        const { sendings } = readOutboxes([record([message('a', { body })])], TOPICS);
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
    ['no target', [{ id: 'a', body: 1 }], "the message has no 'to'"],
    ['no body', [{ id: 'a', to: 'Payments' }], 'the message has no body'],
    ['an empty group', [message('a', { group: '' })], 'the group is not a non-empty string'],
    ['an unknown target', [message('a', { to: 'Parcels' })], /no target is called 'Parcels'; known: Payments, Mail/],
    [
      'the name of a member of every object',
      [message('a', { to: 'constructor' })],
      /no target is called 'constructor'/,
    ],
    ['too many bytes', [message('a', { body: 'é'.repeat(SQS.MAX_MESSAGE_BYTES / 2) })], /bytes, a queue takes 1048576/],
  ])('sets aside %s, with the reason, where it was and what it said', (_, outbox, reason) => {
    const { sendings, poison } = readOutboxes([record(outbox, '42')], TOPICS);
    expect(sendings).toEqual([]);
    expect(poison).toHaveLength(1);
    expect(poison[0]!.reason).toMatch(reason);
    expect(poison[0]).toMatchObject({ table: 'Shop-Shard0', sequenceNumber: '42' });
    expect(poison[0]!.content.length).toBeGreaterThan(0);
    // What a message of an item can't be, 400 KB being its most, may be cut, so that a dead letter holds it.
    expect(Buffer.byteLength(JSON.stringify(poison[0]))).toBeLessThan(SQS.MAX_MESSAGE_BYTES);
  });

  test('a poison message keeps neither its neighbours nor the next record back', () => {
    const { sendings, poison } = readOutboxes(
      [record([message('a'), { id: 'bad' }, message('b')]), record('{'), record([message('c')])],
      TOPICS,
    );
    expect(sendings.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(poison).toHaveLength(2);
  });

  test('has nothing to send for records without an outbox', () => {
    const { sendings, poison } = readOutboxes([{ dynamodb: { NewImage: { id: { S: 'x' } } } }, {}], TOPICS);
    expect([sendings, poison]).toEqual([[], []]);
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
            table: 't',
            sequenceNumber: '1',
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
    const it = world();
    const many = Array.from({ length: 25 }, (_, i) => record([message(`p${i}`)]));
    await relay({ Records: [...many, record([message('m', { to: 'Mail' })])] }, it);
    expect(it.taken).toHaveLength(26);
    expect(it.calls.filter(({ url }) => url === 'https://payments').map(({ count }) => count)).toEqual([10, 10, 5]);
    expect(it.calls.filter(({ url }) => url === DEAD)).toEqual([]);
    expect(it.lines.at(-1)).toEqual({ message: 'relayed', records: 26, sent: 26, dead: 0, parked: 0, pending: 0 });
  });

  test('sends what was refused again, and only that, with waits that grow', async () => {
    const it = world(({ id }, now) => (id === 'b' && now < 2_000 ? 'ThrottlingException' : undefined));
    await relay({ Records: [record([message('a'), message('b'), message('c')])] }, it);
    expect(it.ids()).toEqual(['a', 'c', 'b']);
    expect(it.calls.slice(1).every(({ ids }) => ids.join() === 'b')).toBe(true);
    expect(it.sleeps).toEqual([...it.sleeps].sort((x, y) => x - y));
    expect(it.sleeps.length).toBeGreaterThan(2);
    expect(it.calls.some(({ url }) => url === DEAD)).toBe(false);
  });

  test('waits a random time, so that relays that failed together do not come back together', async () => {
    const waits = async (random: number) => {
      const it = world((_, now) => (now < 1_000 ? 'ThrottlingException' : undefined));
      await relay({ Records: [record([message('a')])] }, { ...it, random: () => random });
      return it.sleeps[0];
    };
    expect(await waits(0)).not.toBe(await waits(0.9));
  });

  test('parks what a queue has not taken in two thirds of the time, with its content, and ends well', async () => {
    const it = world(({ url, id }) => (url !== DEAD && id !== 'ok' ? failure('AccessDenied') : undefined));
    const body = { note: '"\\'.repeat(60_000) };
    await relay({ Records: [record([message('a', { body })], '7'), record([message('m', { to: 'Mail' })], '8')] }, it);
    expect(it.dead()).toEqual([
      {
        reason: 'the queue did not take it in time: AccessDenied it said no',
        table: 'Shop-Shard0',
        sequenceNumber: '7',
        index: 0,
        to: 'Payments',
        id: 'a',
        content: expect.any(String),
      },
      expect.objectContaining({ to: 'Mail', id: 'm', sequenceNumber: '8' }),
    ]);
    expect(parseEnvelope(it.dead()[0].content)).toMatchObject({ id: 'a', to: 'Payments', body });
    const tried = it.calls.filter(({ url }) => url === 'https://payments');
    expect(tried.length).toBeGreaterThan(8);
    expect(tried.length).toBeLessThan(30);
    expect(tried.at(-1)!.at).toBeLessThan((TIME * 2) / 3);
    expect(tried.at(-1)!.at).toBeGreaterThan(TIME / 2);
    expect(it.lines.at(-1)).toEqual({ message: 'relayed', records: 2, sent: 0, dead: 0, parked: 2, pending: 0 });
  });

  test('a broken queue keeps nothing from the others, and nothing is sent to them twice', async () => {
    const it = world(({ url }) => (url === 'https://payments' ? failure('QueueDoesNotExist') : undefined));
    const mail = Array.from({ length: 12 }, (_, i) => record([message(`m${i}`, { to: 'Mail' }), message(`p${i}`)]));
    await relay({ Records: mail }, it);
    expect(it.ids()).toEqual(Array.from({ length: 12 }, (_, i) => `m${i}`));
    expect(it.dead().map(({ id }) => id)).toEqual(Array.from({ length: 12 }, (_, i) => `p${i}`));
    expect(Math.max(...it.calls.filter(({ url }) => url === 'https://mail.fifo').map(({ at }) => at))).toBeLessThan(
      200,
    );
  });

  test('a queue that took nothing of a batch gets one try of the next, until it takes something again', async () => {
    const state = { broken: true };
    const it = world(({ url }) => (url === 'https://payments' && state.broken ? 'AccessDenied' : undefined));
    await relay({ Records: [record([message('a')])] }, it);
    it.clock.now = 0;
    await relay({ Records: [record([message('b')])] }, it);
    expect(it.clock.now).toBeLessThan(100);
    expect(it.dead().map(({ id }) => id)).toEqual(['a', 'b']);
    state.broken = false;
    await relay({ Records: [record([message('c')])] }, it);
    expect(it.ids()).toEqual(['c']);
    expect(it.broken.size).toBe(0);
  });

  test('a queue that takes some of a batch is not broken', async () => {
    const it = world(({ url, id }) => (url !== DEAD && id === 'a' ? 'ThrottlingException' : undefined));
    await relay({ Records: [record([message('a'), message('b')])] }, it);
    expect(it.dead().map(({ id }) => id)).toEqual(['a']);
    expect(it.broken.size).toBe(0);
  });

  test('calls that take long leave time to park what their queue did not get to', async () => {
    const it = world(
      ({ url }) => (url === 'https://payments' ? failure('TimeoutError') : undefined),
      (url) => (url === DEAD ? 10 : 5_000),
    );
    await relay({ Records: Array.from({ length: 200 }, (_, i) => record([message(`a${i}`)])) }, it);
    expect(it.dead()).toHaveLength(200);
    expect(it.dead().some(({ reason }) => /OutOfTime/.test(reason))).toBe(true);
  });

  test('throws when parking fails too, so that the stream brings the batch again', async () => {
    const it = world(() => failure('ServiceUnavailable'));
    await expect(relay({ Records: [record([message('a'), message('b')])] }, it)).rejects.toThrow(
      "2 of 2 messages can neither be sent nor parked, the first to 'Payments': ServiceUnavailable it said no",
    );
    expect(it.clock.now).toBeLessThan(TIME);
    expect(it.taken).toEqual([]);
  });

  test('one message that spoils a whole call takes none of its neighbours to the dead letters', async () => {
    const it = world(({ id, url }) => (url !== DEAD && id === 'bad' ? failure('InvalidMessageContents') : undefined));
    await relay({ Records: [record([message('a'), message('bad'), message('b')])] }, it);
    expect(it.ids()).toEqual(['a', 'b']);
    expect(it.dead().map(({ id }) => id)).toEqual(['bad']);
  });

  test('a dead letter fits its queue, however long the names in it are', async () => {
    const it = world();
    const name = '"'.repeat(150_000);
    await relay(
      {
        Records: [
          record([
            { id: name, to: 'Parcels', body: 1 },
            { id: 'x', to: name, body: 1 },
          ]),
        ],
      },
      it,
    );
    expect(it.dead()).toHaveLength(2);
    for (const { body } of it.taken) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(SQS.MAX_MESSAGE_BYTES);
    expect(JSON.parse(it.dead()[0].content)).toMatchObject({ id: name });
  });

  test('puts what no queue will ever take into the dead letters and goes on', async () => {
    const it = world(({ id, url }) => (id === 'b' && url !== DEAD ? 'InvalidMessageContents' : undefined));
    await relay({ Records: [record([message('a'), message('b'), { id: 'x', to: 'Parcels', body: 1 }], '7')] }, it);
    const dead = it.taken.filter(({ url }) => url === DEAD).map(({ body }) => JSON.parse(body));
    expect(dead).toEqual([
      expect.objectContaining({ id: 'x', to: 'Parcels', sequenceNumber: '7', table: 'Shop-Shard0' }),
      expect.objectContaining({ id: 'b', to: 'Payments', reason: expect.stringMatching(/InvalidMessageContents/) }),
    ]);
    expect(JSON.parse(dead[1].content)).toMatchObject({ id: 'b' });
    const logged = it.lines.filter(({ message: text }) => text === 'dead letter');
    expect(logged).toHaveLength(2);
    // What a message says may be personal; logs don't repeat it.
    expect(logged.some((line) => 'content' in line)).toBe(false);
  });

  test('throws when the dead letters refuse, so that poison is not lost either', async () => {
    const it = world(({ url }) => (url === DEAD ? 'ServiceUnavailable' : undefined));
    await expect(relay({ Records: [record('{')] }, it)).rejects.toThrow(/can neither be sent nor parked/);
  });

  test('parks the later messages of a FIFO group with the one refused, in order; other groups go on', async () => {
    const it = world(({ id, url }) => (id === 'g1' && url !== DEAD ? 'ThrottlingException' : undefined));
    const group = [0, 1, 2, 3].map((i) => message(`g${i}`, { to: 'Mail', group: 'C1' }));
    const other = [0, 1].map((i) => message(`h${i}`, { to: 'Mail', group: 'C2' }));
    await relay({ Records: [record([...group, ...other, message('p')], '5')] }, it);
    expect(it.ids().sort()).toEqual(['g0', 'h0', 'h1', 'p']);
    expect(it.dead().map(({ id, index }) => [id, index])).toEqual([
      ['g1', 1],
      ['g2', 2],
      ['g3', 3],
    ]);
    expect(it.dead()[2].reason).toMatch(/HeldBack a message of its group before it was not taken: ThrottlingException/);
  });

  test('keeps the order of a FIFO group through second tries', async () => {
    const it = world(({ id }, now) => (id === 'g1' && now < 1_000 ? 'ThrottlingException' : undefined));
    const group = [0, 1, 2, 3].map((i) => message(`g${i}`, { to: 'Mail', group: 'C1' }));
    await relay({ Records: [record(group)] }, it);
    expect(it.ids()).toEqual(['g0', 'g1', 'g2', 'g3']);
  });

  test('sends or parks each message exactly once, groups in order, whatever the queues refuse', async () => {
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
          const it = world(({ id, url }, now) => {
            const { refusal: code, until: end } = list[Number(id)] ?? { until: 0 };
            return url !== DEAD && now < end ? code : undefined;
          });
          const records = list.map(({ to, group }, i) => record([message(String(i), { to, group })], String(i)));
          await relay({ Records: records }, it);
          const numbers = it.taken.map(({ id }) => Number(id));
          expect([...numbers].sort((a, b) => a - b)).toEqual(list.map((_, i) => i));
          const parked = it.dead().filter(({ reason }) => /in time/.test(reason));
          for (const group of ['x', 'y']) {
            const ofGroup = (id: number) => list[id]!.to === 'Mail' && list[id]!.group === group;
            const sent = it.ids().map(Number).filter(ofGroup);
            const behind = parked.map(({ sequenceNumber }) => Number(sequenceNumber)).filter(ofGroup);
            expect([...sent, ...behind]).toEqual([...sent, ...behind].sort((a, b) => a - b));
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

test.each([['[]'], ['{"A":{}}'], ['{"A":{"url":"u"}}']])('parseTopics fails when the list is %s', (text) => {
  expect(() => parseTopics(text)).toThrow(/topic/);
});
