import { type ChildProcess, spawn } from 'node:child_process';
import {
  type CertificateFiles,
  cloudGone,
  exitOnSignal,
  HeldPort,
  installCloud,
  makeCertificate,
  NODE,
  removeFolder,
  runFolder,
  stopCommands,
} from './cloud';

/** Plan that `launch` passes to the program it starts. */
export interface LaunchPlan<Options> {
  readonly options: Options;
  /** Folder of this run. It is removed when the run ends. */
  readonly folder: string;
  readonly certificate: CertificateFiles;
  /** Start of the run, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Duration of the emulator's installation, in milliseconds. */
  readonly installMs: number;
  /** Duration of `npm ci` before the run, in milliseconds. Undefined if it didn't run. */
  readonly packagesMs?: number;
}

export interface LaunchProps<Options> {
  /** Arguments of Node that start the program. The program calls `onLaunch`. */
  readonly program: readonly string[];
  /** Options for the program. They must be JSON values. */
  readonly options: Options;
  /**
   * Port that must be free.
   * @default - none
   */
  readonly port?: number;
}

/** Interval at which this process checks whether its parent still runs. */
const PARENT_CHECK_MS = 1_000;
/** Environment variable that is set for a launched program. */
const LAUNCHED = 'BREAKWATER_LAUNCHED';
/** Maximum time for the program to stop its own processes. */
const STOP_TIMEOUT_MS = 15_000;

let run: ChildProcess | undefined;
let folder: string | undefined;

/**
 * Installs the local AWS emulator, makes a certificate for this run, and starts a program on the
 * Node version that functions are deployed on. The program is a process of its own, because Node.js
 * reads extra certificates only at the start of a process.
 * @returns the program's exit code
 * @throws LocalError if the port is taken or the installation fails
 */
export async function launch<Options>({ program, options, port }: LaunchProps<Options>): Promise<number> {
  // The handlers are installed first, so that a signal during the installation also stops all
  // processes and removes their files.
  exitOnSignal(stop);
  // The program reserves the port later. This check fails early, before a long installation.
  if (port !== undefined) await (await HeldPort.hold('the distribution', port)).release();
  const started = Date.now();
  await installCloud((text) => console.log(text));
  folder = runFolder();
  const certificate = await makeCertificate(folder);
  try {
    return await runProgram(program, {
      options,
      folder,
      certificate,
      startedAt: performance.timeOrigin,
      installMs: Date.now() - started,
      packagesMs: packagesTime(),
    });
  } finally {
    await cleanUp();
  }
}

/** Whether `launch` started this process. */
export function isLaunched(): boolean {
  return process.env[LAUNCHED] !== undefined && process.send !== undefined;
}

/** Milliseconds that scripts/setup.mjs measured for `npm ci`. */
function packagesTime(): number | undefined {
  const ms = Number(process.env['BREAKWATER_NPM_CI_MS']);
  return ms > 0 ? ms : undefined;
}

/** Ends all started processes, and removes their files. */
async function stop(): Promise<void> {
  await Promise.all([stopCommands(), stopRun()]);
  await cleanUp();
}

async function cleanUp(): Promise<void> {
  if (folder === undefined) return;
  // If the program has crashed, the watchdog ends the emulator.
  await cloudGone(folder);
  removeFolder(folder);
}

function runProgram(program: readonly string[], plan: LaunchPlan<unknown>): Promise<number> {
  const { certificate, trusted = certificate } = plan.certificate;
  const child = spawn(NODE, program, {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: trusted, NODE_NO_WARNINGS: '1', [LAUNCHED]: '1' },
    // The IPC channel closes if this process ends. The program then stops itself.
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

/**
 * Asks the program to stop, and waits until it has ended. After 15 seconds the program is killed.
 */
async function stopRun(): Promise<void> {
  const child = run;
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  if (child.connected) child.send('stop');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}
