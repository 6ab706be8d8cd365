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
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,args=', '-ww'], { maxBuffer: 8 * 1024 * 1024 });
  return parseProcesses(stdout, folder);
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
