import fc from 'fast-check';
import { calendarOf } from '../../../lambdas/system/forecast/calendar';
import { featureCount, writeFeatures } from '../../../lambdas/system/forecast/features';
import type { Minutes } from '../../../lambdas/system/forecast/minutes';
import { fitModels } from '../../../lambdas/system/forecast/model';
import { deviationOf, meanOf, rollingExtreme, seriesOf } from '../../../lambdas/system/forecast/series';
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
  test('fills holes by what was known before them: short ones by the last value, long ones by the day before', () => {
    const holes = changed(minutes, (value, i) =>
      (i >= 3000 && i < 3005) || (i >= 4000 && i < 4100) ? Number.NaN : value,
    );
    const series = seriesOf(holes, calendar);
    expect([...series.values.subarray(3000, 3005)]).toEqual(Array(5).fill(minutes.values[2999]));
    expect(series.values.subarray(4020, 4100)).toEqual(minutes.values.subarray(4020 - 1440, 4100 - 1440));
    expect(series.known.reduce((sum, one) => sum + one, 0)).toBe(DAYS * 1440 - 105);
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
  test.each([2, 5, 15])('know nothing later than %i minutes and one before their minute', (lead) => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: minutes.values.length - 1 }), fc.nat(), (target, seed) => {
        const cut = (one: Minutes) =>
          changed(one, (value, i) => (i > target - lead - 1 ? (value + seed + 1) * 3 : value));
        expect(featuresOf(cut(minutes), target, lead, [cut(search)])).toEqual(
          featuresOf(minutes, target, lead, [search]),
        );
      }),
      { seed: 52, numRuns: 15 },
    );
  });

  test('nor need the series to go on beyond it', () => {
    const known = (one: Minutes) => ({ start: one.start, values: one.values.slice(0, 12_000) });
    const target = 12_000 + 5;
    expect(featuresOf(known(minutes), target, 5, [known(search)])).toEqual(featuresOf(minutes, target, 5, [search]));
  });

  test('but see the newest minute that they may', () => {
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

  test('is finite where there is nothing to learn from', () => {
    for (const some of [constant(9, 0), constant(9, Number.NaN), { start: MONDAY, values: new Float64Array(1) }]) {
      const [model] = fitModels(inputs(some), at, 5, [0.9], 4);
      expect(model!.coefficients.every(Number.isFinite)).toBe(true);
    }
  });
});
