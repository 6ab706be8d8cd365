import { setTimeout as wait } from 'node:timers/promises';
import { random as seededRandom } from '../../forecast/random';
import { type FunctionProcess, functionProcesses } from '../../local/cloud';

export interface KillDependencies {
  readonly processes: () => Promise<FunctionProcess[]>;
  readonly kill: (pid: number) => void;
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Called after each kill with the function's name. */
  readonly onKilled: (name: string) => void;
}

export interface KillProps {
  /** Run folder of the emulator. */
  readonly folder: string;
  /** Names of the functions to kill, by physical name. */
  readonly names: ReadonlyMap<string, string>;
  /** Number of kills. */
  readonly count: number;
  /** Ends the kills early. */
  readonly signal: AbortSignal;
  /** Shortest and longest pause between two kills, in milliseconds. */
  readonly pauseMs: readonly [number, number];
}

/**
 * Kills processes of functions with SIGKILL, one after another, until `count` processes are killed
 * or the signal is aborted.
 * @returns the number of killed processes by name
 */
export async function killFunctions(
  { folder, names, count, signal, pauseMs: [shortest, longest] }: KillProps,
  dependencies: Partial<KillDependencies> = {},
): Promise<Map<string, number>> {
  const {
    processes = () => functionProcesses(folder),
    kill = (pid) => process.kill(pid, 'SIGKILL'),
    random = seededRandom(count),
    sleep = wait,
    onKilled = () => undefined,
  } = dependencies;
  const killed = new Map<string, number>();
  for (let done = 0; done < count && !signal.aborted; ) {
    await sleep(shortest + random() * (longest - shortest));
    if (signal.aborted) break;
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
