#!/usr/bin/env node
/**
 * What README's commands run first. It uses nothing but Node, since on a fresh clone nothing else is there:
 * checks Node's version, installs the locked packages if they are missing or older than package-lock.json, and hands over.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = [20, 20, 0];
const COMMANDS = {
  start: ['--import', 'tsx', 'shop/start.ts'],
  test: ['--import', 'tsx', 'scripts/test.ts'],
  check: ['--import', 'tsx', 'scripts/test.ts', '--only', 'lint,types,unit'],
  bench: ['--import', 'tsx', 'bench/index.ts'],
  preflight: ['--import', 'tsx', 'cli/preflight/index.ts'],
  capacity: ['--import', 'tsx', 'cli/capacity/index.ts'],
  'capacity:demo': ['--import', 'tsx', 'test/e2e/launch.ts', '--story', 'capacity.test'],
};
const NETWORK_ERROR =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b/;

const root = fileURLToPath(new URL('..', import.meta.url));
const lockFile = join(root, 'package-lock.json');
const stampFile = join(root, 'node_modules', '.breakwater-lock');

/** One line that says what is wrong and what to do, and the end. */
function fail(line) {
  console.error(line);
  process.exit(1);
}

function checkNode() {
  const version = process.versions.node.split('.').map(Number);
  const at = version.findIndex((part, i) => part !== OLDEST_NODE[i]);
  if (at >= 0 && at < 3 && version[at] < OLDEST_NODE[at]) {
    fail(
      `Node ${OLDEST_NODE.join('.')} or newer is needed, this is ${process.versions.node}: install a newer one and try again.`,
    );
  }
}

function lockHash() {
  return createHash('sha256').update(readFileSync(lockFile)).digest('hex');
}

/** Whether what npm says it installed is what the lock file wants; packages for other machines may be absent. */
function installedAsLocked() {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const installed = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    const there = installed[path];
    return path === '' || (there === undefined ? optional === true : there.version === version);
  });
}

function npmCi() {
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const options = { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024 };
  return npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
}

/** Milliseconds that `npm ci` took; undefined if nothing was to be installed. */
function install() {
  if (!existsSync(lockFile)) fail('package-lock.json is missing: restore it with `git checkout package-lock.json`.');
  const hash = lockHash();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hash) return undefined;
  let ms;
  if (!installedAsLocked()) {
    console.log('Installing the locked packages (npm ci): a minute or less...');
    const started = Date.now();
    const { status, error, stdout, stderr } = npmCi();
    const output = `${stdout ?? ''}${stderr ?? ''}`;
    if (error?.code === 'ENOENT') fail('npm was not found: install Node with npm, or put npm on the PATH.');
    if (status !== 0) {
      const network = NETWORK_ERROR.exec(output);
      if (network)
        fail(
          `The package registry can't be reached (${network[1]}): check the network or npm's registry and proxy settings.`,
        );
      console.error(output.trim().split('\n').slice(0, 20).join('\n'));
      fail('Installing the locked packages failed: npm says why above.');
    }
    ms = Date.now() - started;
    console.log(`Installed in ${(ms / 1000).toFixed(1)} s.`);
  }
  writeFileSync(stampFile, hash);
  return ms;
}

/** Runs the command in this one's place: same terminal, same signals, same end. */
function handOver(command, args, installMs) {
  const env = { ...process.env };
  delete env.BREAKWATER_NPM_CI_MS;
  // Whoever says at the end how long everything took can't have measured this.
  if (installMs !== undefined) env.BREAKWATER_NPM_CI_MS = String(installMs);
  const child = spawn(process.execPath, [...COMMANDS[command], ...args], { cwd: root, stdio: 'inherit', env });
  // The child needs time to stop what it started, so this one outlives it. Ctrl-C reaches it by itself as well: it hears the first one only.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`${command} can't be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 1;
    if (signal) console.error(`${command} was ended by ${signal}.`);
  });
}

const [command, ...args] = process.argv.slice(2);
if (!Object.hasOwn(COMMANDS, command ?? ''))
  fail(`usage: node scripts/setup.mjs ${Object.keys(COMMANDS).join('|')} [options]`);
checkNode();
handOver(command, args, install());
