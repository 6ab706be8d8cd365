import { setTimeout as sleep } from 'node:timers/promises';
import { emulatorProcess } from '../../local/cloud';
import type { StartOptions } from '../options';
import type { RunningShop } from '../running-shop';
import { freeze } from './freeze';
import { killRelay, killWorkers } from './kill-workers';
import { beginOutage } from './partner-outage';

type FaultOptions = Pick<StartOptions, 'killWorkers' | 'killRelay' | 'freeze' | 'partnerDown'>;

/** The faults of one replay. */
export class ReplayFaults {
  /**
   * Begins the faults.
   * @param onKilled called after each kill of a worker, with its name
   */
  public static async begin(
    shop: RunningShop,
    { killWorkers: workers, killRelay: relays, freeze: freezes, partnerDown }: FaultOptions,
    onKilled: (worker: string) => void,
  ): Promise<ReplayFaults> {
    const done = new AbortController();
    const { signal } = done;
    const { ended } = await outage(shop, partnerDown, signal);
    return new ReplayFaults(done, [
      killWorkers(shop, workers, signal, { onKilled }).then(killedLine),
      killRelay(shop, relays, signal).then(killedLine),
      freezeAll(shop, freezes, signal),
      ended,
    ]);
  }

  private constructor(
    private readonly done: AbortController,
    private readonly running: readonly Promise<readonly string[]>[],
  ) {
    // Errors are thrown by `end`.
    for (const each of running) each.catch(() => undefined);
  }

  /** Ends the faults. @returns a line about each kind */
  public async end(): Promise<string[]> {
    this.done.abort();
    return (await Promise.all(this.running)).flat();
  }
}

function killedLine(kills: ReadonlyMap<string, number>): string[] {
  const killed = [...kills].map(([name, times]) => `${times} of ${name}`);
  return killed.length === 0 ? [] : [`killed processes: ${killed.join(', ')}`];
}

async function freezeAll({ folder }: RunningShop, count: number, signal: AbortSignal): Promise<string[]> {
  if (count === 0) return [];
  const frozen = await freeze(await emulatorProcess(folder), count, signal);
  const seconds = frozen.map((ms) => (ms / 1_000).toFixed(1)).join(', ');
  return [`the emulator was frozen ${frozen.length} times, for ${seconds} s`];
}

async function outage(
  shop: RunningShop,
  seconds: number,
  signal: AbortSignal,
): Promise<{ readonly ended: Promise<string[]> }> {
  if (seconds === 0) return { ended: Promise.resolve([]) };
  const { ended } = await beginOutage(shop, seconds, (ms) => sleep(ms, undefined, { signal }).catch(() => undefined));
  return { ended: ended.then(() => [`the payment partner was down for ${seconds} s`]) };
}
