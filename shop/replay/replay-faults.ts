import { setTimeout as sleep } from 'node:timers/promises';
import { emulatorProcess } from '../../local/cloud';
import type { StartOptions } from '../options';
import type { RunningShop } from '../running-shop';
import { freeze } from './freeze';
import { killRelay, killWorkers } from './kill-workers';
import { partnerOutage } from './partner-outage';

/** The faults of one replay. They begin at once. */
export class ReplayFaults {
  private readonly done = new AbortController();
  private readonly running: readonly Promise<readonly string[]>[];

  /** @param onKilled called after each kill of a worker, with its name */
  public constructor(
    shop: RunningShop,
    options: Pick<StartOptions, 'killWorkers' | 'killRelay' | 'freeze' | 'partnerDown'>,
    onKilled: (worker: string) => void,
  ) {
    const { signal } = this.done;
    this.running = [
      killWorkers(shop, options.killWorkers, signal, { onKilled }).then(killedLine),
      killRelay(shop, options.killRelay, signal).then(killedLine),
      freezeAll(shop, options.freeze, signal),
      outage(shop, options.partnerDown, signal),
    ];
    // Errors are thrown by `end`.
    for (const each of this.running) each.catch(() => undefined);
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

async function outage(shop: RunningShop, seconds: number, signal: AbortSignal): Promise<string[]> {
  if (seconds === 0) return [];
  await partnerOutage(shop, seconds, (ms) => sleep(ms, undefined, { signal }).catch(() => undefined));
  return [`the payment partner was down for ${seconds} s`];
}
