import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileEntryPoints, compileLibrary } from './build';
import { isTried, recordTried } from './public-api';
import { bin, type Ended, ROOT, run, runNode, stopOnSignal } from './run';

/**
 * `npm run languages`: builds the Python package of the library and synthesizes examples/python in
 * both languages. The templates must be the same, whatever folders the app and the library are in.
 * The run takes some minutes, because Python's aws-cdk-lib has 430 MB. So `npm test` runs it only
 * if the public API differs from the API of the last test.
 */

const WORK = join(ROOT, '.breakwater', 'languages');
const EXAMPLE = join(ROOT, 'examples', 'python');
const QUIET = { JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1' };

/** @throws Error with the output of a command that failed */
function passed({ code, output }: Ended, what: string): void {
  if (code !== 0) throw new Error(`${what} failed:\n${output.trim()}`);
}

/** Runs a step and prints its duration. */
async function step<T>(says: string, work: () => Promise<T>): Promise<T> {
  const started = Date.now();
  const result = await work();
  console.log(`${says}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return result;
}

/**
 * Builds the wheel. `compileEntryPoints` must have run.
 * @returns path of the wheel
 */
async function buildWheel(python: string): Promise<string> {
  const folder = join(WORK, 'package');
  rmSync(folder, { recursive: true, force: true });
  const pack = ['--pack-command', 'npm pack --ignore-scripts --loglevel=error', '--no-npmignore'];
  const code = ['--targets', 'python', '--code-only', '--outdir', folder];
  passed(await runNode([bin('jsii-pacmak/bin/jsii-pacmak'), ...code, ...pack], { env: QUIET }), 'jsii-pacmak');
  const wheel = ['-m', 'pip', 'wheel', '--quiet', '--no-deps', '--wheel-dir', folder, join(folder, 'python')];
  passed(await run(python, wheel), 'pip wheel');
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.whl')) ?? 'there is no wheel');
}

/**
 * Installs the wheel and its dependencies into a virtual environment. The dependencies have the
 * versions of this repository's package.json.
 * @returns path of the Python interpreter
 */
async function pythonWithLibrary(): Promise<string> {
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const needed = ['aws-cdk-lib', 'constructs'].map((name) => `${name}==${devDependencies[name]}`);
  const home = join(WORK, `venv-${createHash('sha256').update(needed.join()).digest('hex').slice(0, 8)}`);
  const python = join(home, 'bin', 'python');
  const mark = join(home, 'installed');
  if (!existsSync(mark)) {
    rmSync(home, { recursive: true, force: true });
    passed(await run('python3', ['-m', 'venv', home]), 'python3 -m venv');
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'setuptools', ...needed];
    passed(await run(python, install), 'pip install');
    writeFileSync(mark, '');
  }
  const wheel = await step('the Python package', () => buildWheel(python));
  const again = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--force-reinstall'];
  passed(await run(python, [...again, wheel]), 'pip install');
  return python;
}

/**
 * Synthesizes the Python app from a copy in the folder `app`, for a user with the home folder
 * `home`.
 */
async function synthPython(python: string, app: string, home: string): Promise<string> {
  for (const folder of [app, home]) mkdirSync(folder, { recursive: true });
  cpSync(EXAMPLE, app, { recursive: true, filter: (path) => !path.includes('__pycache__') });
  const outdir = join(app, 'cdk.out');
  const env = { CDK_OUTDIR: outdir, CDK_VALIDATION: 'false', HOME: home, XDG_CACHE_HOME: undefined, ...QUIET };
  passed(await run(python, ['app.py'], { cwd: app, env }), 'python app.py');
  return templateIn(outdir);
}

async function synthTypeScript(): Promise<string> {
  const outdir = mkdtempSync(join(tmpdir(), 'breakwater-twin-'));
  try {
    const env = { CDK_OUTDIR: outdir, CDK_VALIDATION: 'false' };
    passed(await runNode(['--import', 'tsx', join(EXAMPLE, 'app.ts')], { env }), 'app.ts');
    return templateIn(outdir);
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

const templateIn = (outdir: string): string => readFileSync(join(outdir, 'Notes.template.json'), 'utf8');

/** @throws Error that names the first line that differs */
function same(one: string, other: string, what: string): void {
  if (one === other) return;
  const [lines, others] = [one.split('\n'), other.split('\n')];
  const at = lines.findIndex((line, i) => line !== others[i]);
  throw new Error(`${what} must be the same, but line ${at + 1} is\n${lines[at]}\nand\n${others[at]}`);
}

/** Tests the other languages, and records the public API with which they were tested. */
async function tryLanguages(): Promise<void> {
  mkdirSync(WORK, { recursive: true });
  const python = await step('Python with aws-cdk-lib', pythonWithLibrary);
  const twin = await step('synth in TypeScript', synthTypeScript);
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-languages-'));
  try {
    const here = await step('synth in Python', () => synthPython(python, join(folder, 'app'), join(folder, 'anna')));
    same(twin, here, 'the templates of app.ts and app.py');
    const deep = join(folder, 'a', 'much', 'deeper');
    const there = await step('synth in a deeper folder of another user', () =>
      synthPython(python, join(deep, 'checkout'), join(deep, 'home', 'bob')),
    );
    same(here, there, 'the templates of app.py in two folders');
  } finally {
    rmSync(folder, { recursive: true });
  }
  recordTried();
}

/** A step of `npm test`. `compileEntryPoints` must have run. */
export async function languagesTest(): Promise<Ended> {
  if (isTried()) return { code: 0, output: '', stdout: '' };
  try {
    await tryLanguages();
    return { code: 0, output: '', stdout: '' };
  } catch (error) {
    return { code: 1, output: (error as Error).message, stdout: '' };
  }
}

async function main(): Promise<void> {
  stopOnSignal();
  passed(await compileLibrary(), 'jsii');
  passed(await compileEntryPoints(), 'the build');
  await tryLanguages();
  console.log('app.py and app.ts make the same template, in two folders of two users.');
}

if (require.main === module) {
  main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
