import { type ChildProcess, spawn } from 'node:child_process';
import * as path from 'node:path';
import {
  cloudGone,
  exit,
  exitOnSignal,
  installCloud,
  makeCertificate,
  NODE,
  PROJECT_ROOT,
  removeFolder,
  runFolder,
  stopCommands,
} from '../../local/cloud';
import { LocalError } from '../../local/local-error';

/** How long jest has to end, once it was told to. */
const STOP_TIMEOUT_MS = 5_000;

let jest: ChildProcess | undefined;
let folder: string | undefined;

/**
 * Runs the end-to-end tests on the Node that functions are deployed on. A process of its own, since Node reads the certificate
 * of the embedded cloud only when it starts. Further arguments are jest's.
 */
async function main(): Promise<number> {
  exitOnSignal(stop);
  await installCloud((text) => console.error(text));
  folder = runFolder();
  try {
    const { certificate } = await makeCertificate(folder);
    return await runJest(folder, certificate);
  } finally {
    await cleanUp();
  }
}

function runJest(runs: string, certificate: string): Promise<number> {
  const program = path.join(PROJECT_ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  const child = spawn(NODE, [program, '--config', 'jest.e2e.config.json', '--runInBand', ...process.argv.slice(2)], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate, NODE_NO_WARNINGS: '1', BREAKWATER_E2E_FOLDER: runs },
    stdio: 'inherit',
  });
  jest = child;
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** Ends jest; the watchdogs of the cloud and of the CLI end with it, since tests can't hear a signal. */
async function stop(): Promise<void> {
  await stopCommands();
  const child = jest;
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }
  await cleanUp();
}

async function cleanUp(): Promise<void> {
  if (folder === undefined) return;
  await cloudGone(folder);
  removeFolder(folder);
}

main().then(exit, (error: unknown) => {
  console.error(error instanceof LocalError ? `error: ${error.message}` : error);
  exit(1);
});
