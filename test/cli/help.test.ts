import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const ROOT = resolve(__dirname, '..', '..');

/** Runs a program of the project to its end. */
function run(...args: string[]) {
  return spawnSync(process.execPath, ['--import', 'tsx', ...args], { cwd: ROOT, encoding: 'utf8' });
}

test.each([
  ['shop/start.ts', /^usage: npm start -- .*--once/],
  ['cli/preflight/index.ts', /^usage: npm run preflight -- .*--assembly/],
])(
  '%s --help prints the usage and ends well',
  (program, usage) => {
    const { status, stdout, stderr } = run(program, '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(usage);
  },
  60_000,
);

test('the list of benchmarks ends with how to run one', () => {
  const { status, stdout } = run('bench/index.ts');
  expect(status).toBe(0);
  expect(stdout).toMatch(/\nnpm run -s bench -- NAME \[--quick\]\n$/);
}, 60_000);
