import { spawn } from 'node:child_process';

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
  /** Ends the command: SIGTERM to it and to what it started. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a command to its end, in a process group of its own, so that stopping it stops what it started.
 * Never throws for a non-zero exit; a command that isn't there has the code 127.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    });
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
    const stop = (): void => killGroup(child.pid, 'SIGTERM');
    // Whoever ends this process, by Ctrl-C too, ends the command with it: it is in another group than the terminal's.
    process.once('exit', stop);
    options.signal?.addEventListener('abort', stop, { once: true });
    const done = (code: number): void => {
      process.removeListener('exit', stop);
      options.signal?.removeEventListener('abort', stop);
      resolve({ code, ...output });
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      output.stderr += error.message;
      done(error.code === 'ENOENT' ? 127 : 126);
    });
    child.on('close', (code) => done(code ?? 1));
  });
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
