import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { checkDays, checkStep, checkTogether } from '../../cli/capacity/demand';
import { daysOf, type Export, readExport } from '../../cli/capacity/read-export';
import { type Cleaned, MINUTES_PER_DAY, type Minutes, minutesOf } from '../../forecast/minutes';

/**
 * Demand is scaled to this mean over the whole file, so that rounding up to whole instances has the
 * same effect on every trace.
 */
const MEAN = 100;

/** A file with recorded traffic. */
export interface Trace {
  readonly name: string;
  readonly file: string;
  /** Whether the traffic has a daily and a weekly pattern. The aims apply only to such traces. */
  readonly seasonal: boolean;
}

const KNOWN: readonly Trace[] = [
  { name: 'worldcup', file: 'worldcup98_until_june9_1min.csv', seasonal: true },
  { name: 'nasa', file: 'nasa_jul95_1min.csv', seasonal: true },
  { name: 'taxi', file: 'nab_nyc_taxi_30min.csv', seasonal: true },
  { name: 'elb', file: 'nab_elb_request_count_5min.csv', seasonal: false },
];

/**
 * Finds the available traces. Some traces may not be redistributed, so they aren't in the
 * repository.
 */
export function findTraces(root: string, folder?: string): { traces: Trace[]; missing: string[] } {
  const folders = [
    ...(folder === undefined ? [] : [resolve(folder)]),
    ...(process.env['BREAKWATER_TRACES'] ? [resolve(process.env['BREAKWATER_TRACES'])] : []),
    join(root, 'data', 'traces'),
    join(root, '..', 'shared', 'data', 'traces'),
  ];
  const traces: Trace[] = [];
  const missing: string[] = [];
  for (const trace of KNOWN) {
    const file = folders.map((one) => join(one, trace.file)).find((path) => existsSync(path));
    if (file === undefined) missing.push(`trace ${trace.name} (${trace.file})`);
    else traces.push({ ...trace, file });
  }
  return { traces, missing };
}

/** Makes a trace of a user's file. Throws an error if there is no such file. */
export function traceOf(file: string): Trace {
  const path = resolve(file);
  if (!existsSync(path)) throw new Error(`--trace must be a file, got '${path}', which doesn't exist`);
  if (statSync(path).isDirectory()) throw new Error(`--trace must be a file, got the folder '${path}'`);
  return { name: basename(path, extname(path)), file: path, seasonal: true };
}

/** Minutes of a trace for judging. */
export interface Loaded {
  readonly minutes: Minutes;
  /** Minutes that each line of the file covers. */
  readonly step: number;
  /** Number of minutes without a value in the file. */
  readonly unknown: number;
}

/**
 * Reads a file and scales its demand. With `days`, only the first days are returned.
 * @throws Error that names the file
 */
export function loadTrace(file: string, days = Number.POSITIVE_INFINITY): Loaded {
  const { minutes, step, cleaning } = minutesIn(file, exportIn(file));
  let sum = 0;
  let known = 0;
  for (const value of minutes.values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    known++;
  }
  const factor = sum > 0 ? (MEAN * known) / sum : 1;
  const values = minutes.values.slice(0, Math.min(minutes.values.length, days * MINUTES_PER_DAY));
  return {
    minutes: { start: minutes.start, values: values.map((value) => value * factor) },
    step,
    unknown: cleaning.missing,
  };
}

function exportIn(file: string): Export {
  return readExport(readFileSync(file, 'utf8'), file);
}

function minutesIn(file: string, { points, gaps }: Export): Cleaned {
  try {
    return minutesOf(points, { gaps });
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
}

/**
 * Checks a file like `npm run capacity` does, so that both commands accept the same files.
 * @throws Error that names the file and the missing requirement
 */
export function checkTrace({ file }: Trace): void {
  const found = exportIn(file);
  checkDays(daysOf(found.points), file);
  const { minutes, step } = minutesIn(file, found);
  checkStep(step, file);
  checkTogether(minutes, file);
  if (!minutes.values.some((value) => value >= 0)) {
    throw new Error(
      `${file} must have values of 0 or more, got none: without measured values there is nothing to judge`,
    );
  }
}
