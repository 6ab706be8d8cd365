import { setTimeout as wait } from 'node:timers/promises';
import { random as seededRandom } from '../../forecast/random';
import { type FunctionProcess, functionProcesses } from '../../local/cloud';
import type { RunningShop } from '../running-shop';

/**
 * Logical IDs of the workers' functions. The relay isn't killed, because without the relay no
 * worker is busy.
 */
const KILLED = /^Shop(?:Payments|Invoices|Mail)Function[0-9A-F]{8}$/;
/** Shortest and longest pause between two kills. */
const MIN_PAUSE_MS = 150;
const MAX_PAUSE_MS = 600;

export interface KillDependencies {
  readonly processes: () => Promise<FunctionProcess[]>;
  readonly kill: (pid: number) => void;
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Called after each kill with the worker's name. */
  readonly onKilled: (worker: string) => void;
}

/**
 * Kills processes of workers with SIGKILL, one after another, until `count` processes are killed or
 * the signal is aborted.
 * @returns the number of killed processes of each function
 */
export async function killWorkers(
  shop: RunningShop,
  count: number,
  signal: AbortSignal,
  dependencies: Partial<KillDependencies> = {},
): Promise<Map<string, number>> {
  const {
    processes = () => functionProcesses(shop.folder),
    kill = (pid) => process.kill(pid, 'SIGKILL'),
    random = seededRandom(count),
    sleep = wait,
    onKilled = () => undefined,
  } = dependencies;
  const names = new Map(
    shop.resources
      .filter(({ type, logicalId }) => type === 'AWS::Lambda::Function' && KILLED.test(logicalId))
      .map(({ physicalId, logicalId }) => [physicalId, logicalId.replace(/^Shop|Function[0-9A-F]{8}$/g, '')]),
  );
  const killed = new Map<string, number>();
  for (let done = 0; done < count && !signal.aborted; ) {
    await sleep(MIN_PAUSE_MS + random() * (MAX_PAUSE_MS - MIN_PAUSE_MS));
    const running = (await processes()).filter(({ functionName }) => names.has(functionName));
    // A function is chosen first, because some functions have many more processes than others.
    const functionName = oneOf([...new Set(running.map((each) => each.functionName))], random);
    const chosen = oneOf(
      running.filter((each) => each.functionName === functionName),
      random,
    );
    const name = names.get(functionName ?? '');
    if (chosen === undefined || name === undefined || !killNow(chosen.pid, kill)) continue;
    killed.set(name, (killed.get(name) ?? 0) + 1);
    onKilled(name);
    done++;
  }
  return killed;
}

const oneOf = <T>(list: readonly T[], random: () => number): T | undefined => list[Math.floor(random() * list.length)];

/** Kills a process. Returns whether it still existed. */
function killNow(pid: number, kill: (pid: number) => void): boolean {
  try {
    kill(pid);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
