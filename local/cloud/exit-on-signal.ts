import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Whoever takes longer to end is left to the watchdogs. */
const LONGEST_STOP_MS = 20_000;

let stopping = false;

/**
 * From now on a signal runs `stop`, and then ends this process with the exit code of that signal. Those that follow are
 * ignored: a terminal sends Ctrl-C to every process, and some send it on to their children besides.
 */
export function exitOnSignal(stop: () => void | Promise<void>): void {
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      const end = (): never => process.exit(128 + constants.signals[signal]);
      setTimeout(end, LONGEST_STOP_MS);
      void Promise.resolve()
        .then(stop)
        .catch((error: unknown) => console.error(error))
        .finally(end);
    });
  }
}

/** Ends this process, unless a signal is about to: what ends because of the signal must not decide the exit code. */
export function exit(code: number): void {
  if (!stopping) process.exit(code);
}
