import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CACHE_ROOT } from '../../local/cloud';
import { ROOT } from '../measure';

const COMMAND = ['--import', 'tsx', join(ROOT, 'cli', 'index.ts'), 'dev'];
const MAX_WAIT_MS = 120_000;

/** A process of `npx breakwater dev` in a folder, started from this repository's source. */
export class RunningDev {
  public output = '';
  private readonly child: ChildProcess;

  public constructor(folder: string, args: readonly string[] = []) {
    this.child = spawn(process.execPath, [...COMMAND, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
  }

  public get pid(): number {
    return this.child.pid!;
  }

  /** Folder in which the command keeps the files of its run. */
  public get folder(): string {
    return join(CACHE_ROOT, `run-${this.pid}`);
  }

  /**
   * Waits until the output contains a text.
   * @throws Error with the output, if the command ends before that, or after 2 minutes
   */
  public async shows(pattern: RegExp): Promise<RegExpExecArray> {
    for (const until = Date.now() + MAX_WAIT_MS; Date.now() < until; await sleep(5)) {
      const found = pattern.exec(this.output);
      if (found !== null) return found;
      if (this.child.exitCode !== null) break;
    }
    throw new Error(`npx breakwater dev must show ${pattern}, got:\n${this.output.slice(-3000)}`);
  }

  public async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGINT');
    await ended;
  }
}
