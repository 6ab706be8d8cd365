import { spawn } from 'node:child_process';
import { WATCHDOG } from '../../local/cloud';

/**
 * Runs a program that writes to this process's outputs, and waits until it has ended. If `signal`
 * is aborted or this process ends, a watchdog ends the program and its children.
 * @returns the program's exit code; 127 if there is no such program
 */
export function runBeside(
  [program = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  directory: string,
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [WATCHDOG, program, ...args], {
      cwd: directory,
      env,
      stdio: ['pipe', 'inherit', 'inherit'],
      detached: true,
    });
    const stop = (): void => void child.stdin.end();
    child.stdin.on('error', () => undefined);
    signal.addEventListener('abort', stop, { once: true });
    child.on('error', () => resolve(126));
    child.on('exit', (code) => {
      signal.removeEventListener('abort', stop);
      resolve(code ?? 1);
    });
  });
}
