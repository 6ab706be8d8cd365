import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import * as path from 'node:path';

const WATCHDOG = path.resolve(__dirname, '../../local/cloud/watchdog.mjs');
/** A server that starts a child, prints both process ids, and ignores SIGTERM if asked to. */
const SERVER = `
  const { spawn } = require('node:child_process');
  if (process.argv[1] === 'deaf') process.on('SIGTERM', () => {});
  const inner = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  console.log(process.pid + ' ' + inner.pid);
  setInterval(() => {}, 1000);
`;

async function start(mood: string): Promise<{ watchdog: ChildProcess; pids: number[] }> {
  const watchdog = spawn(process.execPath, [WATCHDOG, process.execPath, '-e', SERVER, mood]);
  const line = await new Promise<string>((resolve) => watchdog.stdout.once('data', (data) => resolve(String(data))));
  return { watchdog, pids: line.trim().split(' ').map(Number) };
}

/** Whether a process runs. A zombie (killed, but not yet collected by its parent) doesn't. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)]).stdout.toString();
  return state.trim() !== '' && !state.startsWith('Z');
}

async function ended(watchdog: ChildProcess, pids: number[]): Promise<boolean> {
  if (watchdog.exitCode === null && watchdog.signalCode === null) {
    await new Promise((resolve) => watchdog.once('exit', resolve));
  }
  while (pids.some(runs)) await new Promise((resolve) => setTimeout(resolve, 50));
  return true;
}

test('a closed pipe, as after a crash, ends the server and its children', async () => {
  const { watchdog, pids } = await start('quiet');
  expect(pids.every(runs)).toBe(true);
  watchdog.stdin!.end();
  expect(await ended(watchdog, pids)).toBe(true);
});

test('a signal ends both, too', async () => {
  const { watchdog, pids } = await start('quiet');
  watchdog.kill('SIGTERM');
  expect(await ended(watchdog, pids)).toBe(true);
});

test('a server that ignores SIGTERM is killed', async () => {
  const { watchdog, pids } = await start('deaf');
  watchdog.stdin!.end();
  expect(await ended(watchdog, pids)).toBe(true);
}, 20_000);

test('a server that ends by itself ends the watchdog with its code', async () => {
  const watchdog = spawn(process.execPath, [WATCHDOG, process.execPath, '-e', 'process.exit(3)']);
  expect(await new Promise((resolve) => watchdog.once('exit', resolve))).toBe(3);
});
