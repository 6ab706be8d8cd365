import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { batches } from '../../lambdas/system/relay/batches';
import { readOutboxes, type Sending } from '../../lambdas/system/relay/read-outboxes';
import { type Refusal, type RelayWorld, relay } from '../../lambdas/system/relay/relay';
import { parseTopics, type Topics } from '../../lambdas/system/relay/topics';
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

/** A world whose queues refuse what `refuse` says, and remember the rest. */
function world(refuse: (sending: Sending) => string | undefined = () => undefined, topics: Topics = TOPICS) {
  const taken: Sending[] = [];
  const lines: Record<string, unknown>[] = [];
  const calls: { url: string; count: number }[] = [];
  const it: RelayWorld = {
    topics,
    deadLetters: DEAD,
    async send(url, sendings) {
      calls.push({ url, count: sendings.length });
      const refusals: Refusal[] = [];
      for (const sending of sendings) {
        const code = refuse(sending);
        if (code === undefined) taken.push(sending);
        else refusals.push({ sending, code, message: 'refused' });
      }
      return refusals;
    },
    log: (line) => lines.push(line),
  };
  return { ...it, taken, lines, calls };
}

const message = (id: string, more: object = {}) => ({ id, topic: 'Payments', body: { order: id }, ...more });

describe('readOutboxes', () => {
  test('makes an envelope that a worker reads, with the time of the write', () => {
    const { sendings, poison } = readOutboxes([record([message('a', { group: 'C1' })])], TOPICS);
    expect(poison).toEqual([]);
    expect(parseEnvelope(sendings[0]!.body)).toEqual({
      id: 'a',
      topic: 'Payments',
      body: { order: 'a' },
      group: 'C1',
      time: '2025-11-24T16:00:00.000Z',
    });
    expect(sendings[0]).toMatchObject({ url: 'https://payments', group: 'C1' });
  });

  test('gives every message of a FIFO queue a group and its id as deduplication id', () => {
    const { sendings } = readOutboxes(
      [record([message('a', { topic: 'Mail' }), message('b', { topic: 'Mail', group: 'C1' })])],
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
    ['no id', [{ topic: 'Payments', body: 1 }], 'the message has no id'],
    ['no topic', [{ id: 'a', body: 1 }], 'the message has no topic'],
    ['no body', [{ id: 'a', topic: 'Payments' }], 'the message has no body'],
    ['an empty group', [message('a', { group: '' })], 'the group is not a non-empty string'],
    [
      'an unknown topic',
      [message('a', { topic: 'Parcels' })],
      /no target takes the topic 'Parcels'; known: Payments, Mail/,
    ],
    ['a topic of every object', [message('a', { topic: 'constructor' })], /no target takes the topic 'constructor'/],
    ['too many bytes', [message('a', { body: 'é'.repeat(SQS.MESSAGE_BYTES / 2) })], /bytes, a queue takes 1048576/],
  ])('sets aside %s, with the reason, where it was and what it said', (_, outbox, reason) => {
    const { sendings, poison } = readOutboxes([record(outbox, '42')], TOPICS);
    expect(sendings).toEqual([]);
    expect(poison).toHaveLength(1);
    expect(poison[0]!.reason).toMatch(reason);
    expect(poison[0]).toMatchObject({ table: 'Shop-Shard0', sequenceNumber: '42' });
    expect(poison[0]!.content.length).toBeGreaterThan(0);
    expect(Buffer.byteLength(JSON.stringify(poison[0]))).toBeLessThan(SQS.MESSAGE_BYTES);
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
  const bodies = new Map([10, 1_000, 300_000, SQS.MESSAGE_BYTES].map((bytes) => [bytes, 'x'.repeat(bytes)]));
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
            url: 'u',
            fifo,
            id: String(i),
            topic: 'T',
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
          expect(batch.reduce((sum, { body }) => sum + body.length, 0)).toBeLessThanOrEqual(SQS.MESSAGE_BYTES);
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
  test('sends each message to the queue of its topic, ten at a time', async () => {
    const it = world();
    const many = Array.from({ length: 25 }, (_, i) => record([message(`p${i}`)]));
    await relay({ Records: [...many, record([message('m', { topic: 'Mail' })])] }, it);
    expect(it.taken).toHaveLength(26);
    expect(it.calls.filter(({ url }) => url === 'https://payments').map(({ count }) => count)).toEqual([10, 10, 5]);
    expect(it.calls.filter(({ url }) => url === DEAD)).toEqual([]);
    expect(it.lines.at(-1)).toEqual({ message: 'relayed', records: 26, sent: 26, dead: 0, pending: 0 });
  });

  test('throws when a message is still to be sent, so that the batch comes again, and sends the others', async () => {
    const it = world(({ id }) => (id === 'b' ? 'ThrottlingException' : undefined));
    await expect(relay({ Records: [record([message('a'), message('b'), message('c')])] }, it)).rejects.toThrow(
      "1 of 3 messages are still to be sent, the first of topic 'Payments': ThrottlingException refused",
    );
    expect(it.taken.map(({ id }) => id)).toEqual(['a', 'c']);
    expect(it.calls.some(({ url }) => url === DEAD)).toBe(false);
  });

  test('treats a failed call as each of its messages refused', async () => {
    const it = world();
    const failing: RelayWorld = {
      ...it,
      send: async () => {
        throw Object.assign(new Error('no right to send'), { name: 'AccessDenied' });
      },
    };
    await expect(relay({ Records: [record([message('a'), message('b')])] }, failing)).rejects.toThrow(
      /2 of 2 messages.*AccessDenied no right to send/,
    );
  });

  test('puts what no queue will ever take into the dead letters and goes on', async () => {
    const it = world(({ id, url }) => (id === 'b' && url !== DEAD ? 'InvalidMessageContents' : undefined));
    await relay({ Records: [record([message('a'), message('b'), { id: 'x', topic: 'Parcels', body: 1 }], '7')] }, it);
    const dead = it.taken.filter(({ url }) => url === DEAD).map(({ body }) => JSON.parse(body));
    expect(dead).toEqual([
      expect.objectContaining({ id: 'x', topic: 'Parcels', sequenceNumber: '7', table: 'Shop-Shard0' }),
      expect.objectContaining({ id: 'b', topic: 'Payments', reason: expect.stringMatching(/InvalidMessageContents/) }),
    ]);
    expect(JSON.parse(dead[1].content)).toMatchObject({ id: 'b' });
    const logged = it.lines.filter(({ message: text }) => text === 'dead letter');
    expect(logged).toHaveLength(2);
    // What a message says may be personal; logs don't repeat it.
    expect(logged.some((line) => 'content' in line)).toBe(false);
  });

  test('throws when the dead letters refuse, so that poison is not lost either', async () => {
    const it = world(({ url }) => (url === DEAD ? 'ServiceUnavailable' : undefined));
    await expect(relay({ Records: [record('{')] }, it)).rejects.toThrow(/still to be sent/);
  });

  test('sends nothing of a FIFO queue behind a message that will be sent later', async () => {
    const it = world(({ id }) => (id === 'g0' ? 'ThrottlingException' : undefined));
    const group = [0, 1, 2].map((i) => message(`g${i}`, { topic: 'Mail', group: 'C1' }));
    await expect(relay({ Records: [record([...group, message('p')])] }, it)).rejects.toThrow(/3 of 4/);
    expect(it.taken.map(({ id }) => id)).toEqual(['p']);
  });

  test('loses nothing and reports truly, whatever the queues refuse', async () => {
    const outcome = fc.constantFrom(undefined, 'ThrottlingException', 'InvalidMessageContents');
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            outcome,
            topic: fc.constantFrom('Payments', 'Mail', 'Parcels'),
            group: fc.constantFrom('x', 'y'),
          }),
        ),
        async (list) => {
          const it = world(({ id, url }) => (url === DEAD ? undefined : list[Number(id)]!.outcome));
          const records = list.map(({ topic, group }, i) => record([message(String(i), { topic, group })]));
          const failed = await relay({ Records: records }, it).then(
            () => false,
            () => true,
          );
          const settled = new Set(it.taken.map(({ id }) => id));
          expect(failed).toBe(settled.size < list.length);
        },
      ),
    );
  });
});

test.each([['[]'], ['{"A":{}}'], ['{"A":{"url":"u"}}']])('parseTopics fails when the list is %s', (text) => {
  expect(() => parseTopics(text)).toThrow(/topic/);
});
