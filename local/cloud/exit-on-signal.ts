import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Time to stop in order. After that the watchdogs end what is left. */
const MAX_STOP_MS = 20_000;

let stopping = false;

/**
 * From now on a signal runs `stop` and then ends this process with the exit code of that signal.
 * Later signals are ignored, because a terminal sends Ctrl-C to every process, and some processes
 * pass it on to their children.
 */
export function exitOnSignal(stop: () => void | Promise<void>): void {
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      const end = (): never => process.exit(128 + constants.signals[signal]);
      setTimeout(end, MAX_STOP_MS);
      void Promise.resolve()
        .then(stop)
        .catch((error: unknown) => console.error(error))
        .finally(end);
    });
  }
}

/** Ends this process, unless a signal is ending it already: the signal decides the exit code. */
export function exit(code: number): void {
  if (!stopping) process.exit(code);
}
