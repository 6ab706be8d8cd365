import { createHash } from 'node:crypto';
import { type Calendar, calendarOf } from '../../../forecast/calendar';
import type { AnnouncedEvent } from '../../../forecast/events';
import type { Goal } from '../../../forecast/goal';
import { MS_PER_MINUTE } from '../../../forecast/minutes';
import type { CapacityTarget } from '../../../lib/protocol';
import { demandOf, indicatorOf, type SeriesOf } from './metrics-source';

/** Maximum lead time, in minutes. Forecasts further ahead aren't accurate to the minute. */
const MAX_LEAD = 60;

/** A parsed target, in the form that the forecast needs. */
export interface ReadTarget {
  readonly target: CapacityTarget;
  readonly goal: Goal;
  readonly calendar: Calendar;
  readonly events: readonly AnnouncedEvent[];
  /**
   * A text that is equal for equal inputs of the forecast: indicators and their order, time zone
   * and holidays.
   */
  readonly basis: string;
  /** Series to measure: demand first, then the indicators. */
  readonly series: readonly SeriesOf[];
}

/**
 * Parses the target that synth wrote.
 * @throws Error with the field, the given value and the expected value
 */
export function readTarget(value: unknown): ReadTarget {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`a capacity target must be an object, got ${show(value)}`);
  }
  const target = value as Partial<CapacityTarget>;
  for (const field of ['name', 'functionName', 'aliasName'] as const) {
    expect(typeof target[field] === 'string' && target[field] !== '', field, 'a non-empty string', target[field]);
  }
  wholeNumber('min', target.min, 1);
  wholeNumber('max', target.max, target.min!);
  wholeNumber('leadMinutes', target.leadMinutes, 1, MAX_LEAD);
  const read = target as CapacityTarget;
  const indicators = list('indicators', read.indicators, 'a list of names of functions', isText);
  const holidays = list('holidays', read.holidays, 'a list of dates YYYY-MM-DD', isText);
  return {
    target: read,
    goal: goalOf(read.goal),
    calendar: calendarOf({ ...(read.timeZone === undefined ? {} : { timeZone: read.timeZone }), holidays }),
    events: list(
      'events',
      read.events,
      'a list of objects',
      (event) => typeof event === 'object' && event !== null,
    ).map(eventOf),
    basis: shortOf([read.timeZone ?? 'UTC', [...new Set(holidays)].sort(), indicators]),
    series: [demandOf(read.functionName), ...indicators.map(indicatorOf)],
  };
}

/** A short hash of a value. It is short because it is stored with each state. */
function shortOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 16);
}

function goalOf(goal: CapacityTarget['goal'] | undefined): Goal {
  const { price, coldShare } = goal ?? {};
  expect((price === undefined) !== (coldShare === undefined), 'goal', 'either a price or a coldShare', goal);
  if (price !== undefined) {
    expect(Number.isFinite(price) && price > 1, 'goal.price', 'a number above 1', price);
    return { kind: 'price', price };
  }
  expect(
    Number.isFinite(coldShare) && coldShare! > 0 && coldShare! < 1,
    'goal.coldShare',
    'between 0 and 1',
    coldShare,
  );
  return { kind: 'limit', cold: coldShare! };
}

function eventOf(
  { from, until, factor, demand }: NonNullable<CapacityTarget['events']>[number],
  i: number,
): AnnouncedEvent {
  const [start, end] = [Date.parse(from), Date.parse(until)];
  expect(start < end, `events[${i}]`, "an event whose 'from' is earlier than its 'until', both ISO 8601 with a zone", {
    from,
    until,
  });
  for (const [name, given] of Object.entries({ factor, demand })) {
    expect(given === undefined || (Number.isFinite(given) && given >= 0), `events[${i}].${name}`, 'from 0', given);
  }
  return {
    from: Math.floor(start / MS_PER_MINUTE),
    until: Math.ceil(end / MS_PER_MINUTE),
    ...(factor === undefined ? {} : { factor }),
    ...(demand === undefined ? {} : { demand }),
  };
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function list<T>(
  field: string,
  value: readonly T[] | undefined,
  expected: string,
  holds: (v: T) => boolean,
): readonly T[] {
  if (value === undefined) return [];
  expect(Array.isArray(value) && value.every(holds), field, expected, value);
  return value;
}

function wholeNumber(field: string, value: unknown, min: number, max = Number.MAX_SAFE_INTEGER): void {
  const fits = Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
  const upTo = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
  expect(fits, field, `a whole number ${upTo}`, value);
}

function expect(holds: boolean, field: string, expected: string, got: unknown): void {
  if (!holds) throw new Error(`capacity target: ${field} must be ${expected}, got ${show(got)}`);
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 200);
}
