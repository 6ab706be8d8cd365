import * as fc from 'fast-check';
import { clockOf, localDays } from '../../../cli/capacity/clock';

const minute = (iso: string) => Date.parse(iso) / 60_000;

test('returns local days and times', () => {
  const clock = clockOf('America/New_York');
  expect([clock.day(minute('2026-11-24T03:30Z')), clock.time(minute('2026-11-24T03:30Z'))]).toEqual([
    '2026-11-23',
    '22:30',
  ]);
  expect(clock.date(minute('2026-11-24T12:00Z'))).toBe('Tue 24 Nov');
  expect(clock.minuteOfDay(minute('2026-11-24T05:00Z'))).toBe(0);
});

test.each([
  ['Europe/Berlin', '2026-03-28T23:00Z', 23],
  ['Europe/Berlin', '2026-10-24T22:00Z', 25],
  ['Australia/Lord_Howe', '2026-04-04T13:00Z', 24.5],
  ['UTC', '2026-03-29T00:00Z', 24],
])('a day of %s from %s on has %d hours', (zone, midnight, hours) => {
  const start = minute(midnight);
  const [first, second] = localDays(clockOf(zone), start, 0, 3 * 1440);
  expect((first!.to - first!.from) / 60).toBe(hours);
  expect(clockOf(zone).minuteOfDay(start + second!.from)).toBe(0);
});

test('days have no gap, no overlap and one name each', () =>
  fc.assert(
    fc.property(
      fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'America/Santiago'),
      fc.integer({ min: minute('2026-01-01T00:00Z'), max: minute('2026-12-01T00:00Z') }),
      fc.integer({ min: 1, max: 6 * 1440 }),
      (zone, start, length) => {
        const clock = clockOf(zone);
        const days = localDays(clock, start, 0, length);
        expect(days[0]!.from).toBe(0);
        expect(days.at(-1)!.to).toBe(length);
        for (const [i, day] of days.entries()) {
          expect(day.to).toBeGreaterThan(day.from);
          if (i > 0) expect(day.from).toBe(days[i - 1]!.to);
          expect([clock.day(start + day.from), clock.day(start + day.to - 1)]).toEqual([day.day, day.day]);
        }
        expect(new Set(days.map(({ day }) => day)).size).toBe(days.length);
      },
    ),
  ));
