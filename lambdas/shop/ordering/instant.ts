/** Assumed time zone of a time that states none. */
const TIME_ZONE = 'Europe/London';

const HAS_ZONE = /(?:Z|[+-]\d{2}:\d{2})$/;
const FORM =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)?$/;

/**
 * Whether a text is an ISO 8601 time on a day that exists. `Date` alone would convert 31 February
 * to 3 March.
 */
export function isTime(text: string): boolean {
  const [, year, month, day] = FORM.exec(text) ?? [];
  if (day === undefined) return false;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
}

/**
 * Converts an ISO 8601 time to UTC, `2010-12-01T08:26:00.000Z`. The results sort by time, whatever
 * the original time zones are.
 */
export function instantOf(time: string): string {
  if (HAS_ZONE.test(time)) return new Date(time).toISOString();
  const asUtc = Date.parse(`${time}Z`);
  // The second step corrects times near a change of daylight saving time.
  const near = asUtc - offsetMs(asUtc);
  return new Date(asUtc - offsetMs(near)).toISOString();
}

let zone: Intl.DateTimeFormat | undefined;

/** Milliseconds by which the shop's time zone is ahead of UTC. */
function offsetMs(at: number): number {
  zone ??= new Intl.DateTimeFormat('en-GB', { timeZone: TIME_ZONE, timeZoneName: 'longOffset' });
  const name = zone.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const [, sign, hours, minutes] = /([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
  if (hours === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
