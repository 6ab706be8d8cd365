import { setTimeout as wait } from 'node:timers/promises';
import { random as seededRandom } from '../../forecast/random';

/** Shortest and longest time for which the emulator is frozen, and pause before that. */
const FROZEN_MS = [1_000, 4_000] as const;
const PAUSE_MS = [500, 3_000] as const;

export interface FreezeDependencies {
  readonly signalTo: (name: 'SIGSTOP' | 'SIGCONT') => void;
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/**
 * Freezes the emulator for some seconds, `count` times or until the signal is aborted. Functions
 * run on, but get no answers.
 * @param pid process of the emulator
 * @returns the milliseconds of each freeze
 */
export async function freeze(
  pid: number,
  count: number,
  signal: AbortSignal,
  dependencies: Partial<FreezeDependencies> = {},
): Promise<number[]> {
  const { signalTo = (name) => process.kill(pid, name), random = seededRandom(count), sleep = wait } = dependencies;
  const between = ([shortest, longest]: readonly [number, number]) =>
    Math.round(shortest + random() * (longest - shortest));
  const frozen: number[] = [];
  while (frozen.length < count) {
    await sleep(between(PAUSE_MS));
    if (signal.aborted) break;
    const ms = between(FROZEN_MS);
    signalTo('SIGSTOP');
    try {
      await sleep(ms);
    } finally {
      signalTo('SIGCONT');
    }
    frozen.push(ms);
  }
  return frozen;
}
