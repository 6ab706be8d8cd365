#!/usr/bin/env node
/**
 * Starts each command of README. It checks the version of Node.js, installs the locked packages if
 * they are missing or outdated, and then runs the command. It imports only modules of Node.js,
 * because a fresh clone has no packages.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = [20, 20, 0];
const COMMANDS = {
  start: ['--import', 'tsx', 'shop/start.ts'],
  picture: ['--import', 'tsx', 'shop/picture/index.ts'],
  test: ['--import', 'tsx', 'scripts/test.ts'],
  check: ['--import', 'tsx', 'scripts/test.ts', '--only', 'lint,types,unit'],
  pack: ['--import', 'tsx', 'scripts/build.ts'],
  languages: ['--import', 'tsx', 'scripts/languages.ts'],
  simulate: ['--import', 'tsx', 'scripts/simulate.ts'],
  kills: ['--import', 'tsx', 'scripts/kills.ts'],
  bench: ['--import', 'tsx', 'bench/index.ts'],
  preflight: ['--import', 'tsx', 'cli/index.ts', 'preflight'],
  capacity: ['--import', 'tsx', 'cli/index.ts', 'capacity'],
  'capacity:demo': ['--import', 'tsx', 'test/e2e/launch.ts', '--story', 'capacity.test'],
};
/** Help texts of the commands that don't parse options themselves. */
const HELP = {
  test: `npm test [-- --only STEP,STEP | --list]

Runs every check: types, lint, unit tests, scanners, the package, and a deployment on the local AWS emulator.
  --only STEP,STEP   these steps and the steps that they need
  --list             lists the steps`,
  check: `npm run check

Types, lint and unit tests. On 2 cores they take 3 minutes.`,
  picture: `npm run picture [-- FILE]

Draws docs/images/day-of-sales.svg from the record of a run: shop/picture/day-of-sales.json, or FILE. 'npm start -- --record FILE' writes a record.`,
  languages: `npm run languages

Builds the Python package and compares the templates of examples/python in Python and TypeScript. It takes some minutes.`,
  simulate: `npm run simulate [-- NUMBER]

Runs the simulated histories of workers, relay and steps with NUMBER seeds, by default 300. It takes some minutes.`,
  kills: `npm run kills [-- --count NUMBER] [--seed NUMBER] [--kind standard|fifo]

Sends messages to workers on the local AWS emulator, kills processes of the workers and of the relay, and throttles
calls. Then it checks that each message took effect once, or is held. It prints the seed. 10,000 messages for each kind
of queue take about half an hour.
  --count NUMBER     messages for each kind of queue, from 100 to 100000 (default 10000)
  --seed NUMBER      seed of the messages, kills and faults (default: another one each time)
  --kind NAME        this kind of queue only`,
  bench: `npm run -s bench [-- NAME [--quick] [--trace FILE] [--traces FOLDER] [--lead MINUTES]]

Without NAME it lists the benchmarks. The last line of a run is one JSON object.
  --quick            fewer rounds, at most 45 seconds
  --trace FILE       prediction: judges this series
  --traces FOLDER    prediction: a folder with further series
  --lead MINUTES     prediction: this lead time only`,
  'capacity:demo': `npm run capacity:demo

Deploys an app with predictive scaling on the local AWS emulator and shows the control loop, minute by minute.
It takes about two minutes and has no options.`,
};
const NETWORK_ERROR =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b/;

const root = fileURLToPath(new URL('..', import.meta.url));
const lockFile = join(root, 'package-lock.json');
const stampFile = join(root, 'node_modules', '.breakwater-lock');

/** Prints one line with the error and its correction, and exits. */
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

/**
 * Whether npm's list of installed packages equals the lock file, except for packages of other
 * platforms.
 */
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

/**
 * Runs `npm ci` if necessary. Returns its duration in milliseconds, or undefined if everything was
 * installed.
 */
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

/**
 * Starts the command with the same terminal, passes signals to it, and exits with its exit code or
 * signal.
 */
function handOver(command, args, installMs) {
  const env = { ...process.env };
  delete env.BREAKWATER_NPM_CI_MS;
  // The command reports the duration of the whole run, so it needs the duration of the
  // installation.
  if (installMs !== undefined) env.BREAKWATER_NPM_CI_MS = String(installMs);
  const child = spawn(process.execPath, [...COMMANDS[command], ...args], { cwd: root, stdio: 'inherit', env });
  // This process waits for the child, which needs time to stop its own processes. At Ctrl-C the
  // child gets the signal twice, from the terminal and from here, and ignores the second one.
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
if (Object.hasOwn(HELP, command) && args.some((argument) => argument === '--help' || argument === '-h')) {
  console.log(HELP[command]);
  process.exit(0);
}
checkNode();
handOver(command, args, install());
