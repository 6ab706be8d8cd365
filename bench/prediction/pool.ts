import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { ROOT, WORK } from '../measure';
import type { Answer, Message, Task } from './worker';

/**
 * File of the bundled program. Its name contains the process id, so that simultaneous runs don't
 * overwrite each other's file.
 */
const BUNDLE = join(WORK, 'prediction', `worker-${process.pid}.cjs`);
/** Maximum number of threads. More threads would only wait for memory access. */
const MAX_THREADS = 4;

/** Bundles the program of the threads, because threads can't load TypeScript. */
export async function prepare(): Promise<void> {
  await build({
    entryPoints: [join(__dirname, 'worker.ts')],
    outfile: BUNDLE,
    bundle: true,
    platform: 'node',
    target: 'node20',
    // The bundled modules compute the repository's path from bench/, so `__dirname` must be this
    // folder.
    define: { __dirname: JSON.stringify(join(ROOT, 'bench')) },
    logLevel: 'error',
  });
  process.once('exit', () => rmSync(BUNDLE, { force: true }));
}

/** Runs a task in a thread. */
export function inThread(task: Task, onProgress: (done: number, of: number) => void = () => {}): Promise<Answer> {
  return new Promise((done, fail) => {
    const worker = new Worker(BUNDLE, { workerData: task, execArgv: [] });
    worker.on('message', (message: Message) => {
      if ('answer' in message) done(message.answer);
      else onProgress(message.done, message.of);
    });
    worker.on('error', fail);
    worker.on('exit', (code) => fail(new Error(`a thread ended with ${code} before it had an answer`)));
  });
}

/**
 * Starts jobs in order. As many jobs run at the same time as there are processors, at most
 * `MAX_THREADS`.
 */
export async function runAll(jobs: readonly (() => Promise<void>)[]): Promise<void> {
  const waiting = [...jobs];
  const takeJobs = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) await job();
  };
  await Promise.all(Array.from({ length: Math.min(MAX_THREADS, availableParallelism(), jobs.length) }, takeJobs));
}

/**
 * Shows progress on stderr. In a terminal, one line is overwritten. Otherwise, each step is a
 * separate line.
 */
export class Progress {
  private readonly shares = new Map<string, number>();
  private shown = -1;

  public constructor(private readonly weights: ReadonlyMap<string, number>) {}

  public set(name: string, share: number): void {
    this.shares.set(name, share);
    let done = 0;
    let all = 0;
    for (const [each, weight] of this.weights) {
      all += weight;
      done += weight * (this.shares.get(each) ?? 0);
    }
    const percent = Math.floor((100 * done) / all);
    const step = process.stderr.isTTY ? 1 : 10;
    if (percent < this.shown + step) return;
    this.shown = percent - (percent % step);
    process.stderr.write(process.stderr.isTTY ? `\r${percent} % ${name}\u001b[K` : `${percent} % (${name})\n`);
  }

  public end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  }
}
