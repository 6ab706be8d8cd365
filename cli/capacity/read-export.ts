import { type Gaps, MINUTES_PER_DAY, MS_PER_MINUTE, type Point } from '../../forecast/minutes';
import { CapacityError } from './capacity-error';
import { cellsOf, looksLikeData, readSeries, separatorOf } from './read-series';

/** Content of an export file. */
export interface Export {
  readonly points: readonly Point[];
  /** Name of the values in the file, if it has one. */
  readonly label?: string;
  /** Number of further value columns, which are ignored. */
  readonly otherColumns: number;
  /**
   * Meaning of minutes without a point: idle in exports of CloudWatch, which has no points for idle
   * minutes, unknown in other files.
   */
  readonly gaps: Gaps;
}

/**
 * Maximum number of lines about the metric that the console writes before the values. A file with
 * more such lines isn't an export of the console.
 */
const MAX_HEADER_LINES = 20;
const LABELS = /^(full label|label|metric ?name|metric)$/i;
const METRIC_LINES =
  /^(id|full label|label|metric ?name|metric|namespace|dimensions?|stat|statistic|period|unit|region|account|expression)$/i;

/**
 * Reads a file's text: `timestamp,value`, CloudWatch's JSON, or the CSV of its console, which
 * starts with lines about the metric and has dates with slashes.
 * @throws CapacityError that names the file and the line, and quotes the line's start
 */
export function readExport(text: string, file: string): Export {
  const whole = text.replace(/^\uFEFF/, '');
  if (whole.trim() === '') throw new CapacityError(`${file} is empty: it must have lines of timestamp,value`);
  if (whole.includes('\0'))
    throw new CapacityError(`${file} must be UTF-8 text, got other bytes: save it as CSV in UTF-8`);
  if (/^\s*[{[]/.test(whole)) return { points: read(whole, file), otherColumns: 0, gaps: 'idle' };
  const lines = whole.split(/\r?\n/);
  const first = lines.findIndex(looksLikeData);
  const separator = separatorOf(lines[first] ?? whole);
  const rows = lines.map((line) => cellsOf(line, separator));
  const headers = rows.slice(0, headerLines(rows));
  if (first < 0 || first > MAX_HEADER_LINES) throw withoutData(lines, headers, file);
  const label = headers.find(([name]) => LABELS.test(name ?? ''))?.[1];
  const fromConsole =
    headers.some(([name]) => /^full label$/i.test(name ?? '')) ||
    (label !== undefined && rows[first]![0]!.charAt(4) === '/');
  // The console leaves a cell empty if only another metric has a point at that time.
  const stated = fromConsole ? lines.map((line, i) => (rows[i]![1] === '' ? '' : line)) : lines;
  return {
    points: read(stated.join('\n'), file, headers.length || undefined),
    ...(label ? { label } : {}),
    otherColumns: Math.max(0, rows[first]!.length - 2),
    gaps: fromConsole ? 'idle' : 'unknown',
  };
}

/**
 * Number of lines before the data: the console's lines about the metric, and one with column names.
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
      ? `${file} has no lines of data: ${quoted(some.at(-1)!)} must be followed by lines of timestamp,value`
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
 * Converts levels to counts. Concurrency is a level: if a point covers several minutes, each of
 * them has its full value. `minutesOf` divides a point's count among its minutes, so each level is
 * first multiplied by the number of these minutes.
 */
export function levelsAsCounts(points: readonly Point[], step: number): Point[] {
  return points.map(({ at, value }) => ({ at, value: value * step }));
}

/** Number of days that the points span, without undated points. */
export function daysOf(points: readonly Point[]): number {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { at } of points) {
    if (Number.isNaN(at)) continue;
    first = Math.min(first, at);
    last = Math.max(last, at);
  }
  return Math.max(0, last - first) / MS_PER_MINUTE / MINUTES_PER_DAY;
}
