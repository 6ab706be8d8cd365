import type { Mutation } from './mutated';
import { mutatedRelay, RELAY_CODE, type RelayCode } from './relay-code';
import { type HistoryOptions, history, type Outcome } from './relay-history';

/** Number of histories. The environment variable sets more. */
const HISTORIES = Number(process.env['HISTORIES'] ?? 60);

/** Milliseconds that a test may take on a busy machine. */
const LONG = 600_000;
/** Histories of each variant without a rule, until one has a fault. */
const MAX_SEEDS = 400;

type Variant = Omit<HistoryOptions, 'seed' | 'code'>;

async function histories(count: number, variant: Variant, code: RelayCode = RELAY_CODE, first = 1) {
  const outcomes: (Outcome & { seed: number })[] = [];
  for (let seed = first; seed < first + count; seed++) {
    outcomes.push({ seed, ...(await history({ seed, code, ...variant })) });
  }
  return outcomes;
}

/** Seeds of histories in which a message was lost, held or sent before an earlier one. */
function faults(outcomes: readonly (Outcome & { seed: number })[]) {
  return outcomes
    .filter(({ unsent, outOfOrder, held }) => unsent.length + outOfOrder.length + held > 0)
    .map(({ seed, unsent, outOfOrder, held }) => ({ seed, unsent, outOfOrder, held }));
}

const VARIANTS: readonly [string, Variant][] = [
  ['a FIFO queue is down', {}],
  ['several ticks run at the same time', { ticks: 3 }],
  ['the queue of a target is not known yet', { isUnknown: true }],
  ['all queues are down', { isAllDown: true }],
];

describe('histories of the relay and the tick, with crashes before and after calls and lost answers', () => {
  test.each(VARIANTS)(
    'if %s, each message is sent, in order in its group, and none is held',
    async (_, variant) => {
      const outcomes = await histories(Math.ceil(HISTORIES / VARIANTS.length), variant);
      expect(faults(outcomes)).toEqual([]);
      const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, one) => total + of(one), 0);
      expect(sum(({ crashes }) => crashes)).toBeGreaterThan(outcomes.length);
      expect(sum(({ calls }) => calls)).toBeGreaterThan(100 * outcomes.length);
      if (process.env['HISTORIES'] !== undefined) {
        const of = { histories: outcomes.length, crashes: sum((o) => o.crashes), calls: sum((o) => o.calls) };
        process.stdout.write(`${JSON.stringify({ ...of, duplicates: sum((o) => o.duplicates) })}\n`);
      }
    },
    LONG,
  );

  test(
    'messages that a person sends again are sent, although their table declares the target later',
    async () => {
      const outcomes = await histories(Math.ceil(HISTORIES / VARIANTS.length), { isUndeclared: true });
      // The order of a group isn't kept: a person sends a message after the later ones.
      expect(outcomes.filter(({ unsent, held }) => unsent.length + held > 0)).toEqual([]);
    },
    LONG,
  );

  test(
    'a queue that is down holds up no other queue',
    async () => {
      for (const { sentMeanwhile } of await histories(5, { downMs: 300_000 })) expect(sentMeanwhile.size).toBe(28);
    },
    LONG,
  );

  test(
    'the same seed gives the same history',
    async () => {
      expect(await histories(1, { ticks: 3 }, RELAY_CODE, 7)).toEqual(await histories(1, { ticks: 3 }, RELAY_CODE, 7));
    },
    LONG,
  );
});

describe('histories find the loss of each rule', () => {
  /** The third value is the first seed. Few histories show the loss of some rules. */
  const MUTATIONS: readonly [string, Mutation, number?][] = [
    [
      'a look before sending',
      { file: 'lambdas/system/relay/lanes.ts', from: 'if (!(await isBusy(target))) return;', to: 'return;' },
    ],
    [
      'a look at the lane',
      { file: 'lambdas/system/relay/lanes.ts', from: 'if (await isBusy(target, lane)) busy', to: 'if (false) busy' },
    ],
    [
      'one write after the other in a lane',
      {
        file: 'lambdas/system/relay/lanes.ts',
        from: 'for (const entry of ofLane) await put(entry);',
        to: 'await Promise.all(ofLane.map(put));',
      },
      70,
    ],
    [
      'sending before removing',
      {
        file: 'lambdas/system/relay/lanes.ts',
        from: 'const { done, isFruitless } = await attempt(free);\n    await remove(done);',
        to: 'await remove(free);\n    const { done, isFruitless } = await attempt(free);',
      },
    ],
    [
      'removing only what was sent',
      { file: 'lambdas/system/relay/lanes.ts', from: 'await remove(done);', to: 'await remove(free);' },
    ],
    [
      'waiting behind a message that could not be sent',
      {
        file: 'lambdas/system/relay/lanes.ts',
        from: 'page.filter(({ sk }) => !stuck.has(laneOf(sk)))',
        to: '[...page].reverse()',
      },
    ],
    [
      'keeping what the queue did not accept',
      {
        file: 'lambdas/system/relay/relay.ts',
        from: '!sent.has(message) && !hopeless',
        to: '!unsent.has(message) && !hopeless',
      },
    ],
    [
      'waiting for an unknown queue',
      {
        file: 'lambdas/system/relay/relay.ts',
        from: 'await keep(',
        to: 'if (free.length === outgoing.length) await keep(',
      },
    ],
  ];

  test.each(MUTATIONS)(
    'without %s, a message is lost or sent too early',
    async (_, mutation, firstSeed = 1) => {
      const code = await mutatedRelay(mutation);
      for (let seed = firstSeed; seed < firstSeed + MAX_SEEDS; seed++) {
        for (const variant of [{}, { ticks: 3 }, { isUnknown: true }]) {
          if (faults(await histories(1, variant, code, seed)).length === 0) continue;
          return expect(faults(await histories(1, variant, RELAY_CODE, seed))).toEqual([]);
        }
      }
      throw new Error('no history found the loss of the rule');
    },
    LONG,
  );

  test.each<[string, Mutation]>([
    [
      'holding before removing',
      {
        file: 'lambdas/system/tick/drain-target.ts',
        from: 'const rejected = [',
        to: 'await quarantine.remove([...undeclared.values()]);\n    const rejected = [',
      },
    ],
    [
      'waiting before removing',
      {
        file: 'lambdas/system/redrive/try-again.ts',
        from: 'await entries.wait({',
        to: 'await entries.remove(known);\n  await entries.wait({',
      },
    ],
  ])(
    'without %s, a message is lost that a person sends again',
    async (_, mutation) => {
      const code = await mutatedRelay(mutation);
      let found = 0;
      for (let seed = 1; seed <= 400 && found === 0; seed += 10) {
        const outcomes = await histories(10, { isUndeclared: true }, code, seed);
        found += outcomes.filter(({ unsent }) => unsent.length > 0).length;
      }
      expect(found).toBeGreaterThan(0);
    },
    LONG,
  );

  test(
    'with a removal of entries that were put again meanwhile, a message is lost that a person sends again',
    async () => {
      const outcomes = await histories(60, { isUndeclared: true, blindRemove: true });
      expect(outcomes.filter(({ unsent }) => unsent.length > 0).length).toBeGreaterThan(0);
    },
    LONG,
  );

  test(
    'with a look that is not strongly consistent, a message is sent too early',
    async () => {
      expect(faults(await histories(60, { staleLook: true })).length).toBeGreaterThan(0);
    },
    LONG,
  );
});
