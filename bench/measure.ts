import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '..');
/** Folder for compared libraries and for builds of benchmarks. It isn't part of the product. */
export const WORK = join(ROOT, '.breakwater', 'bench');
mkdirSync(WORK, { recursive: true });

/** A measured figure, or several figures by name. */
export type Figures = number | string | undefined | { readonly [name: string]: Figures };

/**
 * The result of a benchmark: its figures, its aims, and the names of missing peers (libraries for
 * comparison).
 */
export interface Result {
  readonly figures: Readonly<Record<string, Figures>>;
  readonly aims: readonly Aim[];
  readonly missing?: readonly string[];
}

export interface Aim {
  readonly figure: string;
  readonly value: number | undefined;
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface BenchOptions {
  /** Whether to run fewer rounds and sizes, in less than 45 seconds. */
  readonly quick: boolean;
  /** A file with traffic that replaces the known traces. */
  readonly trace?: string;
  /** A folder with traces that aren't in this repository, because they may not be redistributed. */
  readonly traces?: string;
  readonly lead?: string;
}

/** A benchmark. */
export interface Bench {
  /** One line for the list of benchmarks. */
  readonly description: string;
  run(options: BenchOptions): Promise<Result>;
}

/**
 * Whether an aim is met. If the figure wasn't measured, the aim counts as met. The missing peer is
 * then listed.
 */
export function holds({ value, atMost, atLeast }: Aim): boolean {
  return value === undefined || (value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? 0));
}

/**
 * Returns the lines that follow the tables: each aim, the missing peers, and all results as one
 * JSON object.
 */
export function linesOf(bench: string, { figures, aims, missing = [] }: Result): string[] {
  const aimLines = aims.map((aim) => {
    const wanted = aim.atMost === undefined ? `at least ${aim.atLeast}` : `at most ${aim.atMost}`;
    const mark = aim.value === undefined ? '-     ' : holds(aim) ? 'ok    ' : 'MISSED';
    return `${mark}  ${aim.figure} = ${aim.value ?? 'not measured'} (aim: ${wanted})`;
  });
  return [
    ...(aimLines.length > 0 ? ['', ...aimLines] : []),
    ...(missing.length > 0 ? ['', `missing: ${missing.join('; ')}`] : []),
    JSON.stringify({ bench, ok: aims.every(holds), figures, ...(missing.length > 0 ? { missing } : {}) }),
  ];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * The median of the lower half of the values. Other processes can only add time, so lower values
 * are closer to the true duration.
 */
export function lowerQuartile(values: readonly number[]): number {
  return median([...values].sort((a, b) => a - b).slice(0, Math.ceil(values.length / 2)));
}

export function round(value: number, digits = 3): number {
  return Number(value.toFixed(digits));
}

/** Prints rows in aligned columns. The first row contains the column heads. */
export function printTable(rows: readonly (readonly (string | number)[])[]): void {
  const text = rows.map((row) => row.map(String));
  const widths = text[0]!.map((_, i) => Math.max(...text.map((row) => row[i]!.length)));
  for (const row of text)
    console.log(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '));
}

export interface Finished {
  readonly seconds: number;
  readonly stdout: string;
}

/**
 * Runs a program and measures its wall time. If the program fails, throws an error with its output.
 */
export function timed(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string | undefined> } = {},
): Promise<Finished> {
  return new Promise((done, fail) => {
    const started = process.hrtime.bigint();
    const child = spawn(command, args, {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    child.on('error', fail);
    child.on('close', (code) => {
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      if (code === 0) done({ seconds, stdout });
      else fail(new Error(`${command} ${args.join(' ')} ended with ${code}:\n${(stderr || stdout).slice(-3000)}`));
    });
  });
}
