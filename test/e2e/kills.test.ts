import type { Fate } from './kills/handlers/effects';
import { KillsCloud, type KillsOptions } from './kills/kills-run';
import type { Kind, WorkerTimes } from './kills/stack';

/**
 * Messages of an outbox, with the processes of their worker and of the relay killed at random, and with throttled calls.
 * `npm run kills` runs more messages, and poison messages that are given up by time. That takes minutes.
 */

/** Options of `npm run kills`. */
const given = JSON.parse(process.env['KILLS'] ?? '{}') as Partial<Pick<KillsOptions, 'seed' | 'count'>>;
const { seed = 1, count = 150 } = given;
const isShort = given.count === undefined;
/** Each poison message with the reason of its entry in the quarantine. The short run has none that is given up by time. */
const POISON: Partial<Record<Fate, string>> = isShort
  ? { permanent: 'permanent', unknown: 'refused', absent: 'permanent' }
  : { permanent: 'permanent', failing: 'gave-up', crashing: 'never-ended' };
/** No good message may fail for as long as `giveUpAfter`, also not on a busy machine. */
const TIMES: WorkerTimes = isShort
  ? { timeout: 5, visibilityTimeout: 6, giveUpAfter: 60 }
  : { timeout: 10, visibilityTimeout: 12, giveUpAfter: 120 };
const KILLS: Pick<KillsOptions, 'kills' | 'killPauseMs' | 'maxMs'> = isShort
  ? { kills: 8, killPauseMs: [200, 1_200], maxMs: 120_000 }
  : { kills: Number.POSITIVE_INFINITY, killPauseMs: [1_000, 10_000], maxMs: 3_600_000 };

let cloud: KillsCloud;

beforeAll(async () => {
  cloud = await KillsCloud.start(process.env['BREAKWATER_E2E_FOLDER']!, TIMES);
});

afterAll(() => cloud?.stop());

test.each<Kind>(['standard', 'fifo'])('each message of a %s queue takes effect once, or is held', async (kind) => {
  const poison = Object.keys(POISON) as Fate[];
  const { seconds, kills, throttled, lostAnswers, redelivered, ...found } = await cloud.run({
    ...KILLS,
    kind,
    seed,
    count,
    poison,
  });
  const killed = Object.entries(kills).map(([name, times]) => `${times} of ${name}`);
  process.stdout.write(
    `${kind}, seed ${seed}: ${count} messages in ${seconds} s; killed ${killed.join(', ')}; ` +
      `${throttled} calls throttled, ${lostAnswers} answers lost; ${redelivered} effects by a redelivered message\n`,
  );
  expect(found).toEqual({ doubled: [], missing: [], poisoned: [], disordered: [], left: 0, held: POISON });
  expect(Object.keys(kills)).not.toEqual([]);
  expect(throttled).toBeGreaterThan(0);
});
