import { MINUTES_PER_DAY, MS_PER_MINUTE } from './minutes';

/** Finds the past minute that a minute is compared with. */
export interface Calendar {
  /**
   * Number of minutes back to the same local time the given number of days before, or on the last
   * comparable day if a holiday is involved.
   */
  lag(minute: number, days: number): number;
}

/** Days of a place. */
export interface CalendarOptions {
  /** IANA name; default UTC. */
  readonly timeZone?: string;
  /** Local dates, `YYYY-MM-DD`, on which people behave as on a Sunday. */
  readonly holidays?: readonly string[];
}

/** Maximum of days in which a comparable day is searched: the length of the history. */
const FURTHEST_DAYS = 21;

/**
 * The clock of a place. It follows daylight saving, and compares a holiday with Sundays.
 */
export function calendarOf(options: CalendarOptions = {}): Calendar {
  const offset = options.timeZone === undefined || options.timeZone === 'UTC' ? () => 0 : offsetsOf(options.timeZone);
  const holidays = new Set((options.holidays ?? []).map(dayNumber));
  if (holidays.size === 0 && !options.timeZone) return { lag: (_, days) => days * MINUTES_PER_DAY };
  return {
    lag(minute, days) {
      const back = comparable(Math.floor((minute + offset(minute)) / MINUTES_PER_DAY), days, holidays);
      const then = minute - back * MINUTES_PER_DAY;
      // A day on which clocks change has 23 or 25 hours. If the clock skipped this local time, days
      // of 24 hours are used.
      const first = back * MINUTES_PER_DAY + offset(then) - offset(minute);
      return back * MINUTES_PER_DAY + offset(minute - first) - offset(minute);
    },
  };
}

/** Number of days, at least the given one, back to the last day of the same kind. */
function comparable(day: number, days: number, holidays: ReadonlySet<number>): number {
  if (holidays.size === 0) return days;
  if (holidays.has(day)) {
    // One day back means the last quiet day, a week back the one before.
    let left = days >= 7 ? 2 : 1;
    for (let back = 1; back <= FURTHEST_DAYS; back++) {
      if (isQuiet(day - back, holidays) && --left === 0) return back;
    }
    return days;
  }
  for (let back = days; back <= FURTHEST_DAYS; back += days >= 7 ? 7 : 1) if (!holidays.has(day - back)) return back;
  return days;
}

/** Day 0 was a Thursday. */
function isQuiet(day: number, holidays: ReadonlySet<number>): boolean {
  return holidays.has(day) || (((day + 4) % 7) + 7) % 7 === 0;
}

function dayNumber(date: string): number {
  const at = Date.parse(`${date}T00:00Z`);
  // JavaScript reads 31 February as a day in March, so the date is formatted again and compared.
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== date) {
    throw new Error(`a holiday must be a date YYYY-MM-DD, got '${date}'`);
  }
  return at / MS_PER_MINUTE / MINUTES_PER_DAY;
}

/**
 * Minutes that local time is ahead of UTC. Clocks change at a quarter of an hour, so one lookup for
 * each quarter is exact.
 */
function offsetsOf(timeZone: string): (minute: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset', hour: 'numeric' });
  const look = (minute: number): number => {
    const zone = format.formatToParts(minute * MS_PER_MINUTE).find(({ type }) => type === 'timeZoneName')!.value;
    const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(zone) ?? [];
    return hours === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  };
  const ofDay = new Map<number, { readonly at: number; readonly then: number } | number>();
  const quarters = new Map<number, number>();
  return (minute) => {
    const day = Math.floor(minute / MINUTES_PER_DAY);
    let known = ofDay.get(day);
    if (known === undefined) {
      const at = look(day * MINUTES_PER_DAY);
      const then = look((day + 1) * MINUTES_PER_DAY);
      known = at === then ? at : { at, then };
      ofDay.set(day, known);
    }
    if (typeof known === 'number') return known;
    const quarter = Math.floor(minute / 15);
    let offset = quarters.get(quarter);
    if (offset === undefined) {
      offset = look(quarter * 15);
      quarters.set(quarter, offset);
    }
    return offset;
  };
}
