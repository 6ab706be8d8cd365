import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const ROOT = resolve(__dirname, '..', '..');

/** Runs a program of the project to its end. */
function run(...args: string[]) {
  return spawnSync(process.execPath, ['--import', 'tsx', ...args], { cwd: ROOT, encoding: 'utf8' });
}

test.each([
  ['shop/start.ts', /^usage: npm start -- .*--once/],
  ['cli/index.ts', /^usage: npx breakwater COMMAND .*\n\n {2}dev .*\n {2}preflight .*\n {2}capacity .*\n {2}redrive /],
  ['cli/index.ts redrive', /^usage: npx breakwater redrive .*--stack NAME/],
  ['cli/index.ts preflight', /^usage: npx breakwater preflight .*--assembly/],
])(
  '%s --help prints the usage and ends well',
  (program, usage) => {
    const { status, stdout, stderr } = run(...program.split(' '), '--help');
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

test('the version is that of the package', () => {
  const { version } = JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(run('cli/index.ts', '--version')).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
}, 60_000);

test('an unknown command is refused in one line that lists the others', () => {
  const { status, stdout, stderr } = run('cli/index.ts', 'deploy');
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^The command must be one of .*preflight, capacity.*, got 'deploy': see --help\.\n$/);
}, 60_000);
