import { type ChildProcess, spawn } from 'node:child_process';
import * as path from 'node:path';

/** Exit code and output of a command. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  /**
   * Complete environment of the command.
   * @default - the environment of this process
   */
  readonly env?: NodeJS.ProcessEnv;
  /** Called with each line of standard output and standard error. */
  readonly onLine?: (line: string) => void;
  /**
   * Ends the command with SIGTERM. If the command is still running after 5 seconds, SIGKILL ends it
   * and its children.
   */
  readonly signal?: AbortSignal;
}

/** Program that ends a command when its own standard input closes. */
export const WATCHDOG = path.join(__dirname, 'watchdog.mjs');
/** Exit code of a command that was aborted before its start. It is the same as after SIGTERM. */
const STOPPED = 143;

const running = new Set<ChildProcess>();

/**
 * Runs a command to its end, under a watchdog and in its own process group. If `signal` is aborted,
 * or if this process ends, the watchdog ends the command and its children. A handler of the event
 * 'exit' wouldn't suffice, because Node.js doesn't emit this event when a signal ends the process.
 * The promise is also resolved if the exit code isn't 0. If the command doesn't exist, the code is
 * 127.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  if (options.signal?.aborted)
    return Promise.resolve({ code: STOPPED, stdout: '', stderr: 'it was aborted before it began' });
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [WATCHDOG, command, ...args], {
      cwd: options.cwd,
      env: options.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      // The command has its own process group, because a terminal sends Ctrl-C to a whole group.
      // This process stops the command itself.
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
    // The watchdog may have ended already.
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

/** Ends every running command. Returns when all their processes have ended. */
export async function stopCommands(): Promise<void> {
  await Promise.all(
    [...running].map((child) => {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.stdin?.end();
      return ended;
    }),
  );
}

/** Sends a signal to a process group. Does nothing if it has ended. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // The group has ended.
  }
}
