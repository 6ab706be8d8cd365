import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './run';

const DEFAULT_COUNT = '10000';
const MIN_COUNT = 100;
/** Seeds are 32-bit numbers. */
const SEEDS = 2 ** 32;
const KINDS = ['standard', 'fifo'];
/** Milliseconds after which a run is stopped. */
const TIMEOUT_MS = 7_200_000;

/**
 * Runs test/e2e/kills.test.ts with more messages than `npm test` does, and with another seed each
 * time.
 */
function main(): Promise<number> {
  const { values } = parseArgs({
    options: { count: { type: 'string' }, seed: { type: 'string' }, kind: { type: 'string' } },
  });
  const count = number('count', values.count ?? DEFAULT_COUNT, MIN_COUNT, 100_000);
  const seed = number('seed', values.seed ?? String(Date.now() % SEEDS), 0, SEEDS - 1);
  const { kind } = values;
  if (kind !== undefined && !KINDS.includes(kind)) {
    throw new Error(`--kind must be one of ${KINDS.join(', ')}, got '${kind}'`);
  }
  const reporter = join(ROOT, 'test', 'e2e', 'story-reporter.cjs');
  const args = ['test/e2e/kills.test', '--reporters', reporter, `--testTimeout=${TIMEOUT_MS}`];
  const program = ['--import', 'tsx', 'test/e2e/launch.ts', ...args, ...(kind === undefined ? [] : ['-t', kind])];
  const env = { ...process.env, KILLS: JSON.stringify({ count, seed }) };
  const child = spawn(process.execPath, program, { cwd: ROOT, env, stdio: 'inherit' });
  // The program stops the emulator before it ends.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

function number(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new Error(`--${name} must be a whole number from ${min} to ${max}, got '${text}'`);
}

Promise.resolve()
  .then(main)
  .then(
    (code) => process.exit(code),
    (error: Error) => {
      console.error(`error: ${error.message}`);
      process.exit(1);
    },
  );
