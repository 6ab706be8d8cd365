import type { Mutation } from './mutated';
import { ENVIRONMENTS, HOUR, type PressureHistory, type PressureOptions, pressureHistory } from './pressure-history';
import { mutatedWorker, WORKER_CODE, type WorkerCode } from './worker-code';

/** Number of histories. `npm run simulate` sets more. */
const HISTORIES = Number(process.env['HISTORIES'] ?? 1);
const LONG = 600_000;
const DAY = 24 * HOUR;
const SECOND = 1_000;

type Variant = Omit<PressureOptions, 'seed' | 'code'>;

async function histories(variant: Variant, code: WorkerCode = WORKER_CODE, count = HISTORIES) {
  const all: PressureHistory[] = [];
  for (let seed = 1; seed <= count; seed++) all.push(await pressureHistory({ seed, code, ...variant }));
  return all;
}

/** Probes of an open breaker in an hour. Each environment has a breaker for new and one for redelivered messages. */
const PROBES = ENVIRONMENTS * 60;

/** All messages need the partner, which is down for 5 hours. */
const OUTAGE: Variant = { messages: 200, everyMs: SECOND, outage: [30 * SECOND, 5 * HOUR] };
const SHORT_OUTAGE: Variant = { ...OUTAGE, messages: 60, outage: [0, HOUR] };
/** Half of the messages need another partner. The others alone are more than may be in flight. */
const HALF: Variant = {
  messages: 400,
  everyMs: SECOND,
  needsPartner: (i) => i % 2 === 1,
  maxInFlight: 120,
  outage: [0, 5 * HOUR],
};
const LONG_WAITS: Variant = { ...HALF, error: (code) => new code.TryLater(3 * 3_600) };
/** The partner is down for longer than the queue keeps messages. */
const FOR_WEEKS: Variant = { messages: 12, outage: [0, 20 * DAY] };

const endsOf = (all: readonly PressureHistory[]) => all.flatMap(({ ends }) => ends);
const notDone = (all: readonly PressureHistory[]) => endsOf(all).filter(({ state }) => state !== 'done');
const mostReceives = (all: readonly PressureHistory[]) => Math.max(...endsOf(all).map(({ receives }) => receives));
const mostCalls = (all: readonly PressureHistory[]) =>
  Math.max(...all.flatMap(({ callsWhileDown }) => callsWhileDown.slice(1)));
/** Messages to the other partner that weren't done within half an hour. */
const late = (all: readonly PressureHistory[]) =>
  endsOf(all).filter(({ index, ms }) => index % 2 === 0 && ms - index * SECOND > HOUR / 2);
const good = (all: readonly PressureHistory[]) => endsOf(all).filter(({ index }) => index % 2 === 0);

describe('an outage of 5 hours', () => {
  test(
    'each message is done soon after it; the partner gets a call a minute from each environment',
    async () => {
      const all = await histories(OUTAGE);
      expect(notDone(all)).toEqual([]);
      expect(endsOf(all).filter(({ ms }) => ms > 5.5 * HOUR)).toEqual([]);
      expect(mostCalls(all)).toBeLessThanOrEqual(PROBES);
      expect(mostCalls(all)).toBeGreaterThan(PROBES / 2);
      expect(mostReceives(all)).toBeLessThan(100);
    },
    LONG,
  );

  test(
    'five times as many messages lead to no more calls',
    async () => {
      expect(mostCalls(await histories({ ...OUTAGE, messages: 1_000 }, WORKER_CODE, 1))).toBeLessThanOrEqual(PROBES);
    },
    LONG,
  );

  test(
    'calls without an answer open the breaker too, and no message is given up',
    async () => {
      const error = () => Object.assign(new Error('no answer'), { name: 'TimeoutError' });
      const all = await histories({ ...OUTAGE, error });
      expect(notDone(all)).toEqual([]);
      expect(mostCalls(all)).toBeLessThanOrEqual(PROBES);
    },
    LONG,
  );

  test(
    'the messages of a FIFO group are done in their order',
    async () => {
      const all = await histories({ ...OUTAGE, messages: 60, groupOf: (i) => `g${i % 6}` });
      expect(notDone(all)).toEqual([]);
      expect(mostCalls(all)).toBeLessThanOrEqual(2 * PROBES);
      for (const { order } of all) {
        for (let group = 0; group < 6; group++) {
          const of = order.filter((i) => i % 6 === group);
          expect(of).toEqual([...of].sort((a, b) => a - b));
        }
      }
    },
    LONG,
  );
});

describe('one of two partners is down, and its messages fill the queue’s limit of messages in flight', () => {
  test(
    'the messages to the other partner flow',
    async () => {
      const all = await histories(HALF);
      expect(notDone(all)).toEqual([]);
      expect(late(all).length).toBeLessThan(good(all).length / 20);
      expect(mostCalls(all)).toBeLessThanOrEqual(2 * PROBES);
    },
    LONG,
  );

  test(
    'although the handler asks for waits of 3 hours',
    async () => {
      const all = await histories(LONG_WAITS);
      expect(notDone(all)).toEqual([]);
      expect(late(all).length).toBeLessThan(good(all).length / 10);
      expect(mostCalls(all)).toBeLessThanOrEqual(2 * PROBES);
    },
    LONG,
  );
});

test(
  'in an outage of 20 days each message is held before SQS deletes it',
  async () => {
    const all = await histories(FOR_WEEKS, WORKER_CODE, 1);
    expect(endsOf(all).filter(({ state }) => state !== 'held')).toEqual([]);
  },
  LONG,
);

/** A rule's removal, and a history that must notice it. */
interface Rule {
  readonly mutation: Mutation;
  readonly variant: Variant;
  readonly hasFault: (all: readonly PressureHistory[]) => boolean;
}

const WORKER = 'lambdas/runtime/worker';
const tooManyCalls = (all: readonly PressureHistory[]) =>
  all.some(({ callsWhileDown }) => callsWhileDown.some((calls) => calls > 3 * PROBES));

const RULES: Readonly<Record<string, Rule>> = {
  'the breaker opens': {
    mutation: { file: `${WORKER}/pace.ts`, from: 'if (this.current === 1 &&', to: 'if (false &&' },
    variant: SHORT_OUTAGE,
    hasFault: tooManyCalls,
  },
  'a probe waits for its time': {
    mutation: { file: `${WORKER}/pace.ts`, from: 'now >= this.open.probeAt && ', to: '' },
    variant: SHORT_OUTAGE,
    hasFault: tooManyCalls,
  },
  'a timeout is a sign of overload': {
    mutation: { file: `${WORKER}/is-overload.ts`, from: 'return passing(error) !== undefined ||', to: 'return' },
    variant: {
      ...SHORT_OUTAGE,
      messages: 200,
      error: () => Object.assign(new Error('no answer'), { name: 'TimeoutError' }),
    },
    hasFault: tooManyCalls,
  },
  'the wait of a message that is handed back grows': {
    mutation: {
      file: `${WORKER}/waits.ts`,
      from: 'retrySeconds(receiveCount(record), { ...delay, baseSeconds',
      to: 'retrySeconds(1, { ...delay, baseSeconds',
    },
    variant: { ...OUTAGE, messages: 60 },
    hasFault: (all) => mostReceives(all) > 300,
  },
  'new messages have a breaker of their own': {
    mutation: { file: `${WORKER}/batch.ts`, from: 'receiveCount(record) === 1 ? first : again', to: 'again ?? first' },
    variant: { ...HALF, everyMs: 20 * SECOND },
    hasFault: (all) =>
      all.some(({ callsWhileDown }) => callsWhileDown.slice(1, 4).some((calls) => calls > 1.5 * PROBES)),
  },
  'no wait fills the queue for hours': {
    mutation: {
      file: `${WORKER}/waits.ts`,
      from: 'Math.min(deferred.get(record.messageId) ?? 0, capSeconds)',
      to: '(deferred.get(record.messageId) ?? 0)',
    },
    variant: LONG_WAITS,
    hasFault: (all) => late(all).length >= good(all).length / 10,
  },
};

/** Histories without a rule, until one has a fault. */
const MAX_SEEDS = 5;

test.each(Object.keys(RULES))(
  'without this rule a history fails: %s',
  async (name) => {
    const { mutation, variant, hasFault } = RULES[name]!;
    const code = await mutatedWorker(mutation);
    for (let seed = 1; seed <= MAX_SEEDS; seed++) {
      if (!hasFault([await pressureHistory({ seed, code, ...variant })])) continue;
      return expect(hasFault([await pressureHistory({ seed, code: WORKER_CODE, ...variant })])).toBe(false);
    }
    throw new Error('no history found the loss of the rule');
  },
  LONG,
);
