import { readTarget } from '../../../lambdas/system/floor-controller/capacity-target';
import { TARGET } from './fake-cloud';

describe('readTarget', () => {
  test('reads what synth writes, into the terms of the forecast', () => {
    const read = readTarget({
      ...TARGET,
      goal: { coldShare: 0.01 },
      timeZone: 'Europe/Berlin',
      holidays: ['2026-12-25'],
      events: [
        { from: '2026-11-27T00:00:00+01:00', until: '2026-11-27T00:00:30+01:00', factor: 3 },
        { from: '2026-11-28T00:00:00Z', until: '2026-11-29T00:00:00Z', demand: 40 },
      ],
      indicators: ['search', 'basket'],
    });
    const friday = Date.parse('2026-11-26T23:00:00Z') / 60_000;
    expect(read.goal).toEqual({ kind: 'limit', cold: 0.01 });
    expect(read.events).toEqual([
      { from: friday, until: friday + 1, factor: 3 },
      { from: friday + 25 * 60, until: friday + 49 * 60, demand: 40 },
    ]);
    expect(read.series.map(({ name, metric, statistic }) => [name, metric, statistic])).toEqual([
      ['demand', 'ConcurrentExecutions', 'Maximum'],
      ['indicator:search', 'Invocations', 'Sum'],
      ['indicator:basket', 'Invocations', 'Sum'],
    ]);
    // Clocks went back on 25 October: noon a week before the 26th is 25 hours more than six days ago.
    const noon = Date.parse('2026-10-26T11:00:00Z') / 60_000;
    expect(read.calendar.lag(noon, 7)).toBe(7 * 1_440 + 60);
  });

  test('has a basis that changes with what is learned from, and with nothing else', () => {
    const more = {
      timeZone: 'Europe/Berlin',
      holidays: ['2026-12-25', '2027-01-01'],
      indicators: ['search', 'basket'],
    };
    const basis = (change: object) => readTarget({ ...TARGET, ...more, ...change }).basis;
    const same = basis({});
    expect(same).toMatch(/^[\w-]{16}$/);
    expect(basis({ holidays: ['2027-01-01', '2026-12-25', '2027-01-01'] })).toBe(same);
    const event = { from: '2026-11-28T00:00:00Z', until: '2026-11-29T00:00:00Z', demand: 40 };
    expect(basis({ min: 3, name: 'other', events: [event] })).toBe(same);
    const others = [
      { timeZone: 'Europe/Paris' },
      { holidays: ['2026-12-25'] },
      { indicators: ['basket', 'search'] },
      { indicators: ['search'] },
      { indicators: undefined },
    ].map(basis);
    expect(new Set([same, ...others]).size).toBe(6);
    expect(readTarget(TARGET).basis).toBe(readTarget({ ...TARGET, timeZone: 'UTC', holidays: [] }).basis);
  });

  test('takes a price, UTC and nothing else for granted', () => {
    const read = readTarget(TARGET);
    expect(read.goal).toEqual({ kind: 'price', price: 40 });
    expect(read.events).toEqual([]);
    expect(read.calendar.lag(0, 7)).toBe(7 * 1_440);
  });

  test.each([
    [null, 'a capacity target must be an object, got null'],
    [{ ...TARGET, aliasName: '' }, 'aliasName must be a non-empty string, got ""'],
    [{ ...TARGET, min: '2' }, 'min must be a whole number from 1, got "2"'],
    [{ ...TARGET, min: 0 }, 'min must be a whole number from 1, got 0'],
    [{ ...TARGET, max: 1 }, 'max must be a whole number from 2, got 1'],
    [{ ...TARGET, leadMinutes: 61 }, 'leadMinutes must be a whole number from 1 to 60, got 61'],
    [{ ...TARGET, leadMinutes: 2.5 }, 'leadMinutes must be a whole number from 1 to 60, got 2.5'],
    [{ ...TARGET, goal: undefined }, 'goal must be either a price or a coldShare, got nothing'],
    [{ ...TARGET, goal: { price: 4, coldShare: 0.1 } }, 'goal must be either a price or a coldShare, got {"price":4'],
    [{ ...TARGET, goal: { price: 1 } }, 'goal.price must be a number above 1, got 1'],
    [{ ...TARGET, goal: { coldShare: 1 } }, 'goal.coldShare must be between 0 and 1, got 1'],
    [{ ...TARGET, indicators: 'search' }, 'indicators must be a list of names of functions, got "search"'],
    [{ ...TARGET, holidays: [''] }, 'holidays must be a list of dates YYYY-MM-DD, got [""]'],
    [{ ...TARGET, holidays: ['25.12.'] }, "'25.12.'"],
    [{ ...TARGET, timeZone: 'Mars/Base' }, 'Mars/Base'],
    [{ ...TARGET, events: [null] }, 'events must be a list of objects, got [null]'],
    [
      { ...TARGET, events: [{ from: '2026-11-28T00:00:00Z', until: 'never' }] },
      `events[0] must be an event whose 'from' is earlier than its 'until', both ISO 8601 with a zone, got {"from":"2026-11-28T00:00:00Z","until":"never"}`,
    ],
    [
      { ...TARGET, events: [{ from: '2026-11-28T00:00:00Z', until: '2026-11-29T00:00:00Z', factor: -1 }] },
      'events[0].factor must be from 0, got -1',
    ],
  ])('fails with what was got and what is expected: %#', (target, message) => {
    expect(() => readTarget(target)).toThrow(message);
  });
});
