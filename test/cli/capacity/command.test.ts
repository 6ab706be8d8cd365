import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { csvOf, rhythm } from './series';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'breakwater-capacity-'));
  writeFileSync(join(folder, 'load.csv'), csvOf(rhythm(4.5)));
  const open = rhythm(4.5).filter((_, i) => i % 1440 >= 420);
  const day = open.map(({ at, value }) => ({ Timestamp: at / 1000, Maximum: value }));
  writeFileSync(join(folder, 'office.json'), JSON.stringify({ Label: 'ConcurrentExecutions', Datapoints: day }));
  writeFileSync(join(folder, 'short.csv'), csvOf(rhythm(2)));
  writeFileSync(join(folder, 'empty.csv'), '');
  writeFileSync(join(folder, 'odd.csv'), 'timestamp,value\n2026-11-01T00:00Z,1\n2026-11-01T00:01Z,many\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const capacity = (...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', 'cli/index.ts', 'capacity', ...args], {
    cwd: resolve(__dirname, '..', '..', '..'),
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });

test('writes a page and its data, and prints their paths', () => {
  const out = join(folder, 'out');
  const { status, stdout, stderr } = capacity(join(folder, 'load.csv'), '--out', out, '--cpu-ms', '40');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^Predictive scaling probably (pays|doesn't pay) \(few days\).*\.\n/);
  expect(stdout).toContain(join(out, 'report.html'));
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toMatch(/^<!doctype html>/);
  expect(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'))).toMatchObject({ name: 'load.csv' });
}, 60_000);

test.each([
  ['idle', [], 0],
  ['unknown', ['--gaps', 'unknown'], 4 * 420],
])(
  'takes minutes that CloudWatch has no point of as %s',
  (gaps, args, missing) => {
    const out = join(folder, gaps);
    const { status, stderr } = capacity(join(folder, 'office.json'), '--out', out, ...args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { options, history } = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
    expect(options.gaps).toBe(gaps);
    expect(history.cleaning.missing).toBe(missing);
  },
  60_000,
);

test('--help prints the usage and exits with 0', () => {
  const { status, stdout } = capacity('--help');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^usage: npx breakwater capacity FILE/);
}, 60_000);

test.each([
  ['no file', [], 'One FILE must be given, got none'],
  ['a file that is not there', ['nowhere.csv'], "nowhere.csv can't be read: there is no such file"],
  ['an empty file', ['@empty.csv'], 'empty.csv is empty'],
  ['an unreadable line', ['@odd.csv'], "odd.csv, line 3: expected a number as value, got 'many'"],
  ['too few days', ['@short.csv'], 'short.csv spans 2.0 days: the forecast needs at least 4'],
  ['no measurements', ['@load.csv', '--tuning', 'nowhere.csv'], "nowhere.csv can't be read"],
])(
  'says %s in a line, writes nothing and exits with 2',
  (_, args, message) => {
    const out = join(folder, 'nothing');
    const { status, stderr } = capacity(...args.map((arg) => arg.replace('@', `${folder}/`)), '--out', out);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
    expect(status).toBe(2);
    expect(existsSync(out)).toBe(false);
  },
  60_000,
);
