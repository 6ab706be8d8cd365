import { spawn } from 'node:child_process';
import * as path from 'node:path';
import {
  claimPort,
  freePort,
  installCloud,
  makeCertificate,
  NODE,
  PROJECT_ROOT,
  removeFolder,
  runFolder,
} from './cloud';
import { LocalError } from './local-error';
import { readOptions } from './options';
import type { RunPlan } from './run';

/** How often this process looks whether the one that started it is still there. */
const PARENT_CHECK_MS = 1_000;
/** How long the run has to stop what it started, once it was told to. */
const STOP_TIMEOUT_MS = 20_000;

/**
 * What `npm start` runs: installs the embedded cloud, makes this run's certificate, and starts `run.ts` on the Node
 * that functions are deployed on. A process of its own, since Node reads extra certificates only when it starts.
 */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const edgePort = options.port === undefined ? await freePort() : await claimPort(options.port, '--port');
  const started = Date.now();
  await installCloud((text) => console.log(text));
  const folder = runFolder();
  process.once('exit', () => removeFolder(folder));
  const certificate = await makeCertificate(folder);
  const plan: RunPlan = { options, edgePort, folder, certificate, installMs: Date.now() - started };
  return runAs(plan);
}

function runAs(plan: RunPlan): Promise<number> {
  const child = spawn(NODE, ['--import', 'tsx', path.join(__dirname, 'run.ts')], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, NODE_EXTRA_CA_CERTS: plan.certificate.certificate, NODE_NO_WARNINGS: '1' },
    // The channel closes when this process ends, however it ends; the run then stops everything by itself.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.send(plan);

  const stop = (): void => {
    if (child.connected) child.send('stop');
    setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS).unref();
  };
  // Ctrl-C reaches both processes; the run answers to it, and this one waits for the run.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && stop(), PARENT_CHECK_MS).unref();
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`error: ${error.message}`);
      resolve(1);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof LocalError ? `error: ${error.message}` : error);
    process.exit(1);
  },
);
