import fc from 'fast-check';
import { calendarOf } from '../../forecast/calendar';

const minute = (iso: string) => Date.parse(iso) / 60_000;
const DAY = 1440;

/** The local wall clock, from the runtime's own knowledge of the zone. */
function wallClock(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', weekday: 'short' }).format(
    at * 60_000,
  );
}

/** Date and time on the wall as whole minutes, from the runtime's own knowledge of the zone. */
function localClock(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return (at) => minute(`${format.format(at * 60_000).replace(' ', 'T')}Z`);
}

describe('calendarOf', () => {
  test('a day is a day in UTC', () => {
    expect([1, 7, 14].map((days) => calendarOf().lag(12345, days))).toEqual([DAY, 7 * DAY, 14 * DAY]);
    expect(calendarOf({ timeZone: 'UTC' }).lag(12345, 7)).toBe(7 * DAY);
  });

  test('9 o’clock remains 9 o’clock when clocks change', () => {
    const berlin = calendarOf({ timeZone: 'Europe/Berlin' });
    // Clocks go forward on 29 March 2026 at 01:00 UTC and back on 25 October.
    expect(berlin.lag(minute('2026-03-30T07:00Z'), 7)).toBe(7 * DAY - 60);
    expect(berlin.lag(minute('2026-03-30T07:00Z'), 1)).toBe(DAY);
    expect(berlin.lag(minute('2026-03-29T07:00Z'), 1)).toBe(DAY - 60);
    expect(berlin.lag(minute('2026-04-06T07:00Z'), 7)).toBe(7 * DAY);
    expect(berlin.lag(minute('2026-10-26T08:00Z'), 7)).toBe(7 * DAY + 60);
    expect(berlin.lag(minute('2026-10-25T08:00Z'), 1)).toBe(DAY + 60);
  });

  test.each([
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'America/St_Johns',
    'Africa/Casablanca',
  ])('the same wall clock in %s, unless that hour was skipped or came twice', (timeZone) => {
    const calendar = calendarOf({ timeZone });
    fc.assert(
      fc.property(fc.integer({ min: minute('2025-01-01T00:00Z'), max: minute('2026-12-31T00:00Z') }), (at) => {
        const then = at - calendar.lag(at, 7);
        const [now, before] = [wallClock(at, timeZone), wallClock(then, timeZone)];
        // Within the hours around a change there may be no such time; the lag is then at most that hour off.
        if (Math.abs(calendar.lag(at, 7) - 7 * DAY) === 0 || now === before) expect(now).toBe(before);
        else expect(wallClock(then - 60, timeZone) === now || wallClock(then + 60, timeZone) === now).toBe(true);
      }),
      { seed: 31, numRuns: 300 },
    );
  });

  describe.each([
    ['Europe/Berlin', '2026-03-29T01:00Z', 60],
    ['Europe/Berlin', '2026-10-25T01:00Z', -60],
    ['America/St_Johns', '2026-03-08T05:30Z', 60],
    ['America/St_Johns', '2026-11-01T04:30Z', -60],
    ['Australia/Lord_Howe', '2026-10-03T15:30Z', 30],
    ['Australia/Lord_Howe', '2026-04-04T15:00Z', -30],
  ])('around the change of clocks in %s, %s, by %i minutes', (timeZone, change, by) => {
    const calendar = calendarOf({ timeZone });
    const localMinute = localClock(timeZone);

    test.each([1, 7])(
      '%i days back the clock says the same; what was skipped was so many times 24 hours ago',
      (days) => {
        let skipped = 0;
        for (let at = minute(change) - 180; at < minute(change) + days * DAY + 180; at += 15) {
          const lag = calendar.lag(at, days);
          const wanted = localMinute(at) - days * DAY;
          const wasThere = [0, by, -by].some((apart) => localMinute(at - days * DAY + apart) === wanted);
          if (wasThere) expect(localMinute(at - lag)).toBe(wanted);
          else expect(lag).toBe(days * DAY);
          if (!wasThere) skipped += 15;
        }
        expect(skipped).toBe(Math.max(0, by));
      },
    );
  });

  test('lags lead back by a day at least, and not beyond three weeks', () => {
    const calendar = calendarOf({ timeZone: 'America/New_York', holidays: ['2026-07-03', '2026-07-04', '2026-11-26'] });
    fc.assert(
      fc.property(
        fc.integer({ min: minute('2026-01-01T00:00Z'), max: minute('2026-12-31T00:00Z') }),
        fc.constantFrom(1, 7),
        (at, days) => {
          const lag = calendar.lag(at, days);
          expect(lag).toBeGreaterThanOrEqual(DAY - 60);
          expect(lag).toBeLessThanOrEqual(21 * DAY + 60);
        },
      ),
      { seed: 32, numRuns: 300 },
    );
  });

  describe('holidays', () => {
    // Thursday, 25 December 2025; Friday the 26th too.
    const calendar = calendarOf({ holidays: ['2025-12-25', '2025-12-26'] });
    const daysBack = (iso: string, days: number) => calendar.lag(minute(iso), days) / DAY;

    test('are compared with the last quiet days', () => {
      expect(daysBack('2025-12-25T12:00Z', 1)).toBe(4); // Sunday the 21st
      expect(daysBack('2025-12-25T12:00Z', 7)).toBe(11); // the Sunday before
      expect(daysBack('2025-12-26T12:00Z', 1)).toBe(1); // the 25th
      expect(daysBack('2025-12-26T12:00Z', 7)).toBe(5); // Sunday the 21st
    });

    test('are not used for the forecast of other days', () => {
      expect(daysBack('2025-12-27T12:00Z', 1)).toBe(3); // the 24th
      expect(daysBack('2026-01-01T12:00Z', 7)).toBe(14); // the 18th
      expect(daysBack('2025-12-24T12:00Z', 1)).toBe(1);
      expect(daysBack('2025-12-24T12:00Z', 7)).toBe(7);
    });

    test('are skipped, even two weeks of them', () => {
      const dates = Array.from({ length: 14 }, (_, i) => new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10));
      const long = calendarOf({ holidays: dates });
      // Thursday the 15th: the 1st and the 8th are holidays, 25 December is not.
      expect(long.lag(minute('2026-01-15T12:00Z'), 7)).toBe(21 * DAY);
      expect(long.lag(minute('2026-01-15T12:00Z'), 1)).toBe(15 * DAY);
    });

    test('are dates of the time zone, not of UTC', () => {
      const tokyo = calendarOf({ timeZone: 'Asia/Tokyo', holidays: ['2025-12-25'] });
      expect(tokyo.lag(minute('2025-12-24T16:00Z'), 7)).toBe(11 * DAY); // 01:00 on the 25th there
      expect(tokyo.lag(minute('2025-12-25T16:00Z'), 7)).toBe(7 * DAY);
    });

    test.each(['25.12.2025', '2025-12', '2025-13-01', '2025-02-30', 'Christmas'])('fails on %p', (date) => {
      expect(() => calendarOf({ holidays: [date] })).toThrow(`got '${date}'`);
    });
  });

  test('fails on a time zone that does not exist', () => {
    expect(() => calendarOf({ timeZone: 'Mars/Olympus' })).toThrow('Mars/Olympus');
  });
});
