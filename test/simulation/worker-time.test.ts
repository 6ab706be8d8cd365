import type { Mutation } from './mutated';
import { mutatedWorker, WORKER_CODE, type WorkerCode } from './worker-code';
import { type History, type HistoryOptions, HOUR, history, type Kind, type MessageEnd } from './worker-history';

/** Number of histories. `npm run simulate` sets more. */
const HISTORIES = Number(process.env['HISTORIES'] ?? 3);
const LONG = 600_000;

/** 120 messages, of which one always fails, one can't be helped, one is no message, and one ends its process. */
const KINDS: readonly Kind[] = Array.from({ length: 120 }, (_, i) => {
  if (i === 17) return 'poison';
  if (i === 33) return 'permanent';
  if (i === 51) return 'crasher';
  return i === 69 ? 'malformed' : 'good';
});

/** The partner is down for an hour, a third of the batches can't start, and a third starts too late. */
const HARD_DAY = { kinds: KINDS, outage: [600_000, 600_000 + HOUR], throttled: 0.3, late: 0.3 } as const;

type Variant = Omit<HistoryOptions, 'seed' | 'code'>;

async function histories(variant: Variant, code: WorkerCode = WORKER_CODE, count = HISTORIES): Promise<History[]> {
  const all: History[] = [];
  for (let seed = 1; seed <= count; seed++) all.push(await history({ seed, code, ...variant }));
  return all;
}

const endsOf = (all: readonly History[]) => all.flatMap(({ ends }) => ends);
const good = (all: readonly History[]) => endsOf(all).filter(({ kind }) => kind === 'good');
const count = (ends: readonly MessageEnd[], state: MessageEnd['state']) =>
  ends.filter((end) => end.state === state).length;
/** Messages that were given up although no handler ever began them. */
const neverBegun = (all: readonly History[]) =>
  endsOf(all).filter(({ begun, state, kind }) => kind !== 'malformed' && begun === 0 && state !== 'done');

describe('SQS alone gives messages up, by a count', () => {
  test(
    'of 5 receives: most good messages become dead letters in an outage of an hour',
    async () => {
      const all = await histories({ ...HARD_DAY, hasQuarantine: false, maxReceiveCount: 5 }, WORKER_CODE, 3);
      expect(count(good(all), 'dead letter')).toBeGreaterThan(good(all).length / 2);
      expect(neverBegun(all).length).toBeGreaterThan(0);
    },
    LONG,
  );

  test(
    'of 173 receives, 6 hours of backoff: a failure that no retry can help is run 173 times',
    async () => {
      const all = await histories({ ...HARD_DAY, hasQuarantine: false, maxReceiveCount: 173 }, WORKER_CODE, 3);
      const permanent = endsOf(all).filter(({ kind }) => kind === 'permanent');
      expect(permanent.map(({ receives }) => receives)).toEqual([173, 173, 173]);
    },
    LONG,
  );
});

describe('time gives messages up', () => {
  test(
    'no good message is given up; each bad one is held, with its reason',
    async () => {
      const all = await histories(HARD_DAY);
      expect(good(all).filter(({ state }) => state !== 'done')).toEqual([]);
      expect(neverBegun(all)).toEqual([]);
      const bad = endsOf(all).filter(({ kind }) => kind !== 'good');
      expect(bad.map(({ kind, state, reason }) => `${kind}: ${state}, ${reason}`).sort()).toEqual(
        Array.from({ length: HISTORIES }, () => [
          'crasher: held, never-ended',
          'malformed: held, malformed',
          'permanent: held, permanent',
          'poison: held, gave-up',
        ])
          .flat()
          .sort(),
      );
      // Otherwise the histories prove little.
      expect(all.every(({ crashes }) => crashes > 5)).toBe(true);
    },
    LONG,
  );

  test(
    'a failure that no retry can help is held at its first run',
    async () => {
      const ends = endsOf(await histories({ kinds: KINDS })).filter(({ kind }) => /permanent|malformed/.test(kind));
      expect(ends.map(({ receives }) => receives)).toEqual(ends.map(() => 1));
    },
    LONG,
  );

  test(
    'a poison message is held after its give-up time, and not before',
    async () => {
      const ends = endsOf(await histories({ kinds: KINDS, giveUpAfterMs: 2 * HOUR })).filter(
        ({ kind }) => kind === 'poison',
      );
      for (const { ms } of ends) {
        expect(ms).toBeGreaterThanOrEqual(2 * HOUR);
        expect(ms).toBeLessThan(2.5 * HOUR);
      }
    },
    LONG,
  );

  test(
    'a handler that never ends has its last run after twice the give-up time',
    async () => {
      const kinds: Kind[] = ['good', 'hanger', 'good'];
      const ends = endsOf(await histories({ kinds, giveUpAfterMs: HOUR }));
      const hung = ends.filter(({ kind }) => kind === 'hanger');
      expect(hung.map(({ state, reason }) => [state, reason])).toEqual(hung.map(() => ['held', 'never-ended']));
      for (const { ms } of hung) expect(ms).toBeGreaterThanOrEqual(2 * HOUR);
      expect(ends.filter(({ kind, state }) => kind === 'good' && state !== 'done')).toEqual([]);
    },
    LONG,
  );

  test(
    'a function that is stopped for 40 hours gives no message up that it never began',
    async () => {
      const all = await histories({ kinds: KINDS, stopped: [0, 40 * HOUR] });
      expect(good(all).filter(({ state }) => state !== 'done')).toEqual([]);
      expect(neverBegun(all)).toEqual([]);
    },
    LONG,
  );

  test(
    'while the quarantine is down, nothing is acknowledged; later each bad message is in it',
    async () => {
      const all = await histories({ kinds: KINDS, quarantineDown: [0, 10 * HOUR] });
      expect(count(endsOf(all), 'lost') + count(endsOf(all), 'dead letter')).toBe(0);
      expect(count(endsOf(all), 'held')).toBe(4 * HISTORIES);
    },
    LONG,
  );
});

describe('crashes before and after any call, and lost answers', () => {
  const faults = { crash: 0.01, lostAnswer: 0.01 };

  test(
    'each message is done or held; only bad ones are held, and none that is done',
    async () => {
      const all = await histories({ ...HARD_DAY, faults });
      const ends = endsOf(all);
      expect(ends.filter(({ state }) => state !== 'done' && state !== 'held')).toEqual([]);
      expect(good(all).filter(({ state }) => state !== 'done')).toEqual([]);
      expect(ends.filter(({ isHeldThoughDone }) => isHeldThoughDone)).toEqual([]);
      expect(all.every(({ crashes }) => crashes > 10)).toBe(true);
    },
    LONG,
  );

  test(
    'the same seed gives the same history, and no timer is left',
    async () => {
      const [one, other] = [
        await histories({ ...HARD_DAY, faults }, WORKER_CODE, 2),
        await histories({ ...HARD_DAY, faults }, WORKER_CODE, 2),
      ];
      expect(one).toEqual(other);
      expect(one.map(({ unended }) => unended)).toEqual([0, 0]);
    },
    LONG,
  );
});

describe('FIFO', () => {
  test(
    'a group goes on after a message that was given up, in its order',
    async () => {
      const kinds: Kind[] = KINDS.map((kind) => (kind === 'crasher' ? 'good' : kind));
      const all = await histories({ kinds, groupOf: (i) => `g${i % 3}`, batchSize: 1, giveUpAfterMs: HOUR });
      expect(good(all).filter(({ state }) => state !== 'done')).toEqual([]);
      for (const { order } of all) {
        for (const group of [0, 1, 2]) {
          const of = order.filter((i) => i % 3 === group);
          expect(of).toEqual([...of].sort((a, b) => a - b));
        }
      }
    },
    LONG,
  );

  test(
    'a group of 20 poison messages is held before the queue’s retention ends',
    async () => {
      const kinds: Kind[] = Array.from({ length: 20 }, () => 'poison');
      const all = await histories(
        { kinds, groupOf: () => 'one', batchSize: 1, giveUpAfterMs: 24 * HOUR },
        WORKER_CODE,
        2,
      );
      expect(count(endsOf(all), 'held')).toBe(40);
    },
    LONG,
  );

  test(
    'a backlog isn’t a failure: messages that waited longer than the give-up time outlive a short outage',
    async () => {
      const kinds: Kind[] = Array.from({ length: 40 }, () => 'good');
      const all = await histories({
        kinds,
        groupOf: () => 'one',
        batchSize: 1,
        everyMs: 1_000,
        firstReceiveMs: 8 * HOUR,
        outage: [8 * HOUR, 8 * HOUR + 600_000],
      });
      expect(good(all).filter(({ state }) => state !== 'done')).toEqual([]);
    },
    LONG,
  );
});

const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** Each run fails after a second, so 1,000 receives take minutes. */
const SHORT_WAITS: Variant = { kinds: ['good', 'poison'], retryDelay: { capSeconds: 1 } };
/** A week in a backlog, and then a week in which the message may fail. */
const LONG_BACKLOG: Variant = { kinds: ['good', 'poison', 'crasher'], firstReceiveMs: 8 * DAY, giveUpAfterMs: WEEK };
/** Most receives of a message that waits have no run. */
const THROTTLED: Variant = { kinds: ['waiter'], giveUpAfterMs: 60_000, throttled: 0.9 };
/** A message is deferred for longer than twice its give-up time. */
const PATIENT: Variant = { kinds: ['patient'], giveUpAfterMs: HOUR, outage: [0, 8 * HOUR] };
/** Entries of failures that no retry can help are put, and the worker doesn't know. */
const MENDED: Variant = {
  kinds: Array.from({ length: 40 }, () => 'mended'),
  faults: { crash: 0.05, lostAnswer: 0.05 },
};

const early = (all: readonly History[], ms: number) =>
  endsOf(all).filter((end) => end.kind === 'poison' && end.ms < ms);
const heldThoughDone = (all: readonly History[]) => endsOf(all).filter(({ isHeldThoughDone }) => isHeldThoughDone);
const verdicts = (all: readonly History[]) =>
  [...new Set(endsOf(all).map(({ kind, state, reason }) => `${kind}: ${state}, ${reason}`))].sort();

describe('a message is judged before SQS gives it up', () => {
  test(
    'short waits, or a give-up time of a week, don’t lead to 1,000 receives',
    async () => {
      const short = await histories(SHORT_WAITS);
      const long = await histories({ kinds: ['good', 'poison'], giveUpAfterMs: WEEK });
      expect(verdicts([...short, ...long])).toEqual(['good: done, undefined', 'poison: held, gave-up']);
      expect(early(short, 6 * HOUR)).toEqual([]);
      expect(early(long, WEEK)).toEqual([]);
    },
    LONG,
  );

  test(
    'a message that asks for a second at each run waits until a day before its end, and is held then',
    async () => {
      const all = await histories({ kinds: ['waiter'] });
      expect(verdicts(all)).toEqual(['waiter: held, expiring']);
      for (const { ms } of endsOf(all)) expect(ms).toBeGreaterThanOrEqual(13 * DAY);
    },
    LONG,
  );

  test(
    'although most of its receives had no run',
    async () => {
      expect(verdicts(await histories(THROTTLED))).toEqual(['waiter: held, expiring']);
    },
    LONG,
  );

  test(
    'although it was in a backlog for a week',
    async () => {
      expect(verdicts(await histories(LONG_BACKLOG))).toEqual([
        'crasher: held, expiring',
        'good: done, undefined',
        'poison: held, expiring',
      ]);
    },
    LONG,
  );

  test(
    'a message that was deferred for long is done in the end, and has no entry',
    async () => {
      const all = await histories(PATIENT);
      expect(verdicts(all)).toEqual(['patient: done, undefined']);
    },
    LONG,
  );

  test(
    'a message that is done has no entry, although an earlier delivery put one without an answer',
    async () => {
      const all = await histories(MENDED);
      expect(heldThoughDone(all)).toEqual([]);
      expect(count(endsOf(all), 'done')).toBeGreaterThan(0);
      expect(endsOf(all).filter(({ state }) => state !== 'done' && state !== 'held')).toEqual([]);
    },
    LONG,
  );
});

/** Histories without a rule, until one has a fault. */
const MAX_SEEDS = 20;

/** A rule's removal, and a history that must notice it, with the number of faults in it. */
interface Rule {
  readonly mutation: Mutation;
  readonly variant: Variant;
  readonly faults: (all: readonly History[]) => number;
}

const WORKER = 'lambdas/runtime/worker';
const CRASHES: Variant = { kinds: KINDS.slice(40, 60), everyMs: 0 };
const notDone = (all: readonly History[]) => good(all).filter(({ state }) => state !== 'done').length;

const RULES: Readonly<Record<string, Rule>> = {
  'a suspect runs alone': {
    mutation: { file: `${WORKER}/batch.ts`, from: 'group.some(isSuspect)', to: 'false' },
    variant: CRASHES,
    faults: (all) => good(all).filter(({ begun }) => begun > 10).length,
  },
  'the order of suspects is random': {
    mutation: { file: `${WORKER}/batch.ts`, from: 'shuffled(alone, this.settings.random)', to: 'alone' },
    variant: CRASHES,
    faults: (all) => good(all).filter(({ ms }) => ms > 6 * HOUR).length,
  },
  'what is done is deleted before a suspect begins': {
    mutation: { file: `${WORKER}/batch.ts`, from: 'if (isAlone) await this.deleteSettled();', to: '' },
    variant: CRASHES,
    faults: (all) => good(all).filter(({ begun }) => begun > 4).length,
  },
  'a message that was never begun is not judged': {
    mutation: {
      file: `${WORKER}/judge.ts`,
      from: 'if (!(await held.putNew(entry))) {',
      to: 'await held.put(entry); if (entry.reason) {',
    },
    variant: { kinds: KINDS, stopped: [0, 40 * HOUR] },
    faults: (all) => neverBegun(all).length,
  },
  'a last run that ends takes its entry back': {
    mutation: {
      file: `${WORKER}/judge.ts`,
      from: 'await this.props.held.delete(key);',
      to: '',
    },
    variant: { kinds: KINDS, stopped: [0, 40 * HOUR] },
    faults: (all) => endsOf(all).filter(({ isHeldThoughDone }) => isHeldThoughDone).length,
  },
  'a backlog is not a failure': {
    mutation: {
      file: `${WORKER}/fate.ts`,
      from: 'isBehindHeld && canWaitBehind(record) ? sentAt(record) : firstReceivedAt(record)',
      to: 'sentAt(record)',
    },
    variant: { kinds: KINDS, everyMs: 0, firstReceiveMs: 8 * HOUR, outage: [8 * HOUR, 8 * HOUR + 600_000] },
    faults: notDone,
  },
  'the messages behind a given-up one have waited its time': {
    mutation: { file: `${WORKER}/fate.ts`, from: 'isBehindHeld && canWaitBehind(record) ?', to: 'false ?' },
    variant: {
      kinds: Array.from({ length: 20 }, () => 'poison'),
      groupOf: () => 'one',
      batchSize: 1,
      giveUpAfterMs: 24 * HOUR,
    },
    faults: (all) => endsOf(all).filter(({ reason }) => reason !== 'gave-up').length,
  },
  'a message is acknowledged only after its entry is put': {
    mutation: {
      file: `${WORKER}/judge.ts`,
      from: 'this.warn(record, error);\n      return false;\n    }\n  }\n\n  /**\n   * Deletes',
      to: 'this.warn(record, error);\n      return true;\n    }\n  }\n\n  /**\n   * Deletes',
    },
    variant: { kinds: KINDS, quarantineDown: [0, 10 * HOUR] },
    faults: (all) => count(endsOf(all), 'lost'),
  },
  'a failure that no retry can help is given up at once': {
    mutation: { file: `${WORKER}/fate.ts`, from: 'if (reason !== undefined) return reason;', to: '' },
    variant: { kinds: KINDS.slice(20, 40) },
    faults: (all) => endsOf(all).filter(({ kind, receives }) => kind === 'permanent' && receives > 1).length,
  },
  'waits grow after many receives': {
    mutation: {
      file: `${WORKER}/fate.ts`,
      from: 'if (receiveCount(record) < MANY_RECEIVES) return 0;',
      to: 'return 0;',
    },
    variant: SHORT_WAITS,
    faults: (all) => early(all, 6 * HOUR).length,
  },
  'a message with many receives has its last run': {
    mutation: { file: `${WORKER}/fate.ts`, from: 'receiveCount(record) >= LAST_RECEIVES ||', to: '' },
    variant: THROTTLED,
    faults: (all) => count(endsOf(all), 'dead letter'),
  },
  'a message near the end of its retention has its last run': {
    mutation: { file: `${WORKER}/fate.ts`, from: '|| now - sentAt(record) >= LAST_AGE_MS', to: '' },
    variant: LONG_BACKLOG,
    faults: (all) => count(endsOf(all), 'expired'),
  },
  'a last run that is deferred takes its entry back': {
    mutation: {
      file: `${WORKER}/judge.ts`,
      from: 'await this.takeBack(record);\n      return false;',
      to: 'return false;',
    },
    variant: PATIENT,
    faults: (all) => count(endsOf(all), 'held'),
  },
  'a redelivered message that is done loses its entry': {
    mutation: { file: `${WORKER}/judge.ts`, from: 'receiveCount(record) === 1 && ', to: '' },
    variant: MENDED,
    faults: (all) => heldThoughDone(all).length,
  },
};

test.each(Object.keys(RULES))(
  'without this rule a history fails: %s',
  async (name) => {
    const { mutation, variant, faults } = RULES[name]!;
    const code = await mutatedWorker(mutation);
    for (let seed = 1; seed <= MAX_SEEDS; seed++) {
      if (faults([await history({ seed, code, ...variant })]) === 0) continue;
      return expect(faults([await history({ seed, code: WORKER_CODE, ...variant })])).toBe(0);
    }
    throw new Error('no history found the loss of the rule');
  },
  LONG,
);
