import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import * as path from 'node:path';

/** Node version of deployed functions: nodejs24.x. */
export const DEPLOYED_NODE = '24.21.0';
/** File with the packages of the private Python. */
export const REQUIREMENTS = path.join(__dirname, 'requirements.txt');
/**
 * package.json with the clients of the AWS SDK. Functions can load them without bundling, as on
 * AWS.
 */
export const SDK_CLIENTS = path.join(__dirname, 'sdk-clients.json');

/**
 * This user's folder for the installation and for runs. It is outside of any project, because
 * Node.js looks for packages in every folder above a file. Inside a project, a function could load
 * the project's packages locally, and would fail on AWS.
 */
export function cacheFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home = homedir(),
): string {
  const stated = env['XDG_CACHE_HOME'];
  const fallback = platform === 'darwin' ? path.join(home, 'Library', 'Caches') : path.join(home, '.cache');
  // According to the specification, relative paths are ignored:
  // https://specifications.freedesktop.org/basedir
  const root = stated !== undefined && path.isAbsolute(stated) ? stated : fallback;
  return path.join(root, 'cdk-breakwater');
}

export const CACHE_ROOT = cacheFolder();
/**
 * Folder of the installation. A version of this package with other requirements has another folder.
 */
export const INSTALL_ROOT = path.join(CACHE_ROOT, `emulator-${installId()}`);
/** File that exists if everything is installed. */
export const INSTALLED_MARK = path.join(INSTALL_ROOT, 'python', 'requirements.txt');
export const PYTHON_HOME = path.join(INSTALL_ROOT, 'python');
export const NODE_HOME = path.join(INSTALL_ROOT, 'node');
/** Clients of the AWS SDK for functions. */
export const SDK_HOME = path.join(INSTALL_ROOT, 'sdk');

/** Folder with the interpreter of the private Python. */
export const PYTHON_BIN = path.join(PYTHON_HOME, 'bin');
export const PYTHON = path.join(PYTHON_BIN, 'python');
/** Folder with the Node version of deployed functions. */
export const NODE_BIN = path.join(NODE_HOME, 'node_modules', 'node', 'bin');
export const NODE = path.join(NODE_BIN, 'node');

const RUN_FOLDER = /^run-(\d+)$/;

/**
 * Makes a folder for this run only, and removes the folders of runs that have ended.
 * @param pid process of the run
 */
export function runFolder(pid = process.pid): string {
  mkdirSync(CACHE_ROOT, { recursive: true });
  for (const name of readdirSync(CACHE_ROOT)) {
    const owner = RUN_FOLDER.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) removeFolder(path.join(CACHE_ROOT, name));
  }
  const folder = path.join(CACHE_ROOT, `run-${pid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Removes a folder and its content. Does nothing if the folder doesn't exist. */
export function removeFolder(folder: string): void {
  if (existsSync(folder)) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Whether a process runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A text that differs between installations with different packages. */
function installId(): string {
  const hash = createHash('sha256').update(`${DEPLOYED_NODE} ${process.platform} ${process.arch}`);
  for (const file of [REQUIREMENTS, SDK_CLIENTS]) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}
