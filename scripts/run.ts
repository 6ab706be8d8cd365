import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { resolve } from 'node:path';

/** Root folder of the repository. */
export const ROOT = resolve(__dirname, '..');

/** Exit code and output of a command. */
export interface Ended {
  readonly code: number;
  readonly output: string;
  readonly stdout: string;
}

export interface RunOptions {
  /** @default the repository */
  readonly cwd?: string;
  /** Variables to add to this process's environment. Undefined removes a variable. */
  readonly env?: Record<string, string | undefined>;
  /** Seconds after which the command is ended. @default 600 */
  readonly timeout?: number;
}

/** Running commands, which `stopAll` ends. */
const running = new Set<ChildProcess>();
let stopping = false;
/**
 * Maximum time for a command to stop its own processes. The end-to-end tests, for example, must
 * stop a local AWS emulator.
 */
const MAX_STOP_MS = 12_000;

const GROUPS = process.platform !== 'win32';

/**
 * Sends a signal to a command and all its processes. A process that remains would keep the
 * command's output open.
 */
function signal(child: ChildProcess, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    if (GROUPS && child.pid !== undefined) process.kill(-child.pid, name);
    else child.kill(name);
  } catch {
    // The process has already ended.
  }
}

/** Ends every running command with its processes, and waits until they have ended. */
export async function stopAll(): Promise<void> {
  stopping = true;
  await Promise.all(
    [...running].map(async (child) => {
      const ended = new Promise((resolve) => child.once('close', resolve));
      signal(child, 'SIGTERM');
      const timer = setTimeout(() => signal(child, 'SIGKILL'), MAX_STOP_MS);
      await ended;
      clearTimeout(timer);
    }),
  );
}

/**
 * Makes Ctrl-C, SIGTERM and SIGHUP end every command, then this process with the signal's exit
 * code.
 */
export function stopOnSignal(): void {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      // A terminal may send the signal twice, once through npm.
      if (stopping) return;
      void stopAll().finally(() => process.exit(128 + constants.signals[name]));
    });
  }
}

/**
 * Runs a command to its end, and collects its output. If the command fails, the function doesn't
 * throw.
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  if (stopping)
    return Promise.resolve({
      code: 1,
      output:
        'not started: all commands are being stopped\
',
      stdout: '',
    });
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: GROUPS,
    });
    running.add(child);
    let output = '';
    let stdout = '';
    const timeout = options.timeout ?? 600;
    const timer = setTimeout(() => {
      output += `\nstopped after its timeout of ${timeout} s\n`;
      signal(child, 'SIGTERM');
      setTimeout(() => signal(child, 'SIGKILL'), 10_000).unref();
    }, timeout * 1000);
    const end = (code: number, more = '') => {
      clearTimeout(timer);
      running.delete(child);
      done({ code, output: output + more, stdout });
    };
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
      output += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    child.on('error', (error) => end(127, `${command}: ${error.message}\n`));
    child.on('close', (code) => end(code ?? 1));
  });
}

/**
 * Runs a JavaScript program of an installed package, without npx, because npx would start Node.js
 * twice.
 */
export function runNode(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return run(process.execPath, args, options);
}

/** Path of a program inside node_modules. */
export function bin(path: string): string {
  return resolve(ROOT, 'node_modules', path);
}
