import * as runtime from '../../lambdas/runtime';
import { type Mutation, mutated } from './mutated';
import { FAULTS, type HistoryOptions, history, type OnceCode, type Outcome } from './once-history';
import type { Fault } from './once-scheduler';

const DEFAULT_HISTORIES = 40;
/** Number of histories. `npm run simulate` sets more. */
const HISTORIES = Number(process.env['HISTORIES'] ?? DEFAULT_HISTORIES);
const LONG = 600_000;
const RUNTIME = 'lambdas/runtime/index.ts';

type Variant = Omit<HistoryOptions, 'seed' | 'code'>;
type Seeded = Outcome & { readonly seed: number };

async function histories(count: number, variant: Variant, code: OnceCode = runtime): Promise<Seeded[]> {
  const outcomes: Seeded[] = [];
  for (let seed = 1; seed <= count; seed++) outcomes.push({ seed, ...(await history({ seed, code, ...variant })) });
  return outcomes;
}

const sum = (outcomes: readonly Outcome[], field: keyof Outcome): number =>
  outcomes.reduce((total, outcome) => total + outcome[field], 0);

/**
 * Outcomes in which an order was charged twice, stored twice, lost, or paid without a charge, or in
 * which a message without an order isn't in quarantine.
 */
const wrong = <O extends Outcome>(outcomes: readonly O[]): O[] =>
  outcomes.filter((one) => one.chargedTwice + one.storedTwice + one.lost + one.missed + one.unpaid > 0);

const MODES: readonly [string, Variant][] = [
  ['again, with a partner that knows keys', { halfWay: 'again', isKeyed: true }],
  ['ask', { halfWay: 'ask' }],
  ['hold', { halfWay: 'hold' }],
  ['a constant result', {}],
  ['a constant result in a transaction', { isTransaction: true }],
];

describe('histories with crashes, frozen processes, lost answers, duplicates and a partner that refuses calls', () => {
  describe.each([true, false])('the step states the status before it: %s', (hasWhen) => {
    test.each(MODES)(
      '%s: each order is charged once and stored once, or is in quarantine',
      async (name, variant) => {
        const outcomes = await histories(HISTORIES, { ...variant, hasWhen });
        expect(wrong(outcomes)).toEqual([]);
        const held = sum(outcomes, 'held');
        if (variant.halfWay === 'hold') expect(held).toBeGreaterThan(0);
        else expect(held).toBe(0);
        // Otherwise the histories prove little.
        expect(sum(outcomes, 'faults')).toBeGreaterThan(outcomes.length);
        if (process.env['HISTORIES'] !== undefined) report(`${name}, when: ${hasWhen}`, outcomes);
      },
      LONG,
    );
  });

  test(
    'again, with a partner without keys, charges twice: so the type demands a choice',
    async () => {
      const outcomes = await histories(HISTORIES, { halfWay: 'again' });
      expect(sum(outcomes, 'chargedTwice')).toBeGreaterThan(0);
      expect(sum(outcomes, 'storedTwice')).toBe(0);
      if (process.env['HISTORIES'] !== undefined) report('again, with a partner without keys', outcomes);
    },
    LONG,
  );

  test('the same seed gives the same history', async () => {
    const variant: Variant = { halfWay: 'ask' };
    expect(await histories(5, variant)).toEqual(await histories(5, variant));
  });
});

describe('every call with every fault', () => {
  test.each(MODES)(
    '%s: one fault, or the same fault at two calls',
    async (_, variant) => {
      const seed = 3;
      const { calls } = await history({ seed, code: runtime, ...variant, faults: new Map() });
      const outcomes: (Outcome & { readonly at: readonly [Fault, number, number] })[] = [];
      for (const fault of FAULTS) {
        for (let first = 0; first < calls; first++) {
          const later = HISTORIES > DEFAULT_HISTORIES ? [1, 3] : [first % 2 === 0 ? 1 : 3];
          for (const second of [first, ...later.map((calls) => first + calls)]) {
            const faults = new Map([first, second].map((call) => [call, fault] as const));
            const outcome = await history({ seed, code: runtime, ...variant, faults });
            outcomes.push({ at: [fault, first, second], ...outcome });
          }
        }
      }
      expect(wrong(outcomes)).toEqual([]);
      if (variant.halfWay !== 'hold') expect(sum(outcomes, 'held')).toBe(0);
    },
    LONG,
  );
});

describe('histories find the loss of each rule', () => {
  const RULES: readonly [string, Variant, Mutation, keyof Outcome][] = [
    [
      'the lease is as long as the invocation may last',
      { halfWay: 'ask' },
      { file: 'lambdas/runtime/once/claimed.ts', from: 'message.remainingMs() + AFTER_INVOCATION_MS', to: '2_000' },
      'chargedTwice',
    ],
    [
      'an invocation that has ended does not begin the effect',
      { halfWay: 'ask', heedsSignal: false },
      { file: 'lambdas/runtime/once/claimed.ts', from: 'message.signal.aborted || now() >= until', to: 'false' },
      'chargedTwice',
    ],
    [
      'a claim is replaced by its name',
      { halfWay: 'ask' },
      {
        file: 'lambdas/runtime/once/claims.ts',
        from: "'#owner = :earlier'",
        to: "'#owner <> :earlier OR #owner = :earlier'",
      },
      'chargedTwice',
    ],
    [
      'a claim is taken once',
      { halfWay: 'hold' },
      {
        file: 'lambdas/runtime/once/claims.ts',
        from: "'attribute_not_exists(#owner)'",
        to: "'attribute_not_exists(#owner) OR attribute_exists(#owner)'",
      },
      'chargedTwice',
    ],
    [
      'a running claim is waited for',
      { halfWay: 'ask' },
      {
        file: 'lambdas/runtime/once/claimed.ts',
        from: 'if (earlier.until > now()) throw busy(earlier.until);',
        to: '',
      },
      'chargedTwice',
    ],
    [
      'the result is stored if the mark is absent',
      { halfWay: 'again', isKeyed: true, hasWhen: false },
      { file: 'lambdas/runtime/table/writes.ts', from: 'mark && `attribute_not_exists(', to: 'undefined && `(' },
      'storedTwice',
    ],
    [
      'a delivery that finds the result stored is done',
      { halfWay: 'again', isKeyed: true },
      {
        file: 'lambdas/runtime/once/step.ts',
        from: 'if (found?.mark !== undefined) return this.checkBody(String(found.mark));',
        to: '',
      },
      'heldPaid',
    ],
    [
      'a constant result is stored if the mark is absent',
      { hasWhen: false },
      { file: 'lambdas/runtime/table/writes.ts', from: 'mark && `attribute_not_exists(', to: 'undefined && `(' },
      'storedTwice',
    ],
    [
      'if a condition of the first write does not hold, the item is read',
      {},
      {
        file: 'lambdas/runtime/once/step.ts',
        from: 'if (conditionFailed(error)) return false;',
        to: 'if (conditionFailed(error)) return true;',
      },
      'missed',
    ],
  ];

  test.each(RULES)(
    '%s',
    async (_, variant, mutation, field) => {
      const code = await mutated<OnceCode>(RUNTIME, mutation);
      for (let seed = 1; seed <= 2_000; seed++) {
        if ((await history({ seed, code, ...variant }))[field] === 0) continue;
        return expect((await history({ seed, code: runtime, ...variant }))[field]).toBe(0);
      }
      throw new Error('no history found the loss of the rule');
    },
    LONG,
  );

  test(
    'a refused call ends the claim, so that fewer orders wait for a person',
    async () => {
      const release = 'await claims.release(step.claimId, claim).catch(() => undefined);';
      const code = await mutated<OnceCode>(RUNTIME, { file: 'lambdas/runtime/once/claimed.ts', from: release, to: '' });
      const variant: Variant = { halfWay: 'hold' };
      const count = Math.max(HISTORIES, DEFAULT_HISTORIES);
      const [without, outcomes] = [await histories(count, variant, code), await histories(count, variant)];
      expect(sum(without, 'heldUncharged')).toBeGreaterThan(sum(outcomes, 'heldUncharged'));
    },
    LONG,
  );
});

function report(mode: string, outcomes: readonly Outcome[]): void {
  const { seed: _, ...fields } = Object.fromEntries(
    Object.keys(outcomes[0]!).map((name) => [name, sum(outcomes, name as keyof Outcome)]),
  );
  process.stdout.write(`${JSON.stringify({ mode, histories: outcomes.length, ...fields })}\n`);
}
