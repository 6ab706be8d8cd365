import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import * as path from 'node:path';
import {
  cloudGone,
  exit,
  exitOnSignal,
  installCloud,
  makeCertificate,
  NODE,
  removeFolder,
  runFolder,
  stopCommands,
} from '../../local/cloud';
import { LocalError } from '../../local/local-error';
import { PROJECT_ROOT } from './project-root';

/** Option of `npm run capacity:demo`: prints each step, keeps the files, and leaves out jest's own output. */
const STORY = '--story';
const STORY_FOLDER = path.join(PROJECT_ROOT, '.breakwater', 'capacity-demo');
const STORY_FILES = {
  'minutes.csv': 'the table',
  'floor-controller.jsonl': 'logs of its runs',
  'auto-scaling.txt': 'requests to the fake of Application Auto Scaling',
  'cloud.log': 'the emulator and its functions',
};
const STORY_REPORTER = path.join(__dirname, 'story-reporter.cjs');

/** Time for jest to end after SIGTERM. */
const STOP_TIMEOUT_MS = 5_000;

let jest: ChildProcess | undefined;
let folder: string | undefined;

/**
 * Runs the end-to-end tests on the Node version that functions are deployed on. Jest is a process of its own, because Node reads
 * the emulator's certificate only when it starts. `--story` is for `npm run capacity:demo`; further arguments are jest's.
 */
async function main(): Promise<number> {
  exitOnSignal(stop);
  await installCloud((text) => console.error(text));
  folder = runFolder();
  try {
    const { certificate } = await makeCertificate(folder);
    const args = process.argv.slice(2);
    if (!args.includes(STORY)) return await runJest(folder, certificate, args);
    removeFolder(STORY_FOLDER);
    const rest = args.filter((arg) => arg !== STORY);
    const story = { BREAKWATER_E2E_STORY: STORY_FOLDER };
    const code = await runJest(folder, certificate, [...rest, '--reporters', STORY_REPORTER], story);
    keepLog(folder);
    return code;
  } finally {
    await cleanUp();
  }
}

/** Keeps the emulator's log, which would be removed with the run's folder, and lists the kept files. */
function keepLog(runs: string): void {
  const log = path.join(runs, 'cloud.log');
  mkdirSync(STORY_FOLDER, { recursive: true });
  if (existsSync(log)) copyFileSync(log, path.join(STORY_FOLDER, 'cloud.log'));
  const files = Object.entries(STORY_FILES)
    .filter(([file]) => existsSync(path.join(STORY_FOLDER, file)))
    .map(([file, what]) => `${file} (${what})`);
  console.log(`In ${path.relative(PROJECT_ROOT, STORY_FOLDER)}:\n  ${files.join(', ')}`);
}

function runJest(
  runs: string,
  certificate: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const program = path.join(PROJECT_ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  const child = spawn(NODE, [program, '--config', 'jest.e2e.config.json', '--runInBand', ...args], {
    cwd: PROJECT_ROOT,
    env: {
      ...process.env,
      ...env,
      NODE_EXTRA_CA_CERTS: certificate,
      NODE_NO_WARNINGS: '1',
      BREAKWATER_E2E_FOLDER: runs,
    },
    stdio: 'inherit',
  });
  jest = child;
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** Ends jest. The watchdogs of the emulator and of the CLI end with it, because tests receive no signals. */
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
