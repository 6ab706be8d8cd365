import { type Gaps, MINUTES_PER_DAY, MS_PER_MINUTE, type Point } from '../../forecast/minutes';
import { CapacityError } from './capacity-error';
import { cellsOf, looksLikeData, readSeries, separatorOf } from './read-series';

/** Content of an export file. */
export interface Export {
  readonly points: readonly Point[];
  /** Name of the values in the file, if it has one. */
  readonly label?: string;
  /** Columns of values that were left aside. */
  readonly otherColumns: number;
  /**
   * Meaning of minutes without a point: idle in exports of CloudWatch, which has no points for idle
   * minutes, unknown in other files.
   */
  readonly gaps: Gaps;
}

/**
 * The console writes as many lines about a metric before its values; a file that has more of them
 * is something else.
 */
const MOST_HEADER_LINES = 20;
const LABELS = /^(full label|label|metric ?name|metric)$/i;
const METRIC_LINES =
  /^(id|full label|label|metric ?name|metric|namespace|dimensions?|stat|statistic|period|unit|region|account|expression)$/i;

/**
 * Reads a file's text: `timestamp,value`, CloudWatch's JSON, or the CSV that its console exports,
 * whose lines about the metric come first and whose dates have slashes.
 * @throws CapacityError that names the file, the line and what was there
 */
export function readExport(text: string, file: string): Export {
  const whole = text.replace(/^\uFEFF/, '');
  if (whole.trim() === '') throw new CapacityError(`${file} is empty: it must hold lines of timestamp,value`);
  if (whole.includes('\0'))
    throw new CapacityError(`${file} holds other bytes than UTF-8 text: save it as CSV in UTF-8`);
  if (/^\s*[{[]/.test(whole)) return { points: read(whole, file), otherColumns: 0, gaps: 'idle' };
  const lines = whole.split(/\r?\n/);
  const first = lines.findIndex(looksLikeData);
  const separator = separatorOf(lines[first] ?? whole);
  const rows = lines.map((line) => cellsOf(line, separator));
  const headers = rows.slice(0, headerLines(rows));
  if (first < 0 || first > MOST_HEADER_LINES) throw withoutData(lines, headers, file);
  const label = headers.find(([name]) => LABELS.test(name ?? ''))?.[1];
  const fromConsole =
    headers.some(([name]) => /^full label$/i.test(name ?? '')) ||
    (label !== undefined && rows[first]![0]!.charAt(4) === '/');
  // Where another metric has a point and this one has none, the console leaves the cell empty.
  const told = fromConsole ? lines.map((line, i) => (rows[i]![1] === '' ? '' : line)) : lines;
  return {
    points: read(told.join('\n'), file, headers.length || undefined),
    ...(label ? { label } : {}),
    otherColumns: Math.max(0, rows[first]!.length - 2),
    gaps: fromConsole ? 'idle' : 'unknown',
  };
}

/**
 * How many lines come before the data: the console's about the metric, and one with names of
 * columns.
 */
function headerLines(rows: readonly (readonly string[])[]): number {
  let lines = 0;
  let ofMetric = 0;
  for (const [index, [name = '', ...others]] of rows.entries()) {
    if (name === '' && others.every((cell) => cell === '')) continue;
    if (METRIC_LINES.test(name)) ofMetric++;
    else if (looksLikeData(name) || (ofMetric > 0 && !/^(date|time)/i.test(name))) break;
    lines = index + 1;
    if (!METRIC_LINES.test(name)) break;
  }
  return lines;
}

function withoutData(lines: readonly string[], headers: readonly (readonly string[])[], file: string): CapacityError {
  const some = lines.map((line) => line.trim()).filter((line) => line !== '');
  const quoted = (line: string) => `'${printable(line.slice(0, 60))}'`;
  const onlyHeader = lines.slice(headers.length).every((line) => line.trim() === '') && headers.at(-1)!.length > 1;
  return new CapacityError(
    onlyHeader
      ? `${file} holds no lines of data: after ${quoted(some.at(-1)!)} must come lines of timestamp,value`
      : `${file}: expected lines of timestamp,value, got ${quoted(some[0]!)}`,
  );
}

/** The text without control characters, safe to print on a terminal. */
function printable(text: string): string {
  return text.replace(/[^\P{C}]/gu, '\uFFFD');
}

function read(text: string, file: string, skip?: number): Point[] {
  try {
    return readSeries(text, skip);
  } catch (error) {
    const { message } = error as Error;
    throw new CapacityError(printable(`${file}${message.startsWith('line ') ? ', ' : ': '}${message}`));
  }
}

/**
 * Concurrency is a level, not a count: where a point stands for several minutes, each of them has
 * all of it. Spreading treats points as counts of their step, so levels are made such counts first.
 */
export function levelsAsCounts(points: readonly Point[], step: number): Point[] {
  return points.map(({ at, value }) => ({ at, value: value * step }));
}

/** The days that points with a date span. */
export function daysOf(points: readonly Point[]): number {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const { at } of points) {
    if (Number.isNaN(at)) continue;
    least = Math.min(least, at);
    most = Math.max(most, at);
  }
  return Math.max(0, most - least) / MS_PER_MINUTE / MINUTES_PER_DAY;
}
