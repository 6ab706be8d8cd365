import { MINUTES_PER_DAY, MS_PER_MINUTE } from './minutes';

/** Finds the past minute with which a minute is compared. */
export interface Calendar {
  /**
   * Minutes from a minute back to the same local time, the given number of days earlier. If one of
   * the two days is a holiday, it goes back to the last comparable day instead.
   */
  lag(minute: number, days: number): number;
}

/** Time zone and holidays of a calendar. */
export interface CalendarOptions {
  /** IANA name; default UTC. */
  readonly timeZone?: string;
  /** Local dates, `YYYY-MM-DD`, on which demand is like on a Sunday. */
  readonly holidays?: readonly string[];
}

/** Maximum days to search backwards for a comparable day. */
const FURTHEST_DAYS = 21;

/** Makes a calendar. It follows daylight saving time, and compares holidays with Sundays. */
export function calendarOf(options: CalendarOptions = {}): Calendar {
  const offset = options.timeZone === undefined || options.timeZone === 'UTC' ? () => 0 : offsetsOf(options.timeZone);
  const holidays = new Set((options.holidays ?? []).map(dayNumber));
  if (holidays.size === 0 && !options.timeZone) return { lag: (_, days) => days * MINUTES_PER_DAY };
  return {
    lag(minute, days) {
      const back = comparable(Math.floor((minute + offset(minute)) / MINUTES_PER_DAY), days, holidays);
      const then = minute - back * MINUTES_PER_DAY;
      // If clocks change, a day has 23 or 25 hours, so the offsets are included. If clocks skipped
      // this local time on the earlier day, the result is another local time.
      const first = back * MINUTES_PER_DAY + offset(then) - offset(minute);
      return back * MINUTES_PER_DAY + offset(minute - first) - offset(minute);
    },
  };
}

/**
 * Returns the days back to the last day of the same kind. For a day that isn't a holiday, this is
 * at least `days`.
 */
function comparable(day: number, days: number, holidays: ReadonlySet<number>): number {
  if (holidays.size === 0) return days;
  if (holidays.has(day)) {
    // For a holiday, one day back means the last Sunday or holiday. A week back means the Sunday or
    // holiday before that.
    let left = days >= 7 ? 2 : 1;
    for (let back = 1; back <= FURTHEST_DAYS; back++) {
      if (isSundayOrHoliday(day - back, holidays) && --left === 0) return back;
    }
    return days;
  }
  for (let back = days; back <= FURTHEST_DAYS; back += days >= 7 ? 7 : 1) if (!holidays.has(day - back)) return back;
  return days;
}

/** Whether a day is a Sunday or a holiday. Day 0 was a Thursday. */
function isSundayOrHoliday(day: number, holidays: ReadonlySet<number>): boolean {
  return holidays.has(day) || (((day + 4) % 7) + 7) % 7 === 0;
}

function dayNumber(date: string): number {
  const at = Date.parse(`${date}T00:00Z`);
  // JavaScript reads 31 February as a day in March. So the code formats the parsed date again and
  // compares it.
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== date) {
    throw new Error(`a holiday must be a date YYYY-MM-DD, got '${date}'`);
  }
  return at / MS_PER_MINUTE / MINUTES_PER_DAY;
}

/**
 * Makes a function that returns the minutes by which local time is ahead of UTC. A lookup is slow,
 * so the offsets are cached. On a day without a clock change, one offset applies to the whole day.
 * On other days, there is one lookup for each 15 minutes, because clocks change only at multiples
 * of 15 minutes.
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
