import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CACHE_ROOT, functionProcesses } from '../../local/cloud';
import { PROJECT_ROOT } from './project-root';

/**
 * `npx breakwater dev` in an app of its own, from source. The app lies inside of the repository, where it finds the library and its
 * packages.
 */
const APP = path.join(PROJECT_ROOT, '.breakwater', 'test', 'dev-app');
const COMMAND = ['--import', 'tsx', path.join(PROJECT_ROOT, 'cli', 'index.ts'), 'dev'];

let output = '';
let child: ChildProcess;

function start(...args: string[]): ChildProcess {
  output = '';
  // The run gets a terminal's environment, not that of jest.
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const started = spawn(process.execPath, [...COMMAND, ...args], { cwd: APP, env });
  for (const stream of [started.stdout, started.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return started;
}

const ended = (one: ChildProcess) => new Promise<number | null>((resolve) => one.once('exit', resolve));

async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const give = Date.now() + 60_000; Date.now() < give; await sleep(20)) {
    const found = await look();
    if (found !== undefined) return found;
    if (child.exitCode !== null) break;
  }
  throw new Error(`${what} must happen, got:\n${output}`);
}

const shown = (text: string | RegExp) =>
  until(`the output of ${text}`, () => (output.search(text) >= 0 ? true : undefined));

const url = (name: string): string => new RegExp(`(http://localhost:\\d+)  Dev/${name}[/ ]`).exec(output)![1]!;
const get = async (name: string, where = '/') => (await fetch(`${url(name)}${where}`)).text();
const answers = (name: string, text: string) =>
  until(`${name} answering ${text}`, async () => ((await get(name)).includes(text) ? true : undefined));

function edit(file: string, from: string, to: string): void {
  const place = path.join(APP, file);
  const before = readFileSync(place, 'utf8');
  expect(before).toContain(from);
  writeFileSync(place, before.replaceAll(from, to));
}

beforeAll(() => {
  rmSync(APP, { recursive: true, force: true });
  cpSync(path.join(__dirname, 'dev-app'), APP, { recursive: true });
  // The CDK's bundling wants a lock file above its entries.
  writeFileSync(path.join(APP, 'package-lock.json'), '{}');
  writeFileSync(path.join(APP, 'cdk.json'), JSON.stringify({ app: 'node --import tsx app.ts' }));
  // From the folder of the copy to the library.
  edit('app.ts', "'../../../lib'", "'../../../lib/index'");
});

test('--once runs a command beside the app and ends with its code; functions find the SDK and nothing else', async () => {
  child = start('--once', '--', 'node', 'print.mjs');
  const code = await ended(child);
  const printed = output.split('\n').find((line) => line.startsWith('{'));
  expect([code, printed === undefined ? output : 'printed']).toEqual([7, 'printed']);
  const { outputs, answers: got, ...env } = JSON.parse(printed!);
  expect(outputs.AliasedUrl).toMatch(/^http:\/\/localhost:\d+\/$/);
  expect(got.AliasedUrl).toBe('v1');
  expect(JSON.parse(got.PlainUrl)).toEqual({
    version: 'p1',
    mark: 'first',
    client: 'function',
    climbed: 'none',
    options: '--enable-source-maps',
  });
  expect(got.BundledUrl).toBe('b1 function');
  expect(env).toEqual({
    BREAKWATER_URL: expect.stringMatching(/^http:\/\/localhost:\d+$/),
    AWS_ENDPOINT_URL: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
  });
  // Errors of functions are shown, and the kept log has all of their lines.
  expect(output).toMatch(/Aliased +ERROR Error: it fails here\n.* at .*\(handlers\/hello\.ts:7:/);
  expect(output).not.toContain('greeted');
  const keptLog = readFileSync(path.join(CACHE_ROOT, 'last-cloud.log'), 'utf8');
  expect(keptLog).toMatch(/Aliased +ERROR Error: it fails here/);
  expect(keptLog).toContain('greeted VERSION=v1');
});

describe('while it runs', () => {
  let folder: string;
  beforeAll(async () => {
    child = start();
    await shown('Watching for changes');
    folder = path.join(CACHE_ROOT, `run-${child.pid}`);
  });

  afterAll(async () => {
    if (child.exitCode === null) child.kill('SIGKILL');
  });

  test('new code of each kind of function goes live, and what was begun is answered by the old', async () => {
    expect(await get('Edge')).toContain('p1');
    const begun = get('Aliased', '/slow');
    await sleep(300);
    edit('handlers/hello.ts', "'v1'", "'v2'");
    await answers('Aliased', 'v2');
    expect(await begun).toBe('v1');
    // Without an alias the emulator would end what runs. A cold start might take the whole second of waiting.
    await get('Plain');
    const begunWithout = get('Plain', '/slow');
    await sleep(100);
    edit('plain/index.js', "'p1'", "'p2'");
    expect(JSON.parse(await begunWithout)).toMatchObject({ version: 'p1' });
    edit('plain/bundled.ts', 'b1', 'b2');
    await answers('Plain', 'p2');
    // The distribution's cache doesn't keep the old answer.
    await answers('Edge', 'p2');
    await answers('Bundled', 'b2');
  });

  test('a syntax error is shown with its place while the old code goes on; undone, nothing changes', async () => {
    edit('handlers/hello.ts', "const VERSION = 'v2';", 'const VERSION = ;');
    await shown(/handlers\/hello\.ts:3:17: /);
    expect(await get('Aliased')).toBe('v2');
    edit('handlers/hello.ts', 'const VERSION = ;', "const VERSION = 'v2';");
    await shown('Aliased: the code can be built again, and is the code that runs');
    edit('handlers/hello.ts', "const VERSION = 'v2';", 'const VERSION = ;');
    edit('handlers/hello.ts', 'const VERSION = ;', "const VERSION = 'v3';");
    await answers('Aliased', 'v3');
    edit('handlers/hello.ts', "'v3'", "'v1'");
    await answers('Aliased', 'v1');
  });

  test('logs are shown with the name of the module, and errors with their place in the source', async () => {
    await get('Aliased', '/fail');
    await shown(/Aliased +ERROR Error: it fails here\n.* at .*\(handlers\/hello\.ts:7:/);
    await shown(/Aliased +greeted VERSION=v1/);
  });

  test('code that does not load is shown with its reason', async () => {
    edit(
      'handlers/hello.ts',
      "const VERSION = 'v1';",
      "const VERSION = 'v1'; if (VERSION) throw new Error('no VERSION');",
    );
    await until('a failed start', async () => ((await get('Aliased')).includes('no VERSION') ? true : undefined));
    await shown(/Aliased +ERROR Error: the function could not start: no VERSION/);
    edit('handlers/hello.ts', " if (VERSION) throw new Error('no VERSION');", '');
    await answers('Aliased', 'v1');
  });

  test('a changed stack is deployed, and code that went live before stays', async () => {
    edit('plain/index.js', "'p2'", "'p3'");
    await answers('Plain', 'p3');
    edit('app.ts', "MARK: 'first'", "MARK: 'second'");
    await answers('Plain', 'second');
    expect(JSON.parse(await get('Plain'))).toMatchObject({ version: 'p3', mark: 'second' });
    edit('plain/index.js', "'p3'", "'p1'");
    await answers('Plain', 'p1');
  });

  test('no process of old code is left', async () => {
    for (const version of ['v4', 'v5', 'v6', 'v7', 'v8']) {
      edit(
        'handlers/hello.ts',
        /'v\d'/.exec(readFileSync(path.join(APP, 'handlers/hello.ts'), 'utf8'))![0],
        `'${version}'`,
      );
      await answers('Aliased', version);
    }
    await until('one process of each function', async () => {
      const names = (await functionProcesses(folder)).map(({ functionName }) => functionName);
      return names.filter((name) => name.includes('Aliased')).length === 1 ? true : undefined;
    });
  });

  test('Ctrl-C leaves no process and no folder behind', async () => {
    child.kill('SIGINT');
    expect(await ended(child)).toBe(130);
    expect(await functionProcesses(folder)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });
});
