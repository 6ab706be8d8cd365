import fc from 'fast-check';
import { type BacktestOptions, backtest, defaultWarmUp } from '../../forecast/backtest';
import { calendarOf } from '../../forecast/calendar';
import type { Minutes } from '../../forecast/minutes';
import { score } from '../../forecast/score';
import { changed, constant, MONDAY, noise, shopDays } from './series';

const LEAD = 5;
const WARM_UP = 3;
const FROM = WARM_UP * 1440;
const minutes = shopDays({ days: 6 });

function replay(some: Minutes = minutes, more: Partial<BacktestOptions> = {}) {
  return backtest(some, { lead: LEAD, warmUp: WARM_UP, ...more });
}

const usual = replay();
const whole = (floors: Float64Array) => floors.every((units) => Number.isInteger(units) && units >= 0);
const mean = (values: Float64Array) => values.reduce((sum, one) => sum + one, 0) / values.length;
/** Minutes of a day, counted from 0. */
const hours = (values: Float64Array, day: number, from: number, to: number) =>
  values.subarray(day * 1440 + from * 60, day * 1440 + to * 60);

describe('backtest', () => {
  test('decides whole units for every minute after the warm-up, and none before the trial', () => {
    expect(usual.from).toBe(FROM);
    expect(usual.floors).toHaveLength(minutes.values.length);
    expect(whole(usual.floors)).toBe(true);
    expect(Math.max(...usual.floors.subarray(0, usual.trialFrom))).toBe(0);
    expect(usual.demand).toEqual(minutes.values);
  });

  test('has enough capacity for the demand peak of every morning', () => {
    for (const day of [3, 4, 5]) {
      const morning = score(hours(usual.demand, day, 9, 10), hours(usual.floors, day, 9, 10), 0);
      expect(morning.cold).toBeLessThan(0.06);
      expect(mean(hours(usual.floors, day, 3, 8))).toBeLessThan(0.4 * mean(hours(usual.floors, day, 10, 16)));
    }
  });

  describe('does not use future values', () => {
    const search = changed(shopDays({ days: 6, seed: 3 }), (value) => 3 * value);
    const more = { levels: [0.5], indicators: [search] };
    const before = replay(minutes, more);
    const futures: Record<string, (value: number, index: number) => number> = {
      'all else': (value, i) => (value + 1) * (2 + Math.sin(i)),
      nothing: () => 0,
      'nothing known': () => Number.NaN,
      'a flood': (value) => value + 1e6,
    };

    // Near a fit or a new margin as often as anywhere: what they may know ends just before.
    const boundary = fc
      .tuple(fc.integer({ min: FROM / 180 + 1, max: 2 * 8 + FROM / 180 }), fc.integer({ min: -LEAD - 1, max: 1 }))
      .map(([margins, apart]) => margins * 180 + apart);
    const lastUnchanged = fc.oneof(boundary, fc.integer({ min: FROM - LEAD, max: minutes.values.length - 60 }));

    test.each(Object.keys(futures))('to %s', (name) => {
      fc.assert(
        fc.property(lastUnchanged, (t) => {
          const from = (some: Minutes) => changed(some, (value, i) => (i > t ? futures[name]!(value, i) : value));
          const after = replay(from(minutes), { ...more, indicators: [from(search)] });
          const firstThatMay = t + LEAD + 2;
          expect(after.floors.subarray(0, firstThatMay)).toEqual(before.floors.subarray(0, firstThatMay));
          expect(after.bands[0]!.values.subarray(0, firstThatMay)).toEqual(
            before.bands[0]!.values.subarray(0, firstThatMay),
          );
          expect(after.floors.subarray(firstThatMay)).not.toEqual(before.floors.subarray(firstThatMay));
          if (name === 'a flood') expect(after.floors[firstThatMay]).not.toBe(before.floors[firstThatMay]);
        }),
        { seed: 71 + name.length, numRuns: 3, endOnFailure: true },
      );
    });

    test('does not depend on where the series ends', () => {
      const cut = { start: minutes.start, values: minutes.values.slice(0, FROM + 2000) };
      expect(replay(cut).floors).toEqual(usual.floors.subarray(0, FROM + 2000));
    });
  });

  describe('does not depend on the unit', () => {
    test('floors and bands grow with demand', () => {
      // The quantile that floors rest on anyway at the default price.
      const levels = [0.975];
      const few = replay(minutes, { levels });
      for (const factor of [4, 0.37]) {
        const scaled = replay(
          changed(minutes, (value) => value * factor),
          { levels },
        );
        let worst = 0;
        for (let i = FROM; i < few.floors.length; i++) {
          worst = Math.max(worst, Math.abs(scaled.bands[0]!.values[i]! / factor / few.bands[0]!.values[i]! - 1));
          // Before rounding up, a floor lay within the unit below it.
          expect(scaled.floors[i]).toBeGreaterThanOrEqual(factor * (few.floors[i]! - 1) * 0.999);
          expect(scaled.floors[i]).toBeLessThanOrEqual(factor * few.floors[i]! * 1.001 + 1);
        }
        expect(worst).toBeLessThan(1e-3);
      }
    });
  });

  test('a whole number of weeks later it decides the same', () => {
    const later = (weeks: number) => ({ start: minutes.start + weeks * 10_080, values: minutes.values });
    expect(replay(later(-300)).floors).toEqual(usual.floors);
    const calendar = calendarOf({ timeZone: 'Asia/Tokyo' });
    expect(replay(later(4), { calendar }).floors).toEqual(replay(minutes, { calendar }).floors);
  });

  describe('where minutes are missing', () => {
    const longer = replay(minutes, { warmUp: 4 });
    const holes: Record<string, (i: number) => boolean> = {
      'every third': (i) => i % 3 === 0,
      'at random, a tenth': (i) => ((i * 2_654_435_761) >>> 0) % 10 === 0,
      'two hours of a morning': (i) => i >= 4 * 1440 + 570 && i < 4 * 1440 + 690,
      'a day of the history': (i) => i >= 2 * 1440 && i < 3 * 1440,
      'a day of the decided ones': (i) => i >= 4 * 1440 && i < 5 * 1440,
    };

    test.each(Object.entries(holes))('%s: floors stay near what they would be', (_, isHole) => {
      const { floors } = replay(
        changed(minutes, (value, i) => (isHole(i) ? Number.NaN : value)),
        { warmUp: 4 },
      );
      expect(whole(floors)).toBe(true);
      const ratio = mean(hours(floors, 5, 10, 17)) / mean(hours(longer.floors, 5, 10, 17));
      expect(ratio).toBeGreaterThan(0.85);
      expect(ratio).toBeLessThan(1.25);
      expect(score(minutes.values, floors, 5 * 1440).cold).toBeLessThan(0.03);
    });

    test('all of them: floors are 0', () => {
      expect(Math.max(...replay(constant(6, Number.NaN)).floors)).toBe(0);
    });
  });

  describe('with unusual series', () => {
    test.each([12.5])('a constant %d is met by itself or one more', (value) => {
      const { floors } = replay(constant(6, value));
      for (const units of floors.subarray(FROM)) {
        expect(units).toBeGreaterThanOrEqual(Math.ceil(value));
        expect(units).toBeLessThanOrEqual(Math.ceil(value) + 1);
      }
    });

    test('without demand, floors are 0', () => {
      expect(Math.max(...replay(constant(6, 0)).floors)).toBe(0);
    });

    test.each([
      [
        'negative, infinite and absent values',
        (v: number, i: number) => [v, -v, Infinity, Number.NaN, v, -Infinity][i % 6]!,
      ],
      ['huge values', (v: number) => v * 1e12],
      ['tiny values', (v: number) => v * 1e-6],
      ['rare single requests', (_: number, i: number) => (((i * 2_654_435_761) >>> 8) % 97 === 0 ? 1 : 0)],
      ['a request every night only', (_: number, i: number) => (i % 1440 === 180 ? 3 : 0)],
      ['a level that doubles every day', (v: number, i: number) => v * 2 ** Math.floor(i / 1440)],
      ['a level that fell to a hundredth', (v: number, i: number) => (i < FROM + 700 ? v : v / 100)],
    ])('%s: floors are whole, finite and of the size of demand', (_, change) => {
      const some = changed(minutes, change);
      const { floors, demand } = replay(some);
      expect(whole(floors)).toBe(true);
      expect(Math.max(...floors)).toBeLessThanOrEqual(4 * Math.max(1, ...demand));
    });

    test.each([0, 1, 10, 1440, 2 * 1440])('%i minutes are too few, and the error says so', (length) => {
      const few = { start: MONDAY, values: minutes.values.slice(0, length) };
      expect(() => backtest(few, { lead: LEAD })).toThrow(/at least two days/);
    });

    test('an hour less than four days are enough', () => {
      const some = { start: MONDAY, values: minutes.values.slice(0, 4 * 1440 - 60) };
      expect(backtest(some, { lead: LEAD }).from).toBe(2 * 1440);
    });

    test('nights without demand do not improve the result of the days', () => {
      const night = (i: number) => i % 1440 < 420;
      const some = changed(noise(6, 40), (value, i) => (night(i) ? 0 : value));
      const { bands, from } = replay(some, { levels: [0.5, 0.9] });
      const days = Array.from(some.values.keys()).filter((i) => i >= from && !night(i));
      for (const { level, values } of bands) {
        const below = days.filter((i) => some.values[i]! <= values[i]!).length;
        expect(Math.abs(below / days.length - level)).toBeLessThan(0.04);
      }
    });

    test.each([1e4, 4_294_967_295])('one glitch of %d does not affect the days after it', (glitch) => {
      const at = 3 * 1440 + 300;
      const { floors } = replay(changed(minutes, (value, i) => (i === at ? glitch : value)));
      for (const day of [4, 5]) {
        const ratio = mean(hours(floors, day, 10, 17)) / mean(hours(usual.floors, day, 10, 17));
        expect(ratio).toBeGreaterThan(0.8);
        expect(ratio).toBeLessThan(1.5);
      }
    });
  });

  describe('clocks and calendars', () => {
    // Clocks of Berlin go forward on Sunday, 29 March 2026, at 01:00 UTC.
    const SPRING = Date.UTC(2026, 2, 29, 1) / 60_000;
    const start = SPRING - 60 - 9 * 1440; // a Friday, 00:00 UTC
    const days = 11;
    const changing = shopDays({ days, start, ahead: (minute) => (minute >= SPRING ? 120 : 60) });
    const options = { lead: 15, warmUp: 8 };
    const knowing = backtest(changing, { ...options, calendar: calendarOf({ timeZone: 'Europe/Berlin' }) });
    const unknowing = backtest(changing, options);
    const unchanged = backtest(shopDays({ days, start, ahead: () => 60 }), options);
    const SUNDAY = SPRING - start + 6 * 60; // nine o'clock there
    const MONDAY_AFTER = SUNDAY + 1440;
    const cold = ({ floors, demand }: typeof knowing, from: number, to: number) => score(demand, floors, from, to).cold;

    test('peaks after the clocks go forward are met if the time zone is known', () => {
      for (const nine of [SUNDAY, MONDAY_AFTER]) {
        expect(cold(knowing, nine, nine + 60)).toBeLessThan(cold(unchanged, nine + 60, nine + 120) + 0.04);
      }
    });

    test('without the time zone, the first peak is missed, and floors adapt within an hour', () => {
      expect(cold(unknowing, SUNDAY, SUNDAY + 20)).toBeGreaterThan(0.3);
      expect(cold(unknowing, SUNDAY + 45, SUNDAY + 120)).toBeLessThan(0.05);
      expect(cold(unknowing, MONDAY_AFTER + 45, MONDAY_AFTER + 120)).toBeLessThan(0.05);
    });

    test('a holiday is forecast like a Sunday, and the next day like its own weekday', () => {
      // Tuesday of the second week at half its demand, as on a Sunday.
      const holiday = 8;
      const some = changed(shopDays({ days: 10 }), (value, i) =>
        Math.floor(i / 1440) === holiday ? Math.round(value / 2) : value,
      );
      const date = new Date((MONDAY + holiday * 1440) * 60_000).toISOString().slice(0, 10);
      const quiet = { lead: 15, warmUp: 7 };
      const told = backtest(some, { ...quiet, calendar: calendarOf({ holidays: [date] }) });
      const untold = backtest(some, quiet);
      const morning = (of: typeof told, day: number) =>
        score(hours(of.demand, day, 9, 12), hours(of.floors, day, 9, 12), 0);
      expect(morning(told, holiday).costRatio).toBeLessThan(morning(untold, holiday).costRatio);
      expect(morning(told, holiday + 1).costRatio).toBeLessThanOrEqual(morning(untold, holiday + 1).costRatio * 1.05);
    });
  });

  describe('outages', () => {
    const from = 4 * 1440 + 11 * 60;
    const until = from + 180;
    const { floors, demand } = replay(changed(minutes, (value, i) => (i >= from && i < until ? 0 : value)));

    test('floors fall while there is no demand', () => {
      expect(mean(floors.subarray(from + 60, until))).toBeLessThan(0.5 * mean(usual.floors.subarray(from + 60, until)));
    });

    test('floors rise soon after demand returns', () => {
      expect(score(demand, floors, until + LEAD + 20, until + 180).cold).toBeLessThan(0.05);
    });

    test('the day after an outage is not forecast as an outage', () => {
      expect(score(demand, floors, 5 * 1440 + 9 * 60, 5 * 1440 + 18 * 60).cold).toBeLessThan(0.05);
    });
  });

  describe('announced events', () => {
    // A Saturday, at half the level of the day before, which is all that it can be compared with.
    const from = 5 * 1440 + 12 * 60;
    const event = { from: MONDAY + from, until: MONDAY + from + 60 };
    const events = [
      { ...event, factor: 3 },
      { from: event.from - 1440, until: event.until - 1440, demand: 400 },
    ];
    const { floors } = replay(minutes, { events });
    const during = (of: Float64Array) => mean(of.subarray(from, from + 60));

    test('multiply what would be usual, or hold so many units', () => {
      expect(during(floors) / during(minutes.values)).toBeGreaterThan(2.7);
      expect(during(floors) / during(minutes.values)).toBeLessThan(4.2);
      expect([...floors.subarray(from - 1440, from - 1380)]).toEqual(Array(60).fill(400));
    });

    test('in their own minutes and in no other', () => {
      const outside = (of: Float64Array) => of.filter((_, i) => i < from - 1440 || (i - from + 1440) % 1440 >= 60);
      expect(outside(floors)).toEqual(outside(usual.floors));
    });

    test('are met, and demand that has arrived is not multiplied again', () => {
      const came = changed(minutes, (value, i) => (i >= from && i < from + 60 ? 3 * value : value));
      const told = replay(came, { events });
      expect(score(told.demand, told.floors, from, from + 60).cold).toBeLessThan(0.02);
      expect(during(told.floors) / during(told.demand)).toBeLessThan(1.6);
      const untold = replay(came);
      expect(score(untold.demand, untold.floors, from, from + 60).cold).toBeGreaterThan(0.05);
    });
  });

  describe('goals', () => {
    const limit = 0.01;
    const levels = [0.5, 0.9, 0.99];
    const steady = backtest(shopDays({ days: 15, seed: 9 }), {
      lead: LEAD,
      warmUp: 12,
      levels,
      goal: { kind: 'limit', cold: limit },
    });
    const scored = (of: typeof steady) => score(of.demand, of.floors, of.from);

    test('a limit is met closely on a steady series', () => {
      expect(scored(steady).cold).toBeLessThanOrEqual(limit);
      expect(scored(steady).cold).toBeGreaterThan(limit / 5);
    });

    test('quantiles have their coverage, and none crosses another', () => {
      const { bands, demand, from } = steady;
      bands.forEach(({ values, level }, b) => {
        let below = 0;
        let crossed = 0;
        for (let i = from; i < demand.length; i++) {
          if (demand[i]! <= values[i]!) below++;
          if (b > 0 && values[i]! < bands[b - 1]!.values[i]!) crossed++;
        }
        expect(crossed).toBe(0);
        // Three days are a sample too: their own levels move the shares by some points.
        expect(Math.abs(below / (demand.length - from) - level)).toBeLessThan(0.04);
      });
    });

    test('with a higher price of cold starts there are fewer of them and more idle instances', () => {
      const [cheap, dear] = [10, 100].map((price) => scored(replay(minutes, { goal: { kind: 'price', price } })));
      expect(dear!.cold).toBeLessThan(cheap!.cold / 2);
      expect(dear!.provisioningRatio).toBeGreaterThan(cheap!.provisioningRatio);
    });

    test('searches and baskets as indicators reduce the cost', () => {
      // Whoever checks out has searched ten to twenty minutes before; how many come wanders at random.
      const rate = noise(6, 1).values;
      let level = 60;
      const walk = rate.map((step) => {
        level = Math.min(200, Math.max(20, level + 4 * (step - 1)));
        return level;
      });
      const checkout = { start: MONDAY, values: walk.map((_, i) => Math.round(walk[Math.max(0, i - 15)]!)) };
      const search = { start: MONDAY, values: walk.map((value) => 5 * value) };
      const alone = scored(replay(checkout));
      const led = scored(replay(checkout, { indicators: [search] }));
      expect(led.costRatio - 1).toBeLessThan(0.8 * (alone.costRatio - 1));
    });
  });
});

test('an export of three weeks that lacks its first minutes is one of three weeks', () => {
  expect([21 * 1440, 21 * 1440 - 59, 21 * 1440 - 61].map(defaultWarmUp)).toEqual([14, 14, 10]);
});

test('a service that grows eightfold overnight keeps hardly more idle in the days after than one that always was so large', () => {
  const steady = shopDays({ days: 12, level: 400 });
  const grown = changed(steady, (value, i) => (i < 8 * 1440 ? Math.round(value / 8) : value));
  const idle = (minutes: Minutes) => {
    const { demand, floors } = backtest(minutes, { lead: 5, warmUp: 5 });
    const { provisioningRatio: cost, cold } = score(demand, floors, 9 * 1440, 12 * 1440);
    expect(cold).toBeLessThan(0.01);
    return cost - 1;
  };
  expect(idle(grown)).toBeLessThan(1.4 * idle(steady));
});
