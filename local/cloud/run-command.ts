import { type ChildProcess, spawn } from 'node:child_process';
import * as path from 'node:path';

/** How a command ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** The whole environment; @default this process's */
  readonly env?: NodeJS.ProcessEnv;
  /** Told each line of either output as it comes. */
  readonly onLine?: (line: string) => void;
  /** Ends the command: SIGTERM, and SIGKILL to it and to what it started if that doesn't do. */
  readonly signal?: AbortSignal;
}

const WATCHDOG = path.join(__dirname, 'watchdog.mjs');
/** Code of a command that was told to end before it began. */
const STOPPED = 143;

const running = new Set<ChildProcess>();

/**
 * Runs a command to its end behind a watchdog, in a process group of its own: it ends, with all that it started, when it is
 * told to and when this process ends, however it ends. A handler of 'exit' would not do, since Node has none for signals.
 * Never throws for a non-zero exit; a command that isn't there has the code 127.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  if (options.signal?.aborted) return Promise.resolve({ code: STOPPED, stdout: '', stderr: 'it was told to stop' });
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [WATCHDOG, command, ...args], {
      cwd: options.cwd,
      env: options.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      // Ctrl-C is for this process, which ends the command in good order.
      detached: process.platform !== 'win32',
    });
    running.add(child);
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      let rest = '';
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        output[name] += chunk;
        const lines = (rest + chunk).split('\n');
        rest = lines.pop()!;
        for (const line of lines) options.onLine?.(line);
      });
      child[name].on('end', () => rest !== '' && options.onLine?.(rest));
    }
    const stop = (): void => void child.stdin.end();
    // A watchdog that is gone takes no more.
    child.stdin.on('error', () => undefined);
    options.signal?.addEventListener('abort', stop, { once: true });
    const done = (code: number): void => {
      running.delete(child);
      options.signal?.removeEventListener('abort', stop);
      resolve({ code, ...output });
    };
    child.on('error', (error) => {
      output.stderr += error.message;
      done(126);
    });
    child.on('close', (code) => done(code ?? 1));
  });
}

/** Ends every command that runs; returns when nothing of them is left. */
export async function stopCommands(): Promise<void> {
  await Promise.all(
    [...running].map((child) => {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.stdin?.end();
      return ended;
    }),
  );
}

/** Sends a signal to a process and all of its group; one that is gone is fine. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // It ended by itself.
  }
}
