import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import * as path from 'node:path';
import { LocalError } from '../local-error';
import type { CertificateFiles } from './certificate';
import { isAlive, NODE_BIN, PYTHON, PYTHON_BIN } from './paths';
import type { HeldPort } from './ports';
import { killGroup } from './run-command';

export const LOCAL_REGION = 'us-east-1';
export const LOCAL_ACCOUNT = '000000000000';
const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 8_000;
/** In the run folder: id of the process that guards the server. */
const PID_FILE = 'cloud.pid';
/** The server's own programs and no others: functions inherit the PATH. */
const SYSTEM_PATH = ['/usr/local/bin', '/usr/bin', '/bin'];

export interface EmbeddedCloudProps {
  /** Folder of this run: state, code of functions and log. */
  readonly folder: string;
  readonly port: HeldPort;
  readonly certificate: CertificateFiles;
  /** Told if the server ends though nobody asked it to. */
  readonly onLost?: (error: Error) => void;
  /** Breaks off the start; whatever has begun is ended. */
  readonly signal?: AbortSignal;
}

/** The running embedded cloud: one server process with the functions it starts, behind a watchdog. */
export class EmbeddedCloud {
  /**
   * Starts the server and waits until it answers.
   * @throws LocalError if it doesn't, with the last line of its log
   */
  public static async start(props: EmbeddedCloudProps): Promise<EmbeddedCloud> {
    const logFile = path.join(props.folder, 'cloud.log');
    const { port } = props.port;
    await props.port.release();
    const watchdog = spawn(process.execPath, [path.join(__dirname, 'watchdog.mjs'), PYTHON, '-m', 'ministack'], {
      env: serverEnvironment(props, port),
      cwd: props.folder,
      stdio: ['pipe', 'pipe', 'pipe'],
      // Ctrl-C is for the starting process, which ends this one in good order.
      detached: true,
    });
    writeFileSync(path.join(props.folder, PID_FILE), String(watchdog.pid));
    const log = createWriteStream(logFile, { mode: 0o600 });
    watchdog.stdout.pipe(log, { end: false });
    watchdog.stderr.pipe(log, { end: false });
    const cloud = new EmbeddedCloud(`https://127.0.0.1:${port}`, watchdog, logFile);
    const deadline = Date.now() + READY_TIMEOUT_MS;
    const ca = readFileSync(props.certificate.certificate);
    while (!(await answers(port, ca))) {
      if (props.signal?.aborted || watchdog.exitCode !== null || Date.now() > deadline) {
        await cloud.stop();
        const taken = /address already in use|Errno 98|Errno 48/i.test(readLog(logFile));
        const reason = taken ? `another program has just taken its port ${port}; start again` : lastLineOf(logFile);
        throw new LocalError(`the embedded cloud did not start: ${reason}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    watchdog.once('exit', () => {
      if (!cloud.stopping) props.onLost?.(new LocalError(`the embedded cloud ended: ${lastLineOf(logFile)}`));
    });
    return cloud;
  }

  private stopping = false;

  private constructor(
    /** Address of every service, with the certificate it was given. */
    public readonly endpoint: string,
    private readonly watchdog: ChildProcess,
    /** What the server and the functions wrote. */
    public readonly logFile: string,
  ) {}

  /** Ends the server and its functions; returns when nothing of them runs. */
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
 * The whole environment of the server. Nothing of the laptop's is passed on: a function inherits all of it,
 * so credentials and proxies would leak into handlers.
 */
export function serverEnvironment(
  props: Pick<EmbeddedCloudProps, 'folder' | 'certificate'>,
  port: number,
): NodeJS.ProcessEnv {
  const temporary = path.join(props.folder, 'tmp');
  const state = path.join(props.folder, 'state');
  mkdirSync(temporary, { recursive: true });
  mkdirSync(state, { recursive: true });
  const trusted = props.certificate.certificate;
  return {
    PATH: [NODE_BIN, PYTHON_BIN, ...SYSTEM_PATH].join(path.delimiter),
    HOME: props.folder,
    TMPDIR: temporary,
    STATE_DIR: state,
    S3_DATA_DIR: path.join(state, 's3'),
    LANG: 'C.UTF-8',
    PYTHONUNBUFFERED: '1',
    GATEWAY_PORT: String(port),
    BIND_HOST: '127.0.0.1',
    MINISTACK_HOST: '127.0.0.1',
    MINISTACK_REGION: LOCAL_REGION,
    MINISTACK_ACCOUNT_ID: LOCAL_ACCOUNT,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AUTH: 'true',
    USE_SSL: '1',
    MINISTACK_SSL_CERT: trusted,
    MINISTACK_SSL_KEY: props.certificate.key,
    NODE_EXTRA_CA_CERTS: trusted,
    SSL_CERT_FILE: trusted,
    AWS_CA_BUNDLE: trusted,
    NODE_OPTIONS: `--require "${path.join(__dirname, 'issuer-keys.cjs')}"`,
    IOT_MTLS_ENABLED: '0',
    LOG_LEVEL: 'INFO',
  };
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

function readLog(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
}

function lastLineOf(file: string): string {
  return readLog(file).split('\n').at(-1) || 'no word from it';
}

/**
 * Waits until the cloud of a run folder has ended, after the process that started it: the folder is still written to until then.
 * Without a cloud it returns at once, and in the end whatever happens.
 */
export async function cloudGone(folder: string): Promise<void> {
  const file = path.join(folder, PID_FILE);
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8'));
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (isAlive(pid) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
}
