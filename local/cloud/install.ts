import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { LocalError } from '../local-error';
import { INSTALL_ROOT, INSTALLED_MARK, NODE, NODE_HOME, PYTHON, PYTHON_HOME, removeFolder } from './paths';
import { type CommandResult, runCommand } from './run-command';

/** The Node that functions are deployed on: nodejs24.x. */
export const DEPLOYED_NODE = '24.21.0';

const REQUIREMENTS = path.join(__dirname, 'requirements.txt');
const PYTHON_CANDIDATES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];
const MIN_PYTHON = [3, 10] as const;
const NETWORK_TROUBLE =
  /getaddrinfo|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|NewConnectionError|Name or service not known|Temporary failure in name resolution|Connection refused|timed out|Network is unreachable|No matching distribution found/i;

/**
 * Installs the local AWS emulator and the deployed Node into `.breakwater/`, unless these versions
 * are installed.
 * @returns whether anything had to be installed
 * @throws LocalError if there is no Python 3.10 or newer, or if a registry can't be reached
 */
export async function installCloud(progress: (text: string) => void): Promise<boolean> {
  const wanted = JSON.stringify({ node: DEPLOYED_NODE, python: readFileSync(REQUIREMENTS, 'utf8') });
  if (readMark() === wanted && existsSync(PYTHON) && existsSync(NODE)) return false;

  const python = await findPython();
  mkdirSync(INSTALL_ROOT, { recursive: true });
  progress('installing the local AWS emulator and the deployed Node (once)');
  await Promise.all([installPython(python), installNode()]);
  // Written last, so that an interrupted installation is repeated.
  writeFileSync(INSTALLED_MARK, wanted);
  return true;
}

function readMark(): string | undefined {
  return existsSync(INSTALLED_MARK) ? readFileSync(INSTALLED_MARK, 'utf8') : undefined;
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

async function installPython(python: string): Promise<void> {
  removeFolder(PYTHON_HOME);
  const made = await runCommand(python, ['-m', 'venv', PYTHON_HOME]);
  if (made.code !== 0) {
    throw new LocalError(`'${python} -m venv' failed (on Debian and Ubuntu install python3-venv): ${lastLine(made)}`);
  }
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--no-input',
    '--retries=1',
    '--only-binary=:all:',
  ];
  refuse('the Python package index', await runCommand(PYTHON, [...pip, '-r', REQUIREMENTS]));
}

async function installNode(): Promise<void> {
  removeFolder(NODE_HOME);
  mkdirSync(NODE_HOME, { recursive: true });
  // Without a package.json here npm would use the project's.
  writeFileSync(path.join(NODE_HOME, 'package.json'), JSON.stringify({ name: 'deployed-node', private: true }));
  const npm = [
    'install',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--fetch-retries=1',
    '--loglevel=error',
    `node@${DEPLOYED_NODE}`,
  ];
  refuse('the npm registry', await runCommand('npm', npm, { cwd: NODE_HOME }));
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
  const told = lines.filter((line) => /error/i.test(line));
  return (told.at(-1) ?? lines.at(-1) ?? `exit code ${result.code}`).trim().slice(0, 300);
}
