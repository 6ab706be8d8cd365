import { MINUTES_PER_DAY, MS_PER_MINUTE } from '../../forecast/minutes';

/** Time zones change their offset only at multiples of 15 minutes. */
const LOOK_MINUTES = 15;

/** Local time of a time zone. Minutes are whole minutes since 1970, UTC. */
export interface Clock {
  readonly zone: string;
  /** `2026-11-24` */
  day(minute: number): string;
  /** `09:05` */
  time(minute: number): string;
  /** `Tue 24 Nov` */
  date(minute: number): string;
  /** Minutes since the local midnight. */
  minuteOfDay(minute: number): number;
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * The clock of a time zone. Names are always English, so that a report is the same on every
 * machine.
 */
export function clockOf(zone: string): Clock {
  const offset = zone === 'UTC' ? () => 0 : offsetsOf(zone);
  const local = (minute: number) => new Date((minute + offset(minute)) * MS_PER_MINUTE);
  return {
    zone,
    day: (minute) => local(minute).toISOString().slice(0, 10),
    time: (minute) => local(minute).toISOString().slice(11, 16),
    date: (minute) => {
      const at = local(minute);
      return `${WEEKDAYS[at.getUTCDay()]} ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
    },
    minuteOfDay: (minute) => (((minute + offset(minute)) % MINUTES_PER_DAY) + MINUTES_PER_DAY) % MINUTES_PER_DAY,
  };
}

function offsetsOf(timeZone: string): (minute: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset', hour: 'numeric' });
  const known = new Map<number, number>();
  const look = (minute: number): number => {
    let offset = known.get(minute);
    if (offset === undefined) {
      const parts = format.formatToParts(minute * MS_PER_MINUTE);
      const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
      const [, sign, hours = '0', minutes = '0'] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
      offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
      known.set(minute, offset);
    }
    return offset;
  };
  return (minute) => {
    // On most days the offset is the same at the start and at the end, so two slow lookups suffice.
    const day = Math.floor(minute / MINUTES_PER_DAY) * MINUTES_PER_DAY;
    const atStart = look(day);
    return atStart === look(day + MINUTES_PER_DAY) ? atStart : look(Math.floor(minute / LOOK_MINUTES) * LOOK_MINUTES);
  };
}

/** A span of minutes, by index. */
export interface Stretch {
  readonly from: number;
  /** First index after the span. */
  readonly to: number;
}

/** The local days between two indexes of a series. The first and the last may be incomplete. */
export function localDays(
  clock: Clock,
  start: number,
  from: number,
  to: number,
): (Stretch & { readonly day: string })[] {
  const days: { day: string; from: number; to: number }[] = [];
  for (let at = from; at < to; ) {
    const day = clock.day(start + at);
    // Searches for the next local midnight by comparing dates, because a day on which clocks change
    // has 23 or 25 hours.
    let next = Math.min(to, at + MINUTES_PER_DAY - clock.minuteOfDay(start + at));
    while (next < to && clock.day(start + next) === day) next += LOOK_MINUTES;
    while (next > at + 1 && clock.day(start + next - 1) !== day) next--;
    next = Math.min(next, to);
    days.push({ day, from: at, to: next });
    at = next;
  }
  return days;
}
