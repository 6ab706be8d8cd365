import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { LocalError } from '../local-error';
import { CACHE_ROOT, DEPLOYED_NODE, INSTALL_ROOT, isAlive, REQUIREMENTS, removeFolder, SDK_CLIENTS } from './paths';
import { type CommandResult, runCommand } from './run-command';

const PYTHON_CANDIDATES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];
const MIN_PYTHON = [3, 10] as const;
const NETWORK_TROUBLE =
  /getaddrinfo|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|NewConnectionError|Name or service not known|Temporary failure in name resolution|Connection refused|timed out|Network is unreachable|No matching distribution found/i;
/** Interval at which another process's installation is checked. */
const WAIT_MS = 250;
const NPM_INSTALL = [
  'install',
  '--no-audit',
  '--no-fund',
  '--no-package-lock',
  '--ignore-scripts=false',
  '--fetch-retries=1',
  '--loglevel=error',
];

/**
 * Installs the local AWS emulator, the deployed Node, and the AWS SDK for functions into this
 * user's cache folder, unless they are installed already. Only one process installs them. Other
 * processes wait.
 * @returns whether anything had to be installed
 * @throws LocalError if there is no Python 3.10 or newer, or if a registry can't be reached
 */
export async function installCloud(progress: (text: string) => void): Promise<boolean> {
  if (process.platform === 'win32') {
    throw new LocalError('the local AWS emulator runs on Linux and macOS, got Windows: use WSL');
  }
  if (existsSync(INSTALL_ROOT)) return false;
  const python = await findPython();
  mkdirSync(CACHE_ROOT, { recursive: true });
  const unlock = await lock(`${INSTALL_ROOT}.lock`, () =>
    progress('another process installs the local AWS emulator; waiting for it'),
  );
  try {
    if (existsSync(INSTALL_ROOT)) return true;
    progress('installing the local AWS emulator, the deployed Node and the AWS SDK for functions (once)');
    // The folder is renamed when it is complete, so that an interrupted installation is repeated.
    const draft = `${INSTALL_ROOT}.draft`;
    removeFolder(draft);
    mkdirSync(draft);
    const work = [
      installPython(python, path.join(draft, 'python')),
      installPackages(path.join(draft, 'node'), JSON.stringify(deployedNode())),
      installPackages(path.join(draft, 'sdk'), readFileSync(SDK_CLIENTS, 'utf8')),
    ];
    await Promise.all(work).catch(async (error: Error) => {
      await Promise.allSettled(work);
      removeFolder(draft);
      throw error;
    });
    renameSync(draft, INSTALL_ROOT);
    return true;
  } finally {
    unlock();
  }
}

/**
 * Takes a lock, which is a file with the owner's process ID. If the owner has ended, the lock is
 * free.
 * @param onWait called once if another process holds the lock
 * @returns a function that releases the lock
 */
export async function lock(file: string, onWait: () => void): Promise<() => void> {
  for (let hasWaited = false; ; ) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    // If the file contains no process ID yet, its owner is still writing it.
    if (owner > 0 && !isAlive(owner)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!hasWaited) onWait();
    hasWaited = true;
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
}

/**
 * Finds the first Python that is new enough.
 * @throws LocalError that names the Pythons that were found
 */
export async function findPython(candidates: readonly string[] = PYTHON_CANDIDATES): Promise<string> {
  const found: string[] = [];
  for (const candidate of candidates) {
    const result = await runCommand(candidate, ['-c', 'import sys; print(*sys.version_info[:3], sep=".")']);
    if (result.code !== 0) continue;
    const version = result.stdout.trim();
    const [major, minor] = version.split('.').map(Number);
    if (major === MIN_PYTHON[0] && minor! >= MIN_PYTHON[1]) return candidate;
    found.push(`${candidate} ${version}`);
  }
  throw new LocalError(
    `the local AWS emulator needs Python ${MIN_PYTHON.join('.')} or newer on the PATH, got ${found.length > 0 ? found.join(', ') : 'none'}`,
  );
}

async function installPython(python: string, home: string): Promise<void> {
  const made = await runCommand(python, ['-m', 'venv', home]);
  if (made.code !== 0) {
    throw new LocalError(`'${python} -m venv' failed (on Debian and Ubuntu install python3-venv): ${lastLine(made)}`);
  }
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--retries=1'];
  const args = [...pip, '--only-binary=:all:', '-r', REQUIREMENTS];
  refuse('the Python package index', await runCommand(path.join(home, 'bin', 'python'), args));
  // The file identifies the installation.
  copyFileSync(REQUIREMENTS, path.join(home, 'requirements.txt'));
}

function deployedNode(): object {
  return { name: 'deployed-node', private: true, dependencies: { node: DEPLOYED_NODE } };
}

/** @param manifest content of the folder's package.json */
async function installPackages(home: string, manifest: string): Promise<void> {
  mkdirSync(home, { recursive: true });
  writeFileSync(path.join(home, 'package.json'), manifest);
  refuse('the npm registry', await runCommand('npm', NPM_INSTALL, { cwd: home }));
}

/**
 * Turns a failed installation into an error of one line.
 * @throws LocalError if the command failed
 */
export function refuse(registry: string, result: CommandResult): void {
  if (result.code === 0) return;
  const problem = NETWORK_TROUBLE.test(result.stderr) ? 'could not be reached; is there a network?' : 'install failed:';
  throw new LocalError(`${registry} ${problem} (${lastLine(result)})`);
}

function lastLine(result: CommandResult): string {
  const lines = result.stderr.split('\n').filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => /error/i.test(line));
  return (errors.at(-1) ?? lines.at(-1) ?? `exit code ${result.code}`).trim().slice(0, 300);
}
