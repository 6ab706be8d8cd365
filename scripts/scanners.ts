import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, ROOT, run } from './run';

/**
 * Scanners of CloudFormation templates. They need Python, run in their own virtual environment, and
 * run offline once they are installed.
 */
const REQUIREMENTS = ['cfn-lint==1.58.0', 'checkov==3.3.30'];
const FOLDER = join(ROOT, '.breakwater', 'scanners');
const STAMP = join(FOLDER, 'installed');
const PYTHONS = ['python3', 'python'];
/**
 * Python program that checks for Python 3.10 or newer and for the modules that make virtual
 * environments.
 */
const PYTHON_PROBE = 'import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 10) else 1)';
const NETWORK_ERROR =
  /NewConnectionError|ConnectTimeout|ReadTimeout|Name or service not known|Temporary failure in name resolution/;

function failed(output: string): Ended {
  return { code: 1, output, stdout: '' };
}

/** Path of a scanner's program. */
export function scanner(name: string): string {
  return process.platform === 'win32' ? join(FOLDER, 'Scripts', name) : join(FOLDER, 'bin', name);
}

/** Installs the pinned scanners if they are missing or have another version. */
export async function installScanners(): Promise<Ended> {
  const wanted = createHash('sha256').update(REQUIREMENTS.join('\n')).digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) {
    return { code: 0, output: `${REQUIREMENTS.join(', ')} are there`, stdout: '' };
  }
  let python: string | undefined;
  for (const candidate of PYTHONS) {
    if (python === undefined && (await run(candidate, ['-c', PYTHON_PROBE])).code === 0) python = candidate;
  }
  if (python === undefined) {
    return failed(
      'The scanners need Python 3.10 or newer with its venv module: install it (Debian: python3-venv) and try again.',
    );
  }
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(join(FOLDER, '..'), { recursive: true });
  const made = await run(python, ['-m', 'venv', FOLDER]);
  if (made.code !== 0) return made;
  const installed = await run(
    scanner('python'),
    // Compiling all modules takes half of the time, and the scanners import few of them.
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--no-compile', ...REQUIREMENTS],
    { timeout: 400 },
  );
  if (installed.code !== 0) {
    return NETWORK_ERROR.test(installed.output)
      ? failed("The Python package index can't be reached: check the network or pip's index and proxy settings.")
      : installed;
  }
  writeFileSync(STAMP, wanted);
  return installed;
}

/** Runs cfn-lint on templates. It fails for every error and warning. */
export function cfnLint(templates: readonly string[]): Promise<Ended> {
  return run(scanner('cfn-lint'), ['--format', 'parseable', '--non-zero-exit-code', 'warning', '--', ...templates]);
}

/** Runs checkov on templates, without telemetry and downloads. */
export function checkov(templates: readonly string[]): Promise<Ended> {
  return run(
    scanner('checkov'),
    [
      ...templates.flatMap((template) => ['--file', template]),
      ...['--framework', 'cloudformation', '--skip-download', '--compact', '--quiet', '--output', 'cli'],
    ],
    {
      env: {
        CKV_IGNORE_HIDDEN_DIRECTORIES: 'false',
        LOG_LEVEL: 'ERROR',
        BC_SKIP_MAPPING: 'TRUE',
        ANSI_COLORS_DISABLED: '1',
      },
    },
  );
}
