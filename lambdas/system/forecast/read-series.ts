import type { Point } from './minutes';

/**
 * Points of a file's text: `timestamp,value` lines with or without a header (ISO 8601, UTC unless it names a zone; or seconds or
 * milliseconds since 1970), or the JSON that CloudWatch's GetMetricData and GetMetricStatistics answer.
 * @throws Error that names the line and what was found there
 */
export function readSeries(text: string): Point[] {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  const points = /^[{[]/.test(trimmed) ? readJson(trimmed) : readCsv(trimmed);
  if (points.length === 0)
    throw new Error('the series must have at least one line with a timestamp and a value, got none');
  return points;
}

function readCsv(text: string): Point[] {
  const points: Point[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === '') return;
    const [time = '', value = ''] = line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    const at = readTime(time);
    if (at === undefined) {
      if (index === 0 && value !== '' && Number.isNaN(Number(value))) return; // a header
      throw new Error(`line ${index + 1}: expected a timestamp (ISO 8601, or seconds since 1970), got '${time}'`);
    }
    points.push({ at, value: readValue(value, `line ${index + 1}`) });
  });
  return points;
}

function readTime(text: string): number | undefined {
  if (/^\d{9,11}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (/^\d{12,14}$/.test(text)) return Number(text);
  const iso = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?\s*(Z|[+-]\d\d:?\d\d)?$/i.exec(text);
  if (!iso) return undefined;
  const at = Date.parse(`${iso[1]}T${iso[2] ?? '00:00'}${iso[3]?.toUpperCase() ?? 'Z'}`);
  // A 31 February is read as a day in March.
  const exists = !Number.isNaN(at) && new Date(`${iso[1]}T00:00Z`).toISOString().startsWith(iso[1]!);
  return exists ? at : undefined;
}

/** Nothing and NaN mean that nothing is known; anything else that is no number is an error. */
function readValue(text: string, where: string): number {
  if (text === '' || /^nan$/i.test(text)) return Number.NaN;
  const value = Number(text);
  if (Number.isNaN(value)) throw new Error(`${where}: expected a number as value, got '${text}'`);
  return value;
}

const STATISTICS = ['Sum', 'Maximum', 'Average', 'SampleCount', 'Minimum'];

function readJson(text: string): Point[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new Error(`expected CSV or the JSON of CloudWatch, got JSON that can't be read: ${(error as Error).message}`);
  }
  const answer = parsed as {
    MetricDataResults?: { Timestamps?: string[]; Values?: number[] }[];
    Datapoints?: Record<string, unknown>[];
  };
  const result = answer.MetricDataResults?.[0];
  if (result?.Timestamps && result.Values) {
    return result.Timestamps.map((time, i) => ({
      at: timeOf(time, `Timestamps[${i}]`),
      value: Number(result.Values![i]),
    }));
  }
  if (Array.isArray(answer.Datapoints)) {
    return answer.Datapoints.map((datapoint, i) => {
      const statistic = STATISTICS.find((name) => name in datapoint);
      return {
        at: timeOf(datapoint['Timestamp'], `Datapoints[${i}].Timestamp`),
        value: statistic === undefined ? Number.NaN : Number(datapoint[statistic]),
      };
    });
  }
  throw new Error(
    `expected MetricDataResults (GetMetricData) or Datapoints (GetMetricStatistics), got an object with ${Object.keys(answer).slice(0, 5).join(', ') || 'nothing'}`,
  );
}

function timeOf(value: unknown, where: string): number {
  const at = typeof value === 'number' ? value * 1000 : readTime(String(value));
  if (at === undefined) throw new Error(`${where}: expected a timestamp, got '${String(value)}'`);
  return at;
}
