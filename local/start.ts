import { type ChildProcess, spawn } from 'node:child_process';
import * as path from 'node:path';
import {
  cloudGone,
  exit,
  exitOnSignal,
  HeldPort,
  installCloud,
  makeCertificate,
  NODE,
  PROJECT_ROOT,
  removeFolder,
  runFolder,
  stopCommands,
} from './cloud';
import { LocalError } from './local-error';
import { HELP, readOptions } from './options';
import type { RunPlan } from './run';

/** How often this process looks whether the one that started it is still there. */
const PARENT_CHECK_MS = 1_000;
/** How long the run has to stop what it started, once it was told to. */
const STOP_TIMEOUT_MS = 15_000;

let run: ChildProcess | undefined;
let folder: string | undefined;

/**
 * What `npm start` runs: installs the embedded cloud, makes this run's certificate, and starts `run.ts` on the Node
 * that functions are deployed on. A process of its own, since Node reads extra certificates only when it starts.
 */
async function main(): Promise<number> {
  // Before anything is started: from here on a signal leaves nothing behind, whenever it comes.
  exitOnSignal(stop);
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    console.log(HELP);
    return 0;
  }
  // The run holds it; but nobody should wait for an installation to learn that it is taken.
  if (options.port !== undefined) await (await HeldPort.hold('the storefront', options.port)).release();
  const started = Date.now();
  await installCloud((text) => console.log(text));
  folder = runFolder();
  const certificate = await makeCertificate(folder);
  try {
    const installMs = Date.now() - started;
    const packagesMs = packagesTime();
    return await runAs({ options, folder, certificate, startedAt: performance.timeOrigin, installMs, packagesMs });
  } finally {
    await cleanUp();
  }
}

/** What setup.mjs measured, if it had packages to install. */
function packagesTime(): number | undefined {
  const ms = Number(process.env['BREAKWATER_NPM_CI_MS']);
  return ms > 0 ? ms : undefined;
}

/** Ends whatever has been started, and removes what it wrote. */
async function stop(): Promise<void> {
  await Promise.all([stopCommands(), stopRun()]);
  await cleanUp();
}

async function cleanUp(): Promise<void> {
  if (folder === undefined) return;
  // A run that crashed leaves its cloud to the watchdog.
  await cloudGone(folder);
  removeFolder(folder);
}

function runAs(plan: RunPlan): Promise<number> {
  const child = spawn(NODE, ['--import', 'tsx', path.join(__dirname, 'run.ts')], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, NODE_EXTRA_CA_CERTS: plan.certificate.certificate, NODE_NO_WARNINGS: '1' },
    // The channel closes when this process ends, however it ends; the run then stops everything by itself.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  run = child;
  child.send(plan);

  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && void stopRun(), PARENT_CHECK_MS).unref();
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`error: ${error.message}`);
      resolve(1);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** Tells the run to stop and waits until it has. */
async function stopRun(): Promise<void> {
  const child = run;
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  if (child.connected) child.send('stop');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

main().then(exit, (error: unknown) => {
  console.error(error instanceof LocalError ? `error: ${error.message}` : error);
  exit(1);
});
