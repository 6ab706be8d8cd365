import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';

/** Stands for npm: what it installs is a loader that tells what it was handed, and ends. */
const NPM = `
  const { mkdirSync, writeFileSync } = require('node:fs');
  mkdirSync('node_modules/tsx', { recursive: true });
  writeFileSync('node_modules/tsx/package.json', '{"main":"index.js"}');
  writeFileSync('node_modules/tsx/index.js', 'console.log("ms=" + process.env.BREAKWATER_NPM_CI_MS); process.exit(0)');
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'clone-'));
  mkdirSync(path.join(folder, 'scripts'));
  copyFileSync(path.resolve('scripts/setup.mjs'), path.join(folder, 'scripts', 'setup.mjs'));
  writeFileSync(path.join(folder, 'package-lock.json'), '{"packages":{}}');
  writeFileSync(path.join(folder, 'npm.js'), NPM);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What the command was handed. */
function start(): string {
  const env = { ...process.env, npm_execpath: path.join(folder, 'npm.js'), BREAKWATER_NPM_CI_MS: '7' };
  return spawnSync(process.execPath, ['scripts/setup.mjs', 'start'], { cwd: folder, encoding: 'utf8', env }).stdout;
}

test('the run is told how long npm ci took, and nothing when there was nothing to install', () => {
  expect(start()).toMatch(/Installed in \d+\.\d s\.\nms=\d+\n$/);
  expect(start()).toBe('ms=undefined\n');
}, 60_000);

test.each(['test', 'check', 'languages', 'simulate', 'kills', 'bench', 'capacity:demo'])(
  '%s --help prints its help and neither installs nor runs',
  (command) => {
    const env = { ...process.env, npm_execpath: path.join(folder, 'npm.js') };
    const { stdout, status } = spawnSync(process.execPath, ['scripts/setup.mjs', command, '--help'], {
      cwd: folder,
      encoding: 'utf8',
      env,
    });
    expect(stdout).toMatch(new RegExp(`^npm (run )?(-s )?${command}`));
    expect(stdout).not.toContain('Install');
    expect(status).toBe(0);
    expect(existsSync(path.join(folder, 'node_modules'))).toBe(false);
  },
);

test('npm pack installs what it needs, so it works on a fresh clone', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  expect(scripts['prepack']).toBe('node scripts/setup.mjs pack');
});

test('every command that README names installs what it needs by itself', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const readme = readFileSync('README.md', 'utf8');
  const named = [...readme.matchAll(/npm (?:run (?:-s )?)?(start|test|(?<=run (?:-s )?)[a-z:]+)/g)].map(
    ([, name]) => name!,
  );
  const { stderr } = spawnSync(process.execPath, ['scripts/setup.mjs'], { encoding: 'utf8' });
  const known = /setup\.mjs (\S+)/.exec(stderr)?.[1]?.split('|');
  expect(named).toEqual(expect.arrayContaining(['start', 'test', 'bench', 'capacity', 'preflight', 'capacity:demo']));
  for (const name of new Set(named)) {
    expect({ name, script: scripts[name] }).toEqual({ name, script: `node scripts/setup.mjs ${name}` });
    expect(known).toContain(name);
  }
});
