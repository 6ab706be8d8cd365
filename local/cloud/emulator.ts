import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import * as path from 'node:path';
import { Environment } from '../../lib/protocol';
import { LocalError } from '../local-error';
import type { CertificateFiles } from './certificate';
import { isAlive, NODE, PYTHON, PYTHON_BIN, SDK_HOME } from './paths';
import { HeldPort } from './ports';
import { killGroup } from './run-command';

export const LOCAL_REGION = 'us-east-1';
export const LOCAL_ACCOUNT = '000000000000';
/**
 * Factor on the timeouts of functions: they wait this many times longer for an answer of the
 * emulator than for an answer of AWS.
 */
const TIMEOUT_FACTOR = '8';
const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 8_000;
/**
 * Maximum number of starts, each on another port. A start fails if another program takes its port.
 */
const MAX_STARTS = 3;
const PORT_TAKEN = /already in use|Errno 98|Errno 48/i;
/** File in the run folder with the process id of the watchdog. */
const PID_FILE = 'cloud.pid';
/**
 * Folders of system programs. Functions inherit the PATH, so it contains no other folders of this
 * machine.
 */
const SYSTEM_PATH = ['/usr/local/bin', '/usr/bin', '/bin'];
/**
 * Scopes of packages that AWS's runtimes contain. Functions find no other package outside of their
 * code.
 */
const SDK_SCOPES = ['@aws-sdk', '@smithy'];
/** Name of the socket of serve.py in the run folder. */
const SOCKET = 'serve.sock';

export interface EmulatorProps {
  /** Folder of this run, for the emulator's state, the code of functions and the log. */
  readonly folder: string;
  readonly certificate: CertificateFiles;
  /** Called if the server ends although `stop` wasn't called. */
  readonly onLost?: (error: Error) => void;
  /** Aborts the start and ends the processes that it has started. */
  readonly signal?: AbortSignal;
}

/**
 * The local AWS emulator: one server process and the functions that it starts, under a watchdog.
 */
export class Emulator {
  /**
   * Starts the server on a free port and waits until it answers.
   * @throws LocalError with the last line of the log if it does not answer
   */
  public static async start(props: EmulatorProps): Promise<Emulator> {
    for (let attempt = 1; ; attempt++) {
      const held = await HeldPort.hold('the local AWS emulator');
      await held.release();
      const cloud = await Emulator.startAt(held.port, props);
      if (cloud !== undefined) return cloud;
      if (attempt === MAX_STARTS) throw notStarted('other programs have taken its ports; start again');
    }
  }

  /** @returns undefined if another program has taken the port before the server listened on it */
  private static async startAt(port: number, props: EmulatorProps): Promise<Emulator | undefined> {
    const logFile = path.join(props.folder, 'cloud.log');
    const socket = path.join(props.folder, SOCKET);
    // An emulator that ran in this folder before may have left its socket.
    rmSync(socket, { force: true });
    const command = [PYTHON, path.join(__dirname, 'serve.py'), socket];
    const watchdog = spawn(process.execPath, [path.join(__dirname, 'watchdog.mjs'), ...command], {
      env: serverEnvironment(props, port),
      cwd: props.folder,
      stdio: ['pipe', 'pipe', 'pipe'],
      // The terminal sends Ctrl-C to the whole process group. With its own group, the server runs
      // until this process stops it.
      detached: true,
    });
    writeFileSync(path.join(props.folder, PID_FILE), String(watchdog.pid));
    const log = createWriteStream(logFile, { mode: 0o600 });
    watchdog.stdout.pipe(log, { end: false });
    watchdog.stderr.pipe(log, { end: false });
    const cloud = new Emulator(`https://127.0.0.1:${port}`, watchdog, logFile);
    const deadline = Date.now() + READY_TIMEOUT_MS;
    const ca = readFileSync(props.certificate.certificate);
    while (!(await answers(port, ca))) {
      if (props.signal?.aborted || watchdog.exitCode !== null || Date.now() > deadline) {
        await cloud.stop();
        if (PORT_TAKEN.test(readLog(logFile))) return undefined;
        throw notStarted(lastLineOf(logFile));
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    watchdog.once('exit', () => {
      if (!cloud.stopping) props.onLost?.(new LocalError(`the local AWS emulator ended: ${lastLineOf(logFile)}`));
    });
    return cloud;
  }

  private stopping = false;

  private constructor(
    /** Address of every service. */
    public readonly endpoint: string,
    private readonly watchdog: ChildProcess,
    /** Output of the server and of the functions. */
    public readonly logFile: string,
  ) {}

  /**
   * Invocations that run now.
   * @param functionName physical name
   * @param qualifier version, or `$LATEST`
   * @default - all versions
   */
  public async running(functionName: string, qualifier?: string): Promise<number> {
    const counts = await this.ask('busy');
    const ofFunction = Object.entries(counts).filter(([key]) => {
      const [, , name, version] = key.split(':');
      return name === functionName && (qualifier === undefined || version === qualifier);
    });
    return ofFunction.reduce((sum, [, count]) => sum + count, 0);
  }

  /** Makes all later requests without a signature belong to this account. */
  public async useAccount(account: string): Promise<void> {
    await this.ask(`account ${account}`);
  }

  /** Sends a line to serve.py, and returns its answer. */
  private ask(line: string): Promise<Record<string, number>> {
    const socket = path.join(path.dirname(this.logFile), SOCKET);
    return new Promise((resolve, reject) => {
      let text = '';
      const connection = connect(socket, () => connection.write(`${line}\n`));
      connection
        .setEncoding('utf8')
        .on('data', (chunk: string) => {
          text += chunk;
        })
        .on('end', () => resolve(JSON.parse(text) as Record<string, number>))
        .on('error', reject);
    });
  }

  /** Ends the server and its functions. Returns when all their processes have ended. */
  public async stop(): Promise<void> {
    this.stopping = true;
    if (this.watchdog.exitCode !== null || this.watchdog.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => this.watchdog.once('exit', () => resolve()));
    this.watchdog.stdin?.end();
    const timer = setTimeout(() => killGroup(this.watchdog.pid, 'SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }
}

/**
 * The whole environment of the server. Functions inherit all of it. So it contains no variable of
 * this machine. Otherwise handlers would get this machine's credentials and proxies.
 */
export function serverEnvironment(
  props: Pick<EmulatorProps, 'folder' | 'certificate'>,
  port: number,
): NodeJS.ProcessEnv {
  const temporary = path.join(props.folder, 'tmp');
  const state = path.join(props.folder, 'state');
  mkdirSync(temporary, { recursive: true });
  mkdirSync(state, { recursive: true });
  linkSdk(temporary);
  const { certificate, key, trusted = certificate } = props.certificate;
  return {
    PATH: [nodeWrapper(props.folder), PYTHON_BIN, ...SYSTEM_PATH].join(path.delimiter),
    HOME: props.folder,
    TMPDIR: temporary,
    STATE_DIR: state,
    S3_DATA_DIR: path.join(state, 's3'),
    LANG: 'C.UTF-8',
    PYTHONUNBUFFERED: '1',
    // Python functions load sitecustomize.py from this folder.
    PYTHONPATH: path.join(__dirname, 'python'),
    // The folder of this file may be read-only, and belongs to a package or a repository.
    PYTHONDONTWRITEBYTECODE: '1',
    GATEWAY_PORT: String(port),
    BIND_HOST: '127.0.0.1',
    MINISTACK_HOST: '127.0.0.1',
    MINISTACK_REGION: LOCAL_REGION,
    MINISTACK_ACCOUNT_ID: LOCAL_ACCOUNT,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AUTH: 'true',
    USE_SSL: '1',
    MINISTACK_SSL_CERT: certificate,
    MINISTACK_SSL_KEY: key,
    NODE_EXTRA_CA_CERTS: trusted,
    SSL_CERT_FILE: trusted,
    AWS_CA_BUNDLE: trusted,
    // On a busy machine the emulator takes seconds for an answer that DynamoDB gives in
    // milliseconds.
    [Environment.TIMEOUT_FACTOR]: TIMEOUT_FACTOR,
    IOT_MTLS_ENABLED: '0',
    LOG_LEVEL: 'INFO',
  };
}

/**
 * Makes the program `node` that the server starts for functions. Its command line loads
 * issuer-keys.cjs, because a function's own NODE_OPTIONS would replace those of the server.
 * @returns the folder with the program
 */
function nodeWrapper(folder: string): string {
  const bin = path.join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const keys = path.join(__dirname, 'issuer-keys.cjs');
  // The emulator's own code that runs functions causes the warning DEP0169.
  const options = `--disable-warning=DEP0169 --require "${keys}"`;
  writeFileSync(path.join(bin, 'node'), `#!/bin/sh\nexec "${NODE}" ${options} "$@"\n`, { mode: 0o755 });
  return bin;
}

/**
 * Links the AWS SDK in the temporary folder. The server unpacks functions into folders below it,
 * and Node.js looks for packages in every folder above a file.
 */
function linkSdk(temporary: string): void {
  const modules = path.join(temporary, 'node_modules');
  mkdirSync(modules, { recursive: true });
  for (const scope of SDK_SCOPES) {
    const link = path.join(modules, scope);
    if (!existsSync(link)) symlinkSync(path.join(SDK_HOME, 'node_modules', scope), link);
  }
}

function answers(port: number, ca: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request(
      { host: '127.0.0.1', port, path: '/health', ca, timeout: 2_000, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    probe.on('error', () => resolve(false));
    probe.on('timeout', () => probe.destroy());
    probe.end();
  });
}

function notStarted(reason: string): LocalError {
  return new LocalError(`the local AWS emulator did not start: ${reason}`);
}

function readLog(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
}

function lastLineOf(file: string): string {
  return readLog(file).split('\n').at(-1) || 'its log is empty';
}

/**
 * Waits until the emulator of a run folder has ended, because it writes to the folder until then.
 * Returns immediately if there is none, and after at most 8 seconds.
 */
export async function cloudGone(folder: string): Promise<void> {
  const file = path.join(folder, PID_FILE);
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8'));
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (isAlive(pid) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
}
