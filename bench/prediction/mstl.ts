import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MINUTES_PER_DAY } from '../../forecast/minutes';
import { timed, WORK } from '../measure';

const FOLDER = join(WORK, 'prediction');
const ENVIRONMENT = join(FOLDER, 'python');
const KEPT = join(FOLDER, 'mstl');
const SCRIPT = join(__dirname, 'mstl.py');
const PINS = ['statsforecast==2.1.1', 'numpy==2.4.6', 'pandas==2.3.3', 'scipy==1.17.1', 'statsmodels==0.15.0'];

/**
 * Settings of MSTL: one fit every six hours on 14 days, in steps of 15 minutes. With steps of one
 * minute, a single fit would take several minutes.
 */
export const MSTL = { step: 15, every: 360, days: 14 } as const;
/**
 * Minimum of a fit's longest lead time, in minutes. If a longer lead time is given, the longest is
 * that one, rounded up to whole steps.
 */
const LONGEST_LEAD = 15;
/**
 * Maximum number of judged days. Without this limit, MSTL would take 15 minutes for a long file.
 */
const MAX_DAYS = 28;

/** MSTL's forecasts of a trace. */
export interface MstlForecasts {
  /** Minute of the first fit. */
  readonly first: number;
  readonly forecasts: readonly (readonly number[])[];
  readonly milliseconds: readonly number[];
  /** Index after the last minute with a forecast. */
  readonly until: number;
}

function python(): string {
  return process.platform === 'win32' ? join(ENVIRONMENT, 'Scripts', 'python.exe') : join(ENVIRONMENT, 'bin', 'python');
}

/** Installs statsforecast, if it isn't installed yet. Returns false if the installation fails. */
export async function installMstl(): Promise<boolean> {
  const stamp = join(ENVIRONMENT, 'installed');
  const wanted = PINS.join('\n');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return true;
  console.error('installing statsforecast (once)...');
  rmSync(ENVIRONMENT, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  try {
    await timed(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', ENVIRONMENT]);
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--only-binary', ':all:'];
    await timed(python(), ['-m', 'pip', 'install', ...quiet, ...PINS]);
    writeFileSync(stamp, wanted);
    return true;
  } catch (error) {
    console.error(`statsforecast can't be installed, so it is left out: ${(error as Error).message.slice(-500)}`);
    return false;
  }
}

/**
 * Returns the minute of the first fit, which must be early enough for the first judged minute. Also
 * returns the number of steps that each fit forecasts.
 */
export function fitsFor(from: number, leads: readonly number[]): { readonly first: number; readonly steps: number } {
  const longest = Math.ceil(Math.max(LONGEST_LEAD, ...leads) / MSTL.step) * MSTL.step;
  return { first: from - longest, steps: (MSTL.every + longest) / MSTL.step };
}

/**
 * Returns the forecasts of the judged days. They are stored in a file for the next run, because the
 * same input always gives the same forecasts.
 */
export async function forecastByMstl(
  minutes: Float64Array,
  from: number,
  leads: readonly number[],
  onProgress: (done: number, of: number) => void,
): Promise<MstlForecasts> {
  const until = Math.min(minutes.length, from + MAX_DAYS * MINUTES_PER_DAY);
  const { first, steps } = fitsFor(from, leads);
  const fits = Math.ceil((until - first) / MSTL.every);
  const bytes = Buffer.from(minutes.buffer, minutes.byteOffset, until * 8);
  const settings = JSON.stringify([PINS, MSTL, first, fits, steps, readFileSync(SCRIPT, 'utf8')]);
  const name = createHash('sha256').update(bytes).update(settings).digest('hex').slice(0, 16);
  const kept = join(KEPT, `${name}.json`);
  if (!existsSync(kept)) {
    mkdirSync(KEPT, { recursive: true });
    writeFileSync(kept, await runMstl(bytes, { first, fits, steps }, onProgress));
  }
  return {
    first,
    until,
    ...(JSON.parse(readFileSync(kept, 'utf8')) as Pick<MstlForecasts, 'forecasts' | 'milliseconds'>),
  };
}

/** Measures the durations of fits on the given days, in milliseconds. */
export async function timeMstl(days: Float64Array, fits: number): Promise<readonly number[]> {
  const bytes = Buffer.from(days.buffer, days.byteOffset, days.byteLength);
  const answer = await runMstl(bytes, { first: days.length, fits: fits + 1, steps: 1, every: 0 }, () => {});
  // The first fit of a process also loads libraries, so it isn't counted.
  return (JSON.parse(answer) as MstlForecasts).milliseconds.slice(1);
}

/**
 * Returns the capacity of a policy that multiplies forecasts by a fixed factor, as textbooks
 * propose.
 */
export function provisionByMstl(
  { first, forecasts, until }: MstlForecasts,
  lead: number,
  factor: number,
): Float64Array {
  const provision = new Float64Array(until);
  for (let index = first + lead; index < until; index++) {
    const fit = Math.min(forecasts.length - 1, Math.floor((index - lead - first) / MSTL.every));
    const step = Math.floor((index - first - fit * MSTL.every) / MSTL.step);
    provision[index] = Math.ceil(factor * forecasts[fit]![step]!);
  }
  return provision;
}

interface Run {
  readonly first: number;
  readonly fits: number;
  readonly steps: number;
  readonly every?: number;
}

let runs = 0;

function runMstl(bytes: Buffer, run: Run, onProgress: (done: number, of: number) => void): Promise<string> {
  const file = join(FOLDER, `minutes-${process.pid}-${runs++}.f64`);
  writeFileSync(file, bytes);
  const options = { ...MSTL, ...run };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return new Promise<string>((done, fail) => {
    // MSTL uses one thread, so that its times can be compared, and other jobs get their share of
    // the processors.
    const single = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
    const child = spawn(python(), ['-W', 'ignore', SCRIPT, file, ...args], { env: { ...process.env, ...single } });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      const text = String(chunk);
      const [, made, of] = /(\d+) (\d+)\s*$/.exec(text) ?? [];
      if (made !== undefined) onProgress(Number(made), Number(of));
      else stderr += text;
    });
    child.on('error', fail);
    child.on('close', (code) =>
      code === 0 ? done(stdout) : fail(new Error(`mstl.py ended with ${code}: ${stderr.slice(-1000)}`)),
    );
  }).finally(() => rmSync(file, { force: true }));
}
