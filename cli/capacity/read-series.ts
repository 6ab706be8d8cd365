import type { Point } from '../../forecast/minutes';

/**
 * Maximum share of invalid lines, such as comments, totals and typing errors. A file with a larger
 * share isn't a series of points.
 */
const MAX_UNREADABLE = 0.01;

/**
 * Dates in a format of spreadsheets. They are refused, because the order of day and month is
 * ambiguous.
 */
const SPREADSHEET_DATE = /^(?!\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d[:.\d]*)?$)\d{1,4}([./-])\d{1,2}\1\d{1,4}(?!\d)/;
const DATE_HINT = ' (format the column as YYYY-MM-DD HH:MM)';
const COMMA_HINT = ' (a decimal comma needs semicolons between cells)';

/**
 * Reads the points of a file's text: `timestamp,value` lines, or the JSON answer of CloudWatch's
 * GetMetricData or GetMetricStatistics. Cells are separated by commas, semicolons or tabs. A header
 * line is optional. Timestamps are ISO 8601, UTC unless they name a zone, or seconds or
 * milliseconds since 1970. An invalid line becomes a point without a time or a value, which
 * `minutesOf` counts.
 * @param skip number of lines before the data. If undefined, the first line may be a header
 * @throws Error if more than 1 % of the lines are invalid. It names the first of them and quotes
 * its content
 */
export function readSeries(text: string, skip?: number): Point[] {
  const whole = text.replace(/^\uFEFF/, '');
  if (/^\s*[{[]/.test(whole)) return readJson(whole);
  const points = readCsv(whole, skip);
  if (points.length === 0)
    throw new Error('the series must have at least one line with a timestamp and a value, got none');
  return points;
}

/** Whether a line begins with a date or with seconds, as data do. */
export function looksLikeData(line: string): boolean {
  return /^\s*"?\d/.test(line);
}

function readCsv(text: string, skip?: number): Point[] {
  const points: Point[] = [];
  const unreadable: string[] = [];
  const lines = text.split(/\r?\n/);
  const separator = separatorOf(lines.find(looksLikeData) ?? text);
  const header = skip === undefined ? lines.findIndex((line) => line.trim() !== '') : -1;
  lines.forEach((line, index) => {
    if (index < (skip ?? 0) || line.trim() === '') return;
    const [time = '', value = ''] = cellsOf(line, separator);
    const at = readTime(time);
    const measured = readValue(separator === ',' ? value : value.replace(',', '.'));
    if (at === undefined && index === header && value !== '' && measured === undefined) return;
    if (at === undefined) {
      const hint = SPREADSHEET_DATE.test(time) ? DATE_HINT : '';
      unreadable.push(
        `line ${index + 1}: expected a timestamp (ISO 8601, or seconds since 1970), got '${time}'${hint}`,
      );
    } else if (measured === undefined) {
      const hint = separator === ',' && /^[-+]?\d+,\d+$/.test(value) ? COMMA_HINT : '';
      unreadable.push(`line ${index + 1}: expected a number as value, got '${value}'${hint}`);
    }
    points.push({ at: at ?? Number.NaN, value: measured ?? Number.NaN });
  });
  if (unreadable.length > MAX_UNREADABLE * points.length) {
    const others = unreadable.length > 1 ? `; ${unreadable.length} of ${points.length} lines can't be read` : '';
    throw new Error(`${unreadable[0]}${others}`);
  }
  return points;
}

/**
 * The separator of a table's cells: its first comma, semicolon or tab that isn't quoted.
 */
export function separatorOf(text: string): string {
  return /[,;\t]/.exec(text.replace(/"[^"]*"/g, ''))?.[0] ?? ',';
}

/**
 * Cells of a line, without the quotes around them. A quoted cell may contain the separator, and a
 * quote as two quotes.
 */
export function cellsOf(line: string, separator: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const here = line[i]!;
    if (quoted && here === '"' && line[i + 1] === '"') cell += line[++i]!;
    else if (here === '"' && (quoted || cell.trim() === '')) quoted = !quoted;
    else if (here === separator && !quoted) {
      cells.push(cell.trim());
      cell = '';
    } else cell += here;
  }
  return [...cells, cell.trim()];
}

function readTime(text: string): number | undefined {
  if (/^\d{9,11}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (/^\d{12,14}$/.test(text)) return Number(text);
  const iso = /^(\d{4})([-/])(\d\d)\2(\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?\s*(Z|[+-]\d\d:?\d\d)?$/i.exec(text);
  if (!iso) return undefined;
  const day = `${iso[1]}-${iso[3]}-${iso[4]}`;
  const at = Date.parse(`${day}T${iso[5] ?? '00:00'}${iso[6]?.toUpperCase() ?? 'Z'}`);
  // JavaScript would convert 31 February to a day in March.
  const exists = !Number.isNaN(at) && new Date(`${day}T00:00Z`).toISOString().startsWith(day);
  return exists ? at : undefined;
}

/**
 * Returns NaN if the value is unknown (the cell is empty or `NaN`), and undefined if the cell is
 * invalid.
 */
function readValue(text: string): number | undefined {
  if (text === '' || /^nan$/i.test(text)) return Number.NaN;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

const STATISTICS = ['Sum', 'Maximum', 'Average', 'SampleCount', 'Minimum'];

function readJson(text: string): Point[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new Error(`expected CSV or the JSON of CloudWatch, got JSON that can't be read: ${(error as Error).message}`);
  }
  const answer = parsed as Readonly<Record<string, unknown>>;
  const { MetricDataResults: results, Datapoints: datapoints } = answer;
  if (!Array.isArray(results) && !Array.isArray(datapoints)) {
    throw new Error(
      `expected MetricDataResults (GetMetricData) or Datapoints (GetMetricStatistics), got an object with ${Object.keys(answer).slice(0, 5).join(', ') || 'nothing'}`,
    );
  }
  const points = Array.isArray(results) ? pointsOfResults(results) : pointsOfDatapoints(datapoints as unknown[]);
  if (points.length === 0) throw new Error('the metric had no points: check its name, Region and times');
  return points;
}

interface MetricDataResult {
  readonly Id?: string;
  readonly Label?: string;
  readonly Timestamps: readonly unknown[];
  readonly Values: readonly unknown[];
}

function pointsOfResults(entries: readonly unknown[]): Point[] {
  const results = entries.map((entry, i) => {
    const result = objectOf(entry, `MetricDataResults[${i}]`) as Partial<MetricDataResult>;
    for (const list of ['Timestamps', 'Values'] as const)
      if (!Array.isArray(result[list]))
        throw new Error(`MetricDataResults[${i}].${list}: expected a list, got ${shown(result[list])}`);
    return result as MetricDataResult;
  });
  // CloudWatch divides a long answer into several results with the same query id.
  const names = new Map(results.map(({ Id, Label }) => [Id ?? Label ?? '', Label ?? Id ?? 'a metric without a label']));
  if (names.size > 1)
    throw new Error(`expected one metric, got ${names.size} (${[...names.values()].join(', ')}): request one of them`);
  return results.flatMap(({ Timestamps, Values }, part) =>
    Timestamps.map((time, i) => ({
      at: timeOf(time, `MetricDataResults[${part}].Timestamps[${i}]`),
      value: measuredOf(Values[i]),
    })),
  );
}

function pointsOfDatapoints(entries: readonly unknown[]): Point[] {
  const names = new Set<string>();
  const points = entries.map((entry, i) => {
    const datapoint = objectOf(entry, `Datapoints[${i}]`);
    const statistics = STATISTICS.filter((name) => name in datapoint);
    const extended = (datapoint['ExtendedStatistics'] ?? {}) as Readonly<Record<string, unknown>>;
    for (const name of [...statistics, ...Object.keys(extended)]) names.add(name);
    const value = statistics[0] === undefined ? Object.values(extended)[0] : datapoint[statistics[0]];
    return { at: timeOf(datapoint['Timestamp'], `Datapoints[${i}].Timestamp`), value: measuredOf(value) };
  });
  if (names.size > 1)
    throw new Error(`Datapoints have ${names.size} statistics (${[...names].join(', ')}): request one statistic`);
  return points;
}

function objectOf(entry: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    throw new Error(`${where}: expected an object, got ${shown(entry)}`);
  return entry as Readonly<Record<string, unknown>>;
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 40);
}

/** `null` means unknown, not 0. */
function measuredOf(value: unknown): number {
  return typeof value === 'number' || (typeof value === 'string' && value.trim() !== '') ? Number(value) : Number.NaN;
}

function timeOf(value: unknown, where: string): number {
  const at = typeof value === 'number' ? value * 1000 : readTime(String(value));
  if (at === undefined) throw new Error(`${where}: expected a timestamp, got '${String(value)}'`);
  return at;
}
