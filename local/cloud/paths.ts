import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import * as path from 'node:path';

/**
 * Root of the project. The local AWS emulator installs and writes only below `.breakwater/` in it.
 */
export const PROJECT_ROOT = path.resolve(__dirname, '..', '..');

/** Folder of what is installed once and kept. */
export const INSTALL_ROOT = path.join(PROJECT_ROOT, '.breakwater');
export const PYTHON_HOME = path.join(INSTALL_ROOT, 'python');
export const NODE_HOME = path.join(INSTALL_ROOT, 'node');
export const INSTALLED_MARK = path.join(INSTALL_ROOT, 'installed.json');

/** Folder with the interpreter and the scripts of the private Python. */
export const PYTHON_BIN = path.join(PYTHON_HOME, process.platform === 'win32' ? 'Scripts' : 'bin');
export const PYTHON = path.join(PYTHON_BIN, 'python');
/** Folder with the Node that functions are deployed on. */
export const NODE_BIN = path.join(NODE_HOME, 'node_modules', 'node', 'bin');
export const NODE = path.join(NODE_BIN, 'node');

const RUN_FOLDER = /^run-(\d+)$/;

/**
 * Makes a folder for this run only, and removes the folders of runs that have ended.
 * @param pid process of the run
 */
export function runFolder(pid = process.pid): string {
  mkdirSync(INSTALL_ROOT, { recursive: true });
  for (const name of readdirSync(INSTALL_ROOT)) {
    const owner = RUN_FOLDER.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) removeFolder(path.join(INSTALL_ROOT, name));
  }
  const folder = path.join(INSTALL_ROOT, `run-${pid}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Removes a folder and its content. Does nothing if it doesn't exist. */
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
