import { basename, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_PRICE, type Goal } from '../../forecast/goal';
import { type Gaps, MS_PER_MINUTE } from '../../forecast/minutes';
import { LAMBDA } from '../../lib/limits';
import { CapacityError } from './capacity-error';

/** Unit of the file's values. */
export type Unit = 'concurrency' | 'requests';

/** Options of a report. */
export interface Options {
  readonly file: string;
  readonly out: string;
  readonly goal: Goal;
  /** Lead time: minutes from the newest measured minute to the planned one, both excluded. */
  readonly lead: number;
  readonly memoryMb: number;
  /** Milliseconds of a cold initialisation. If undefined, the report has no waiting times. */
  readonly initMs?: number;
  readonly unit: Unit;
  /**
   * Requests that one instance can serve in a minute. If undefined, the report has no numbers of
   * requests.
   */
  readonly requestsPerUnit?: number;
  /**
   * Number of requests on an average day, if the file has concurrent executions. If undefined, the
   * report has no average concurrency.
   */
  readonly requestsPerDay?: number;
  /** Meaning of minutes without a point. Default: depends on the kind of file. */
  readonly gaps?: Gaps;
  /**
   * Allowance for bursts when requests are converted to instances. It is the number of standard
   * deviations (of a Poisson distribution) that are added to the mean.
   */
  readonly burst: number;
  readonly timeZone: string;
  readonly holidays: readonly string[];
  /** Bounds of the provisioned capacity. */
  readonly min: number;
  readonly max: number;
  /** Quota of concurrent executions in the account. */
  readonly quota: number;
  /** File with measured durations by memory size. */
  readonly tuning?: string;
  /** Model of durations by memory size, if there are no measurements. */
  readonly work?: { readonly cpuMs: number; readonly waitMs: number };
}

export const USAGE = 'usage: npx breakwater capacity FILE [--cold 1% | --price 40] [--lead 5] [--out FOLDER] [options]';

export const HELP = `${USAGE}

Computes whether predictive scaling would have saved money on a recorded load. It replays the load, and compares the
forecast with fixed capacity, target tracking, a rolling maximum and last week's demand. It reads FILE, calls no
service, and writes report.html and report.json.

FILE is a CSV of timestamp,value; the JSON of CloudWatch's get-metric-data or get-metric-statistics; or the CSV that
CloudWatch's console exports. It must span at least 4 days, better 5 weeks. The exit code is 0 if the report was
written, else 2.

Goal
  --price P             price of a request with a cold start, in idle instance-minutes, from 2 to 10,000 (default 40)
  --cold SHARE          or instead: maximum share of demand beyond the warm instances, from 0.01% to 50%, as 1% or
                        0.01
  --lead MINUTES        minutes from a decision until its capacity is ready (default 5)
  --min N, --max N      bounds of provisioned capacity (default 1 and none)
File
  --unit concurrency    values are concurrent executions (default)
  --unit requests       values are requests. With --duration-ms they are converted to concurrent executions, by
                        Little's law plus an allowance for bursts
  --gaps idle|unknown   minutes without a point are idle (default for files of CloudWatch), or unknown and filled from
                        the minutes before (default for other CSVs)
  --duration-ms D       mean duration of a request
  --requests-per-unit R or instead: requests that a busy instance serves in a minute
  --requests-per-day R  with concurrent executions and --duration-ms: requests of an average day. The average
                        concurrency is computed from them, because a file of maximums doesn't contain it
  --burst Z             allowance above the mean, in standard deviations of a Poisson number (default 2)
  --time-zone ZONE      time zone of days and clock changes, such as Europe/Berlin (default UTC)
  --holidays DATES      days that differ from their weekday: 2026-12-25,2027-01-01
Cost of an instance
  --memory MB           memory of the function (default 512)
  --init-ms MS          duration of a cold start's initialisation. The report then has the waiting time
  --quota N             concurrent executions of the account (default ${LAMBDA.MAX_ACCOUNT_CONCURRENCY.toLocaleString('en-US')})
Memory sizes
  --tuning FILE         CSV of measured durations: memoryMb,durationMs[,initMs]
  --cpu-ms C --wait-ms W   or a model for single-threaded work: duration = W + C x 1769 / min(memory, 1769)
Output
  --out FOLDER          folder of the report, which is overwritten (default .breakwater/capacity/NAME)`;

/**
 * Reads the command line.
 * @returns undefined if the help was requested
 * @throws CapacityError that names the wrong or missing option
 */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    allowPositionals: true,
    // The code below checks the arguments itself, so that its errors have the form of this package.
    strict: false,
    tokens: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      ...Object.fromEntries(TEXT_OPTIONS.map((name) => [name, { type: 'string' as const }])),
    },
  });
  if (values['help'] === true) return undefined;
  for (const token of tokens) if (token.kind === 'option') checkOption(token.name, token.rawName, token.value);
  if (positionals.length !== 1)
    throw new CapacityError(`One FILE must be given, got ${positionals.length || 'none'}.\n${USAGE}`);
  const text = (name: (typeof TEXT_OPTIONS)[number]) => values[name] as string | undefined;
  const number = (name: (typeof TEXT_OPTIONS)[number], rule: NumberRule) => numberOf(name, text(name), rule);

  const file = positionals[0]!;
  const unit = text('unit') ?? 'concurrency';
  if (unit !== 'concurrency' && unit !== 'requests')
    throw new CapacityError(`--unit must be concurrency or requests, got ${unit}`);
  const gaps = text('gaps');
  if (gaps !== undefined && gaps !== 'idle' && gaps !== 'unknown')
    throw new CapacityError(`--gaps must be idle or unknown, got ${gaps}`);
  const requestsPerUnit = requestsPerUnitOf(
    number('duration-ms', { above: 0 }),
    number('requests-per-unit', { above: 0 }),
  );
  if (unit === 'requests' && requestsPerUnit === undefined)
    throw new CapacityError(
      '--unit requests needs --duration-ms, the mean duration of a request, to compute instances from requests',
    );
  const requestsPerDay = number('requests-per-day', { above: 0 });
  if (unit === 'requests' && requestsPerDay !== undefined)
    throw new CapacityError(
      '--requests-per-day is for concurrent executions: with --unit requests, the file states the requests',
    );
  if (unit === 'concurrency' && (requestsPerDay === undefined) !== (requestsPerUnit === undefined))
    throw new CapacityError(
      'with concurrent executions, --requests-per-day and --duration-ms (or --requests-per-unit) must be given together, got one of them',
    );
  const min = number('min', { from: 1, whole: true }) ?? 1;
  const max = number('max', { from: 1, whole: true }) ?? Number.POSITIVE_INFINITY;
  if (max < min) throw new CapacityError(`--max must not be below --min, got ${max} and ${min}`);
  const initMs = number('init-ms', { above: 0 });
  const work = workOf(number('cpu-ms', { above: 0 }), number('wait-ms', { from: 0 }), text('tuning'));
  return {
    file,
    out: text('out') ?? join('.breakwater', 'capacity', basename(file, extname(file))),
    goal: goalOf(text('cold'), number('price', PRICE_RANGE)),
    lead: number('lead', { from: 1, to: 60, whole: true }) ?? 5,
    memoryMb:
      number('memory', { from: LAMBDA.MIN_MEMORY_MB, to: LAMBDA.MAX_MEMORY_MB, whole: true }) ?? DEFAULT_MEMORY_MB,
    ...(initMs === undefined ? {} : { initMs }),
    unit,
    ...(requestsPerUnit === undefined ? {} : { requestsPerUnit }),
    ...(requestsPerDay === undefined ? {} : { requestsPerDay }),
    ...(gaps === undefined ? {} : { gaps }),
    burst: number('burst', { from: 0, to: 10 }) ?? DEFAULT_BURST,
    timeZone: timeZoneOf(text('time-zone') ?? 'UTC'),
    holidays: holidaysOf(text('holidays')),
    min,
    max,
    quota: number('quota', { from: 1, whole: true }) ?? LAMBDA.MAX_ACCOUNT_CONCURRENCY,
    ...(text('tuning') === undefined ? {} : { tuning: text('tuning')! }),
    ...(work === undefined ? {} : { work }),
  };
}

/**
 * Bounds of `ColdStartGoal`. They are repeated here because an import of `ColdStartGoal` would load
 * aws-cdk-lib. A test compares both copies.
 */
const PRICE_RANGE = { from: 2, to: 10_000 };
const SHARE_RANGE = { from: 0.0001, to: 0.5 };
const DEFAULT_MEMORY_MB = 512;
const DEFAULT_BURST = 2;
const TEXT_OPTIONS = [
  'price',
  'cold',
  'lead',
  'min',
  'max',
  'unit',
  'duration-ms',
  'requests-per-unit',
  'requests-per-day',
  'gaps',
  'burst',
  'time-zone',
  'holidays',
  'memory',
  'init-ms',
  'quota',
  'tuning',
  'cpu-ms',
  'wait-ms',
  'out',
] as const;

function checkOption(name: string, written: string, value: string | undefined): void {
  if (!(TEXT_OPTIONS as readonly string[]).includes(name))
    throw new CapacityError(`There is no option ${written}; npx breakwater capacity --help lists them.\n${USAGE}`);
  if (value === undefined || value.trim() === '') throw new CapacityError(`${written} needs a value.\n${USAGE}`);
}

interface NumberRule {
  readonly from?: number;
  readonly above?: number;
  readonly to?: number;
  readonly whole?: boolean;
}

function numberOf(name: string, text: string | undefined, rule: NumberRule): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  const { from = Number.NEGATIVE_INFINITY, above = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = rule;
  const fits = Number.isFinite(value) && value >= from && value > above && value <= to;
  if (fits && (rule.whole !== true || Number.isInteger(value))) return value;
  const bounds = [
    ...(rule.from === undefined ? [] : [`from ${rule.from}`]),
    ...(rule.above === undefined ? [] : [`above ${rule.above}`]),
    ...(rule.to === undefined ? [] : [`to ${rule.to}`]),
  ].join(' ');
  throw new CapacityError(`--${name} must be a ${rule.whole === true ? 'whole ' : ''}number ${bounds}, got ${text}`);
}

/** Reads the goal. `--cold 1` is refused, because it could mean 1 % or all requests. */
function goalOf(cold: string | undefined, price: number | undefined): Goal {
  if (cold === undefined) return { kind: 'price', price: price ?? DEFAULT_PRICE };
  if (price !== undefined) throw new CapacityError('--cold and --price both set the goal: give one of them');
  const share = /^\s*[\d.]+\s*%\s*$/.test(cold) ? Number(cold.replace('%', '')) / 100 : Number(cold);
  if (!(share >= SHARE_RANGE.from && share <= SHARE_RANGE.to))
    throw new CapacityError(`--cold must be a share such as 1% or 0.01, from 0.01% to 50%, got ${cold}`);
  return { kind: 'limit', cold: share };
}

function requestsPerUnitOf(durationMs: number | undefined, requests: number | undefined): number | undefined {
  if (durationMs !== undefined && requests !== undefined)
    throw new CapacityError(
      '--duration-ms and --requests-per-unit both set the requests of an instance: give one of them',
    );
  return durationMs === undefined ? requests : MS_PER_MINUTE / durationMs;
}

function workOf(cpuMs: number | undefined, waitMs: number | undefined, tuning: string | undefined): Options['work'] {
  if (cpuMs === undefined && waitMs === undefined) return undefined;
  if (tuning !== undefined)
    throw new CapacityError('--tuning and --cpu-ms with --wait-ms both set durations by memory size: give one of them');
  if (cpuMs === undefined) throw new CapacityError('--wait-ms must be given together with --cpu-ms');
  return { cpuMs, waitMs: waitMs ?? 0 };
}

function timeZoneOf(zone: string): string {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: zone });
    return zone;
  } catch {
    throw new CapacityError(`--time-zone must be a name such as Europe/Berlin or UTC, got ${zone}`);
  }
}

function holidaysOf(text: string | undefined): string[] {
  const days = (text ?? '')
    .split(',')
    .map((day) => day.trim())
    .filter((day) => day !== '');
  for (const day of days) {
    const at = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
    // JavaScript would convert 30 February to a day in March.
    if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(day))
      throw new CapacityError(`--holidays must be dates such as 2026-12-25, separated by commas, got ${day}`);
  }
  return days;
}
