import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/**
 * Maximum time for an orderly stop. After this time, this process exits, and the watchdogs end the
 * remaining processes.
 */
const MAX_STOP_MS = 20_000;

let stopping = false;

/**
 * Installs signal handlers. The first signal runs `stop`, and then ends this process with the
 * signal's exit code. Later signals are ignored: a terminal sends Ctrl-C to every process, and some
 * processes also pass it to their children.
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

/**
 * Ends this process. If a signal is already ending it, this does nothing, because the signal
 * decides the exit code.
 */
export function exit(code: number): void {
  if (!stopping) process.exit(code);
}
