import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const MODULE = 'bin/compile-cache.ts';
const CACHE = 'node_modules/.cache/cdk-breakwater';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'compile-cache-'));
  write('package.json', '{"type":"commonjs"}');
  write('node_modules/greeting/index.js', "exports.hello = () => require('./name.js') + require.resolve('./name.js');");
  write('node_modules/greeting/name.js', "module.exports = 'moon ';");
  write('bin/app.ts', "import './compile-cache';\nimport { hello } from 'greeting';\nconsole.log(hello());\n");
  copyFileSync(resolve(MODULE), join(root, MODULE));
});

afterEach(() => rmSync(root, { recursive: true }));

function write(name: string, content: string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), content);
}

function run(env: Record<string, string> = { CDK_OUTDIR: 'cdk.out' }): string {
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', require.resolve('tsx'), 'bin/app.ts'], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  });
  return stderr + stdout;
}

function kept(): string[] {
  return readdirSync(join(root, CACHE), { recursive: true, encoding: 'utf8' }).sort();
}

test('code is kept from the second synth on, and a third runs it as it was', () => {
  const said = `moon ${join(root, 'node_modules/greeting/name.js')}\n`;
  expect(run()).toBe(said);
  mkdirSync(join(root, CACHE), { recursive: true });
  expect(run()).toBe(said);
  const files = kept();
  expect(files).not.toEqual([]);
  const written = files.map((file) => statSync(join(root, CACHE, file)).mtimeMs);
  expect(run()).toBe(said);
  expect(kept()).toEqual(files);
  expect(files.map((file) => statSync(join(root, CACHE, file)).mtimeMs)).toEqual(written);
});

test('an edit of the same length is seen', () => {
  mkdirSync(join(root, CACHE), { recursive: true });
  expect(run()).toMatch(/^moon /);
  write('node_modules/greeting/name.js', "module.exports = 'mars ';");
  expect(run()).toMatch(/^mars /);
  expect(run()).toMatch(/^mars /);
});

test('a file that is not ours is written anew', () => {
  mkdirSync(join(root, CACHE), { recursive: true });
  expect(run()).toMatch(/^moon /);
  for (const file of kept().filter((name) => statSync(join(root, CACHE, name)).isFile()))
    write(join(CACHE, file), 'torn');
  expect(run()).toMatch(/^moon /);
  expect(run()).toMatch(/^moon /);
});

test('what the CLI did not start keeps nothing', () => {
  mkdirSync(join(root, CACHE), { recursive: true });
  expect(run({})).toMatch(/^moon /);
  expect(kept()).toEqual([]);
});
