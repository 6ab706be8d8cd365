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

/** Runs test/e2e/kills.test.ts with more messages than `npm test` does, and with another seed each time. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { count: { type: 'string' }, seed: { type: 'string' }, kind: { type: 'string' } },
  });
  const count = number('count', values.count ?? DEFAULT_COUNT, MIN_COUNT, 100_000);
  const seed = number('seed', values.seed ?? String(Date.now() % SEEDS), 0, SEEDS - 1);
  const { kind } = values;
  if (kind !== undefined && !KINDS.includes(kind)) {
    throw new Error(`--kind must be one of ${KINDS.join(', ')}, got '${kind}'`);
  }
  process.env['KILLS'] = JSON.stringify({ count, seed });
  const reporter = join(ROOT, 'test', 'e2e', 'story-reporter.cjs');
  const args = ['test/e2e/kills.test', '--reporters', reporter, `--testTimeout=${TIMEOUT_MS}`];
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...args, ...(kind === undefined ? [] : ['-t', kind]));
  await import('../test/e2e/launch');
}

function number(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new Error(`--${name} must be a whole number from ${min} to ${max}, got '${text}'`);
}

main().catch((error: Error) => {
  console.error(`error: ${error.message}`);
  process.exit(1);
});
