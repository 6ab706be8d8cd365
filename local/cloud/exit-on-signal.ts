import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Whoever takes longer to end is left to the watchdogs. */
const LONGEST_STOP_MS = 20_000;

/**
 * From now on a signal runs `stop`, and then ends this process with the exit code of that signal. Those that follow are
 * ignored: a terminal sends Ctrl-C to every process, and some send it on to their children besides.
 */
export function exitOnSignal(stop: () => void | Promise<void>): void {
  let stopping = false;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      const exit = (): never => process.exit(128 + constants.signals[signal]);
      setTimeout(exit, LONGEST_STOP_MS);
      void Promise.resolve()
        .then(stop)
        .catch((error: unknown) => console.error(error))
        .finally(exit);
    });
  }
}
