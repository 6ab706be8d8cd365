import { exit, exitOnSignal } from './cloud';
import type { LaunchPlan } from './launch';
import { LocalError } from './local-error';

/** The work of a launched program. */
export interface LaunchedRun {
  /**
   * Performs the work. Returns the exit code, or undefined if the run continues until it is
   * stopped.
   */
  go(): Promise<number | undefined>;
  /**
   * Stops everything. Later calls wait for the first call.
   * @param failed whether the run failed, so that its logs are worth keeping
   */
  stop(failed: boolean): Promise<void>;
}

/** Exit code of a program that SIGTERM ended. */
const TERMINATED = 143;

/**
 * Receives the plan of `launch` and starts the run. The run is stopped when its work ends, at a
 * signal, at the request of `launch`, and when the process that called `launch` has ended.
 */
export function onLaunch<Options>(start: (plan: LaunchPlan<Options>) => LaunchedRun): void {
  process.once('message', (plan) => void follow(start(plan as LaunchPlan<Options>)));
}

async function follow(run: LaunchedRun): Promise<void> {
  let stopping = false;
  const stop = (failed: boolean): Promise<void> => {
    stopping = true;
    return run.stop(failed);
  };
  const end = (code: number): void => {
    void stop(code !== 0 && code !== TERMINATED).finally(() => exit(code));
  };
  exitOnSignal(() => stop(false));
  process.on('disconnect', () => end(TERMINATED));
  process.on('message', (message) => message === 'stop' && end(TERMINATED));
  process.on('uncaughtException', (error) => {
    console.error(error);
    end(1);
  });
  try {
    const code = await run.go();
    if (code !== undefined) end(code);
  } catch (error) {
    // After a stop, pending calls of the run fail, and these errors are ignored.
    if (stopping) return;
    console.error(error instanceof LocalError ? `error: ${error.message}` : error);
    end(1);
  }
}
