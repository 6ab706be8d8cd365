import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { cacheFolder, lock } from '../../local/cloud';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'lock-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['linux', {}, '/home/anna/.cache/cdk-breakwater'],
  ['darwin', {}, '/home/anna/Library/Caches/cdk-breakwater'],
  ['linux', { XDG_CACHE_HOME: '/fast/cache' }, '/fast/cache/cdk-breakwater'],
  ['darwin', { XDG_CACHE_HOME: '/fast/cache' }, '/fast/cache/cdk-breakwater'],
  ['linux', { XDG_CACHE_HOME: 'relative' }, '/home/anna/.cache/cdk-breakwater'],
] as const)("on %s with %o the user's cache folder is %s", (platform, env, expected) => {
  expect(cacheFolder(env, platform, '/home/anna')).toBe(expected);
});

test('a second installation waits for the first', async () => {
  const file = path.join(folder, 'held');
  const order: string[] = [];
  const release = await lock(file, () => order.push('never'));
  const second = lock(file, () => order.push('waits')).then((done) => {
    order.push('second');
    done();
  });
  await new Promise((resolve) => setImmediate(resolve));
  order.push('first');
  release();
  await second;
  expect(order).toEqual(['waits', 'first', 'second']);
  expect(existsSync(file)).toBe(false);
});

test('the lock of a process that has ended is taken', async () => {
  const file = path.join(folder, 'stale');
  // More than the greatest process id of Linux and macOS.
  writeFileSync(file, '99999999');
  const release = await lock(file, () => {
    throw new Error('it must not wait');
  });
  release();
});
