import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { runCommand, stopCommands } from '../../local/cloud';

const PROGRAM = path.join(__dirname, 'programs', 'commands.ts');
const NODE_SCRIPT = ['-e', 'console.log(1); console.error(2); process.exit(3)'];

/** Whether a process runs. A zombie (killed, but not yet collected by its parent) doesn't. */
function runs(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)])
    .stdout.toString()
    .trim();
  return state !== '' && !state.startsWith('Z');
}

async function gone(pids: readonly number[]): Promise<boolean> {
  while (pids.some(runs)) await new Promise((resolve) => setTimeout(resolve, 50));
  return true;
}

async function start(mood: string): Promise<{ program: ChildProcess; pids: number[] }> {
  const program = spawn(process.execPath, ['--import', 'tsx', PROGRAM, mood], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve) => program.stdout!.once('data', (data) => resolve(String(data))));
  return { program, pids: line.trim().split(' ').map(Number) };
}

const end = (program: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => program.once('exit', (code) => resolve(code)));

test('the output and the exit code of a command are returned', async () => {
  const lines: string[] = [];
  const result = await runCommand(process.execPath, NODE_SCRIPT, { onLine: (line) => lines.push(line) });
  expect(result).toEqual({ code: 3, stdout: '1\n', stderr: '2\n' });
  expect(lines.sort()).toEqual(['1', '2']);
});

test('a command that does not exist has the code 127', async () => {
  expect((await runCommand('no-such-command', [])).code).toBe(127);
});

test('a command that is aborted before it begins does not begin', async () => {
  const lines: string[] = [];
  const onLine = (line: string): number => lines.push(line);
  const result = await runCommand(process.execPath, NODE_SCRIPT, { signal: AbortSignal.abort(), onLine });
  expect(result.code).not.toBe(0);
  expect(lines).toEqual([]);
});

test('stopping ends every command and its children', async () => {
  const pids: number[] = [];
  const told = new Promise<void>((resolve) => {
    void runCommand('sh', ['-c', 'sleep 300 & echo $$ $!; wait'], {
      onLine: (line) => {
        pids.push(...line.split(' ').map(Number));
        resolve();
      },
    });
  });
  await told;
  expect(pids.filter(runs)).toHaveLength(2);
  await stopCommands();
  expect(await gone(pids)).toBe(true);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)(
  '%s to a process that hears it ends its command first, then itself with %i',
  async (signal, code) => {
    const { program, pids } = await start('handled');
    expect(pids.filter(runs)).toHaveLength(2);
    const ended = end(program);
    program.kill(signal);
    program.kill(signal);
    expect(await ended).toBe(code);
    expect(pids.filter(runs)).toEqual([]);
  },
  20_000,
);

test.each(['SIGINT', 'SIGHUP', 'SIGKILL'] as const)(
  '%s to a process that is deaf leaves nothing either',
  async (signal) => {
    const { program, pids } = await start('deaf');
    expect(pids.filter(runs)).toHaveLength(2);
    const ended = end(program);
    program.kill(signal);
    await ended;
    expect(await gone(pids)).toBe(true);
  },
  20_000,
);
