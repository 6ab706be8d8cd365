import type { Mutation } from './mutated';
import { mutatedRedrive, REDRIVE_CODE, type RedriveCode } from './redrive-code';
import {
  type Kind,
  type RedriveEnd,
  type RedriveHistory,
  type RedriveOptions,
  redriveHistory,
} from './redrive-history';

/** Number of histories. `npm run simulate` sets more. */
const HISTORIES = Number(process.env['HISTORIES'] ?? 6);
const LONG = 600_000;
/** Histories of each kind without a rule, until one has a fault. */
const MAX_SEEDS = 20;

const KINDS: readonly Kind[] = ['failing', 'failing', 'crasher', 'failing', 'bad', 'failing', 'crasher', 'failing'];
/** A crasher ends its process, so that SQS may redeliver messages that are held already. */
const WITHOUT_CRASHERS = KINDS.filter((kind) => kind !== 'crasher');

async function histories(
  variant: Omit<RedriveOptions, 'seed' | 'code'>,
  code: RedriveCode = REDRIVE_CODE,
): Promise<RedriveHistory[]> {
  const all: RedriveHistory[] = [];
  for (let seed = 1; seed <= HISTORIES; seed++) all.push(await redriveHistory({ seed, code, ...variant }));
  return all;
}

const ends = (all: readonly RedriveHistory[]) => all.flatMap((one) => one.ends);
const isRight = ({ kind, effects, entry }: RedriveEnd) =>
  kind === 'bad' ? effects === 0 && entry?.state === 'held' : effects > 0 && entry === undefined;
const wrong = (all: readonly RedriveHistory[]) => ends(all).filter((end) => !isRight(end));
const lost = (all: readonly RedriveHistory[]) => all.flatMap((one) => one.lost);
const repeated = (all: readonly RedriveHistory[]) => ends(all).filter(({ entries }) => entries > 1);
const doubled = (all: readonly RedriveHistory[]) => ends(all).filter(({ effects }) => effects > 1);

describe.each([false, true])('FIFO: %s', (fifo) => {
  test(
    'whichever process crashes between any two calls, each message is done or visible, and in the end done or held',
    async () => {
      const all = await histories({ kinds: KINDS, fifo, workerFaults: true });
      expect(lost(all)).toEqual([]);
      expect(wrong(all)).toEqual([]);
      expect(repeated(all)).toEqual([]);
      expect(all.reduce((sum, { crashes }) => sum + crashes, 0)).toBeGreaterThan(3 * all.length);
    },
    LONG,
  );

  test(
    'if only the redrive function and the tick crash, no effect happens twice',
    async () => {
      const all = await histories({ kinds: WITHOUT_CRASHERS, fifo, workerFaults: false });
      expect(lost(all)).toEqual([]);
      expect(wrong(all)).toEqual([]);
      expect(doubled(all)).toEqual([]);
      expect(repeated(all)).toEqual([]);
    },
    LONG,
  );
});

describe('without a rule, a history shows a fault', () => {
  const FAULTS: readonly [string, Mutation, (all: readonly RedriveHistory[]) => readonly unknown[], fifo?: boolean][] =
    [
      [
        'the entry is put before the dead letter is deleted',
        {
          file: 'lambdas/system/tick/adopt.ts',
          from: 'const trial = parseTrialReference(',
          to: 'await queue.remove(letter); const trial = parseTrialReference(',
        },
        lost,
      ],
      [
        'a stale trial may be repeated',
        {
          file: 'lib/protocol/redrive.ts',
          from: "(state === 'sent' && now - Date.parse(triedAt ?? '') >= TRIAL_STALE_MS)",
          to: 'false',
        },
        wrong,
      ],
      [
        'a worker handles the newest trial only',
        {
          file: 'lambdas/runtime/worker/trials.ts',
          from: "if (entry?.state !== 'sent' || entry.trial !== reference.trial) return false;",
          to: 'if (entry === undefined) return true;',
        },
        doubled,
      ],
      [
        'a message that fails on trial is held at the place of its entry',
        { file: 'lambdas/runtime/worker/trials.ts', from: '    sk: first.sk,', to: '' },
        wrong,
      ],
      [
        'the dead letter of a trial belongs to the entry',
        {
          file: 'lambdas/system/tick/adopt.ts',
          from: 'isTried || (await',
          to: '!isTried || (await',
        },
        wrong,
      ],
      [
        'a dead letter of a FIFO queue has the key of the worker’s entry',
        {
          file: 'lambdas/system/quarantine/dynamodb-quarantine.ts',
          from: 'entry.group === undefined ? [] : await this.placesOf(entry)',
          to: '[]',
        },
        repeated,
        true,
      ],
    ];
  test.each(FAULTS)(
    '%s',
    async (_rule, mutation, faultsOf, fifo = false) => {
      const code = await mutatedRedrive(mutation);
      for (let seed = 1; seed <= MAX_SEEDS; seed++) {
        for (const kinds of [KINDS, WITHOUT_CRASHERS]) {
          const options = { seed, kinds, fifo, workerFaults: kinds === KINDS };
          if (faultsOf([await redriveHistory({ ...options, code })]).length === 0) continue;
          // If workers crash, an effect may happen twice with each rule in place.
          if (faultsOf([await redriveHistory({ ...options, code: REDRIVE_CODE })]).length === 0) return;
        }
      }
      throw new Error('no history found the loss of the rule');
    },
    LONG,
  );
});
