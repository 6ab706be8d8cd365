import { MINUTES_PER_DAY, MS_PER_MINUTE, type Point } from '../../lambdas/system/forecast/minutes';
import { cellsOf, readSeries, separatorOf } from '../../lambdas/system/forecast/read-series';
import { CapacityError } from './capacity-error';

/** What a file holds. */
export interface Export {
  readonly points: readonly Point[];
  /** What the file calls its values, where it says so. */
  readonly label?: string;
  /** Columns of values that were left aside. */
  readonly otherColumns: number;
}

/** The console writes as many lines about a metric before its values; a file that has more of them is something else. */
const MOST_HEADER_LINES = 20;
const LABELS = /^(full label|label|metric ?name|metric)$/i;

/**
 * Reads a file's text: `timestamp,value`, CloudWatch's JSON, or the CSV that its console exports, whose lines about the metric come first
 * and whose dates have slashes.
 * @throws CapacityError that names the file, the line and what was there
 */
export function readExport(text: string, file: string): Export {
  const whole = text.replace(/^\uFEFF/, '');
  if (whole.trim() === '') throw new CapacityError(`${file} is empty: it must hold lines of timestamp,value`);
  if (whole.includes('\0'))
    throw new CapacityError(`${file} holds other bytes than UTF-8 text: save it as CSV in UTF-8`);
  if (/^\s*[{[]/.test(whole)) return { points: read(whole, file, 0), otherColumns: 0 };
  const lines = whole.split(/\r?\n/);
  const first = lines.findIndex((line) => /^\s*"?\d/.test(line));
  if (first < 0 || first > MOST_HEADER_LINES) {
    const got = lines.find((line) => line.trim() !== '')!.trim();
    throw new CapacityError(`${file}: expected lines of timestamp,value, got '${printable(got.slice(0, 60))}'`);
  }
  const separator = separatorOf(lines[first]!);
  const headers = lines.slice(0, first).map((line) => cellsOf(line, separator));
  const label = headers.find(([name]) => LABELS.test(name ?? ''))?.[1];
  const rows = lines.slice(first).map((line) => line.replace(/^(\s*"?\d{4})\/(\d\d)\/(\d\d)/, '$1-$2-$3'));
  return {
    points: read(rows.join('\n'), file, first),
    ...(label ? { label } : {}),
    otherColumns: Math.max(0, cellsOf(rows[0]!, separator).length - 2),
  };
}

/** What a terminal may be sent. */
function printable(text: string): string {
  return text.replace(/[^\P{C}]/gu, '\uFFFD');
}

/** The reader counts lines from where it starts; its user counts those of the file. */
function read(text: string, file: string, skipped: number): Point[] {
  try {
    return readSeries(text);
  } catch (error) {
    const { message } = error as Error;
    const at = /^line (\d+)(.*)$/s.exec(message);
    const where = at ? `${file}, line ${Number(at[1]) + skipped}${at[2]}` : `${file}: ${message}`;
    throw new CapacityError(printable(where));
  }
}

/**
 * Concurrency is a level, not a count: where a point stands for several minutes, each of them has all of it. Spreading treats points as
 * counts of their step, so levels are made such counts first.
 */
export function levelsAsCounts(points: readonly Point[], step: number): Point[] {
  return points.map(({ at, value }) => ({ at, value: value * step }));
}

/** The days that points with a date span. */
export function daysOf(points: readonly Point[]): number {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const { at } of points) {
    least = Math.min(least, at);
    most = Math.max(most, at);
  }
  return Math.max(0, most - least) / MS_PER_MINUTE / MINUTES_PER_DAY;
}
    if (Number.isNaN(at)) continue;
