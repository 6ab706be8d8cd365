import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A process in which the emulator runs a function. */
export interface FunctionProcess {
  readonly pid: number;
  /** Physical name of the function. */
  readonly functionName: string;
}

/** The processes of functions that the emulator of a run folder has started. */
export async function functionProcesses(folder: string): Promise<FunctionProcess[]> {
  return parseProcesses(await allProcesses(), folder);
}

/**
 * Process id of the emulator of a run folder.
 * @throws Error if there is none
 */
export async function emulatorProcess(folder: string): Promise<number> {
  const pid = parseEmulator(await allProcesses(), folder);
  if (pid === undefined) throw new Error(`an emulator must run in ${folder}, got none`);
  return pid;
}

async function allProcesses(): Promise<string> {
  const args = ['-A', '-o', 'pid=,args=', '-ww'];
  return (await promisify(execFile)('ps', args, { maxBuffer: 8 * 1024 * 1024 })).stdout;
}

/**
 * Finds the emulator in the output of `ps -o pid=,args=`. Its watchdog has the same arguments after
 * its own.
 */
export function parseEmulator(output: string, folder: string): number | undefined {
  const isServer = (line: string) => line.endsWith(`serve.py ${folder}/serve.sock`) && !line.includes('watchdog.mjs');
  const line = output
    .split('\n')
    .map((one) => one.trim())
    .find(isServer);
  return line === undefined ? undefined : Number.parseInt(line, 10);
}

/**
 * Reads the output of `ps -o pid=,args=`. The emulator keeps each process's code in a folder with
 * the function's name.
 */
export function parseProcesses(output: string, folder: string): FunctionProcess[] {
  return output.split('\n').flatMap((line) => {
    const [, pid, command = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || !command.includes(`${folder}/`)) return [];
    const functionName = /\/ministack-lambda-(.+)-[^-/]+\/_worker\.js$/.exec(command)?.[1];
    return functionName === undefined ? [] : [{ pid: Number(pid), functionName }];
  });
}
