import fc from 'fast-check';
import { calendarOf } from '../../forecast/calendar';
import { featureCount, writeFeatures } from '../../forecast/features';
import type { Minutes } from '../../forecast/minutes';
import { applied, fitModels } from '../../forecast/model';
import { deviationOf, meanOf, rollingExtreme, seriesOf } from '../../forecast/series';
import { changed, constant, MONDAY, shopDays } from './series';

const calendar = calendarOf();
const DAYS = 9;
const minutes = shopDays({ days: DAYS });
const search = changed(shopDays({ days: DAYS, seed: 2 }), (value) => 7 * value);

function featuresOf(demand: Minutes, target: number, lead: number, indicators: readonly Minutes[] = [], of = calendar) {
  const inputs = { demand: seriesOf(demand, of), indicators: indicators.map((one) => seriesOf(one, of)), calendar: of };
  const out = new Float64Array(featureCount(inputs)).fill(Number.NaN);
  writeFeatures(inputs, target, lead, out, 0);
  return out;
}

describe('seriesOf', () => {
  test('fills short gaps with the last value, and long gaps with the day before', () => {
    const holes = changed(minutes, (value, i) =>
      (i >= 3000 && i < 3005) || (i >= 4000 && i < 4100) ? Number.NaN : value,
    );
    const series = seriesOf(holes, calendar);
    expect([...series.values.subarray(3000, 3005)]).toEqual(Array(5).fill(minutes.values[2999]));
    expect(series.values.subarray(4020, 4100)).toEqual(minutes.values.subarray(4020 - 1440, 4100 - 1440));
    expect(series.known.reduce((sum, one) => sum + one, 0)).toBe(DAYS * 1440 - 105);
  });

  test('a gap of ten minutes gets the last value, the eleventh minute that of the day before', () => {
    const series = seriesOf(
      changed(minutes, (value, i) => (i >= 4000 && i < 4011 ? Number.NaN : value)),
      calendar,
    );
    const before = minutes.values[3999]!;
    expect([...series.values.subarray(4000, 4011)]).toEqual([...Array(10).fill(before), minutes.values[4010 - 1440]]);
  });

  describe('demand above twenty times the maximum of two weeks', () => {
    const steady = constant(16, 10);
    const at = 15 * 1440;
    const cleaned = (change: (value: number, index: number) => number, some = steady) =>
      seriesOf(changed(some, change), calendar).values;

    test('is cut to that, and nothing else is', () => {
      expect(cleaned((value, i) => (i === at ? 1e9 : value))[at]).toBe(200);
      expect(cleaned((value, i) => (i === at ? 199 : value))[at]).toBe(199);
      expect(cleaned((value, i) => (i === at ? 1e9 : value))[at + 1]).toBe(10);
    });

    test('has passed after three minutes if it goes on', () => {
      expect(cleaned((value, i) => (i >= at ? 70_000 : value))[at + 2]).toBe(70_000);
    });

    test('may be as busy as thirteen days ago', () => {
      const busyDay = (value: number, i: number) => (i >= at - 13 * 1440 && i < at - 12 * 1440 ? 1000 * value : value);
      expect(cleaned((value, i) => (i === at ? 10_000 : busyDay(value, i)))[at]).toBe(10_000);
    });

    test('is not cut on the first day, without history', () => {
      expect(cleaned((value, i) => (i === 1000 ? 10_000 : value))[1000]).toBe(10_000);
    });
  });

  test('what is known, and windows over it', () => {
    const values = fc.array(fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.constantFrom(Number.NaN, -1, Infinity)), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 20 }), (some, window) => {
        const series = seriesOf({ start: MONDAY, values: Float64Array.from(some) }, calendar);
        expect([...series.values].every((value) => value >= 0 && value < Infinity)).toBe(true);
        const [largest, smallest] = [rollingExtreme(series.values, window), rollingExtreme(series.values, window, -1)];
        for (let i = 0; i < some.length; i++) {
          const part = [...series.values.subarray(Math.max(0, i + 1 - window), i + 1)];
          const mean = part.reduce((sum, one) => sum + one) / part.length;
          expect(largest[i]).toBe(Math.max(...part));
          expect(smallest[i]).toBe(Math.min(...part));
          expect(meanOf(series, i + 1 - window, i + 1)).toBeCloseTo(mean, 6);
          const variance = part.reduce((sum, one) => sum + (one - mean) ** 2, 0) / part.length;
          expect(deviationOf(series, i, window) ** 2).toBeCloseTo(variance, 4);
        }
      }),
      { seed: 51, numRuns: 40 },
    );
  });
});

describe('features', () => {
  // The longest lead, and four hours beyond it, of which quantiles are shown.
  test.each([2, 5, 15, 60, 300])('know nothing later than %i minutes and one before their minute', (lead) => {
    fc.assert(
      fc.property(fc.integer({ min: 400, max: minutes.values.length - 1 }), fc.nat(), (target, seed) => {
        const cut = (one: Minutes) =>
          changed(one, (value, i) => (i > target - lead - 1 ? (value + seed + 1) * 3 : value));
        expect(featuresOf(cut(minutes), target, lead, [cut(search)])).toEqual(
          featuresOf(minutes, target, lead, [search]),
        );
      }),
      { seed: 52, numRuns: 15 },
    );
  });

  test('do not need later values of the series', () => {
    const known = (one: Minutes) => ({ start: one.start, values: one.values.slice(0, 12_000) });
    const target = 12_000 + 5;
    expect(featuresOf(known(minutes), target, 5, [known(search)])).toEqual(featuresOf(minutes, target, 5, [search]));
  });

  test('use the newest minute that is allowed', () => {
    const more = changed(minutes, (value, i) => (i === 12_000 ? value * 2 + 1 : value));
    expect(featuresOf(more, 12_003, 2)).not.toEqual(featuresOf(minutes, 12_003, 2));
    expect(
      featuresOf(minutes, 12_003, 2, [changed(search, (value, i) => (i === 12_000 ? value * 2 + 1 : value))]),
    ).not.toEqual(featuresOf(minutes, 12_003, 2, [search]));
  });

  test('are the same a whole number of weeks later', () => {
    const later = { start: minutes.start + 5 * 10_080, values: minutes.values };
    const berlin = calendarOf({ timeZone: 'Europe/Berlin' });
    expect(featuresOf(later, 12_000, 5)).toEqual(featuresOf(minutes, 12_000, 5));
    expect(featuresOf(later, 12_000, 5, [], berlin)).toEqual(featuresOf(minutes, 12_000, 5, [], berlin));
  });

  describe('of a level that has doubled hours ago', () => {
    const target = 8 * 1440 + 800;
    const doubled = (shape: (index: number) => number) => ({
      start: MONDAY,
      values: Float64Array.from({ length: DAYS * 1440 }, (_, i) => shape(i) * (i > target - 300 ? 2 : 1)),
    });
    /** Features that say what comes. */
    const right = ({ start, values }: Minutes, lead: number) => {
      const known = { start, values: values.subarray(0, target - lead) };
      return [...featuresOf(known, target, lead)].filter((one) => Math.abs(one / values[target]! - 1) < 0.03).length;
    };

    test('they bring the shape of last week to it, where no two days are alike', () => {
      // Forty minutes ahead nothing recent says what comes.
      const weekly = doubled((i) => (Math.floor(i / 1440) % 7 === 1 && i % 1440 >= 780 ? 250 : 100));
      expect(right(weekly, 40)).toBeGreaterThanOrEqual(3);
    });

    test('they bring the very same minute of the last days to it, and that of the last hours', () => {
      expect(
        right(
          doubled((i) => (i % 1440 === 800 ? 300 : 100)),
          5,
        ),
      ).toBeGreaterThanOrEqual(3);
      expect(
        right(
          doubled((i) => (i % 60 === 20 ? 300 : 100)),
          5,
        ),
      ).toBeGreaterThanOrEqual(5);
    });
  });

  test('take what came after next to nothing for ten times as much at most', () => {
    // Yesterday nothing came until a minute before.
    const some = changed(constant(9, 100), (value, i) => {
      const minute = i % 1440;
      return i < 8 * 1440 && minute >= 600 && minute < 798 ? 0.001 : value;
    });
    const features = featuresOf({ start: MONDAY, values: some.values.subarray(0, 8 * 1440 + 795) }, 8 * 1440 + 800, 5);
    expect(Math.max(...features)).toBeLessThanOrEqual(10 * 100);
  });

  test.each([
    ['zeros', constant(9, 0)],
    ['one value', constant(9, 3)],
    ['nothing known', constant(9, Number.NaN)],
    ['huge values', changed(minutes, (value) => value * 1e12)],
    ['one huge value', changed(minutes, (value, i) => (i === 5000 ? 1e15 : value))],
    ['every hundredth minute', changed(minutes, (value, i) => (i % 100 === 0 ? value : 0))],
  ])('of %s are finite', (_, some) => {
    for (const target of [20, 1500, 11_000, 12_959]) {
      expect([...featuresOf(some, target, 5, [some])].every(Number.isFinite)).toBe(true);
    }
  });

  test('spreads of the last minutes are not spoiled by a glitch days ago', () => {
    const glitch = changed(minutes, (value, i) => (i === 3000 ? 1e9 : value));
    const target = 12_000;
    const series = [minutes, glitch].map((one) => seriesOf(one, calendar));
    const [usual, spoiled] = series.map((one) => deviationOf(one, target, 30));
    expect(spoiled! / usual!).toBeCloseTo(1, 1);
  });
});

describe('fitModels', () => {
  const inputs = (one: Minutes) => ({ demand: seriesOf(one, calendar), indicators: [], calendar });
  const at = minutes.start + 8 * 1440;

  test('learns nothing from the minute of the fit on, nor from minutes whose decision was not out yet', () => {
    const later = changed(minutes, (value, i) => (i >= 8 * 1440 - 5 ? value * 5 + 9 : value));
    expect(fitModels(inputs(later), at, 5, [0.9], 4)).toEqual(fitModels(inputs(minutes), at, 5, [0.9], 4));
  });

  test('learns nothing from minutes that were filled in', () => {
    // Of every third minute, which are all that it looks at, none was measured.
    const unknown = changed(minutes, (value, i) => (i % 3 === 2 ? Number.NaN : value));
    const [nothing] = fitModels(inputs(unknown), at, 5, [0.9], 3);
    expect(Math.max(...nothing!.coefficients.map(Math.abs))).toBe(0);
    const [something] = fitModels(
      inputs(changed(minutes, (value, i) => (i % 3 === 1 ? Number.NaN : value))),
      at,
      5,
      [0.9],
      3,
    );
    expect(Math.max(...something!.coefficients.map(Math.abs))).toBeGreaterThan(0);
  });

  test('learns nothing after 15 minutes that were mostly not measured', () => {
    const sparse = changed(minutes, (value, i) => (i % 15 >= 7 ? Number.NaN : value));
    const [nothing] = fitModels(inputs(sparse), at, 5, [0.9], 1);
    expect(Math.max(...nothing!.coefficients.map(Math.abs))).toBe(0);
    const enough = changed(minutes, (value, i) => (i % 15 >= 8 ? Number.NaN : value));
    const [something] = fitModels(inputs(enough), at, 5, [0.9], 4);
    expect(Math.max(...something!.coefficients.map(Math.abs))).toBeGreaterThan(0);
  });

  test('a line below zero is zero', () => {
    const [model] = fitModels(inputs(minutes), at, 5, [0.9], 30);
    expect(applied({ ...model!, coefficients: [-1, 0.5] }, Float64Array.of(3, 2))).toBe(0);
  });

  test('is finite without data to learn from', () => {
    for (const some of [constant(9, 0), constant(9, Number.NaN), { start: MONDAY, values: new Float64Array(1) }]) {
      const [model] = fitModels(inputs(some), at, 5, [0.9], 4);
      expect(model!.coefficients.every(Number.isFinite)).toBe(true);
    }
  });
});
