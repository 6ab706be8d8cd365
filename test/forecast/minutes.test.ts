import fc from 'fast-check';
import { minutesOf, type Point } from '../../forecast/minutes';
import { spreadOver } from '../../forecast/spread';
import { MONDAY } from './series';

const MINUTE = 60_000;
const at = (minute: number) => (MONDAY + minute) * MINUTE;
const points = (...pairs: [minute: number, value: number][]): Point[] =>
  pairs.map(([minute, value]) => ({ at: at(minute), value }));
const values = (of: { minutes: { values: Float64Array } }) => [...of.minutes.values];

describe('minutesOf', () => {
  test('makes one value for each minute, and counts missing ones', () => {
    const made = minutesOf(points([0, 1], [1, 2], [2, 3], [5, 4]));
    expect(made.minutes.start).toBe(MONDAY);
    expect(values(made)).toEqual([1, 2, 3, Number.NaN, Number.NaN, 4]);
    expect(made.step).toBe(1);
    expect(made.cleaning).toEqual({ negative: 0, notANumber: 0, duplicates: 0, unordered: 0, misdated: 0, missing: 2 });
  });

  test('one point is one minute', () => {
    expect(values(minutesOf(points([3, 7])))).toEqual([7]);
  });

  test('of two points for one time the later one in the list counts', () => {
    const made = minutesOf(points([0, 1], [1, 2], [1, 9], [2, 3], [0, 5]));
    expect(values(made)).toEqual([5, 9, 3]);
    expect(made.cleaning).toMatchObject({ duplicates: 2, unordered: 1 });
  });

  test('a list from the newest to the oldest is only reversed; one that is out of it is out of order', () => {
    const unordered = (...minutes: number[]) =>
      minutesOf(points(...minutes.map((minute): [number, number] => [minute, 1]))).cleaning.unordered;
    expect(unordered(3, 2, 1, 0)).toBe(0);
    expect(unordered(3, 2, 2, 0)).toBe(0);
    expect(unordered(2, 3, 1, 0)).toBe(2);
    expect(unordered(3, 1, 0, 2)).toBe(2);
    expect(unordered(0, 1, 2, 3)).toBe(0);
  });

  test('of two points for one time, an unknown one does not replace a known one', () => {
    const made = minutesOf(points([0, 1], [0, Number.NaN], [1, Number.NaN], [1, 2], [1, -3], [2, Number.NaN], [2, -1]));
    expect(values(made)).toEqual([1, 2, Number.NaN]);
    expect(made.cleaning).toMatchObject({ duplicates: 4, negative: 1, notANumber: 0 });
  });

  test('points within a minute count together, each time once', () => {
    const seconds = (second: number, value: number): Point => ({ at: at(0) + second * 1000, value });
    expect(values(minutesOf([seconds(0, 1), seconds(20, 2), seconds(40, 3)]))).toEqual([6]);
    expect(values(minutesOf([seconds(0, 1), seconds(20, 2), seconds(20, 3)]))).toEqual([4]);
    // Of a level the highest holds: two looks at five executions are no ten.
    expect(values(minutesOf([seconds(0, 5), seconds(30, 4)], { kind: 'levels' }))).toEqual([5]);
  });

  test('negative, infinite and absent values are unknown, and counted', () => {
    const made = minutesOf(
      points([0, -1], [1, Number.NaN], [2, Number.POSITIVE_INFINITY], [3, Number.NEGATIVE_INFINITY], [4, 1]),
    );
    expect(values(made)).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN, 1]);
    expect(made.cleaning).toMatchObject({ negative: 1, notANumber: 3, missing: 4 });
  });

  test('a clock that jumped by years is left out, before and after', () => {
    const years = 3 * 366 * 1440;
    const made = minutesOf(points([0, 1], [1, 2], [2, 3], [years, 4], [-years, 5], [3, 6]));
    expect(made.minutes.start).toBe(MONDAY);
    expect(values(made)).toEqual([1, 2, 3, 6]);
    expect(made.cleaning.misdated).toBe(2);
  });

  test('an invalid date is left out', () => {
    const made = minutesOf([
      ...points([0, 1]),
      { at: Number.NaN, value: 3 },
      { at: Number.POSITIVE_INFINITY, value: 3 },
    ]);
    expect(values(made)).toEqual([1]);
    expect(made.cleaning.misdated).toBe(2);
  });

  test.each([[[]], [[{ at: Number.NaN, value: 1 }]]])('fails when no point has a date', (none) => {
    expect(() => minutesOf(none)).toThrow('must have at least one point with a date');
  });

  test('fails when points span more than five years', () => {
    const sparse = Array.from({ length: 20 }, (_, i): Point => ({ at: at(i * 200 * 1440), value: 1 }));
    expect(() => minutesOf(sparse)).toThrow('at most five years');
  });

  test('the order of points with different times makes no difference', () => {
    const list = fc.uniqueArray(
      fc.record({ at: fc.integer({ min: 0, max: 300 }), value: fc.double({ min: 0, max: 1e9 }) }),
      {
        selector: (point) => point.at,
        minLength: 2,
      },
    );
    fc.assert(
      fc.property(list, fc.integer(), (some, salt) => {
        const dated = some.map((point) => ({ at: at(point.at), value: point.value }));
        const mixed = [...dated].sort((a, b) => hash(a.at, salt) - hash(b.at, salt));
        expect(values(minutesOf(mixed, { step: 1 }))).toEqual(values(minutesOf(dated, { step: 1 })));
      }),
      { seed: 11, numRuns: 50 },
    );
  });

  test('for all inputs, known values are finite and not negative', () => {
    const anything = fc.record({
      at: fc.oneof(fc.integer({ min: at(0), max: at(5000) }), fc.double()),
      value: fc.oneof(fc.double(), fc.integer()),
    });
    fc.assert(
      fc.property(fc.array(anything, { minLength: 1 }), (some) => {
        fc.pre(some.some((point) => Number.isFinite(point.at)));
        const { minutes, step } = minutesOf(some);
        expect(Number.isInteger(minutes.start)).toBe(true);
        expect(step).toBeGreaterThanOrEqual(1);
        expect(
          minutes.values.find((value) => !Number.isNaN(value) && !(value >= 0 && value < Infinity)),
        ).toBeUndefined();
      }),
      { seed: 12, numRuns: 30 },
    );
  });
});

describe('minutes without a point', () => {
  const idle = { gaps: 'idle' } as const;

  test('are unknown, unless idle minutes have none: then they are 0 between the first and the last', () => {
    const some = points([0, 1], [1, 2], [4, 3]);
    expect(minutesOf(some)).toMatchObject({ idle: 0, cleaning: { missing: 2 } });
    expect(minutesOf(some, { gaps: 'unknown' })).toEqual(minutesOf(some));
    const made = minutesOf(some, idle);
    expect(values(made)).toEqual([1, 2, 0, 0, 3]);
    expect(made).toMatchObject({ idle: 2, cleaning: { missing: 0 } });
  });

  test('are not those whose point is negative or no number: these stay unknown', () => {
    const made = minutesOf(points([0, 1], [1, -2], [2, Number.NaN], [3, 4], [5, 6]), idle);
    expect(values(made)).toEqual([1, Number.NaN, Number.NaN, 4, 0, 6]);
    expect(made).toMatchObject({ idle: 1, cleaning: { missing: 2, negative: 1, notANumber: 1 } });
  });

  test('are whole steps where steps are coarser', () => {
    const made = minutesOf(points([0, 10], [5, 10], [15, 10], [20, Number.NaN], [25, 10]), idle);
    expect(made.step).toBe(5);
    expect(values(made).slice(10, 15)).toEqual([0, 0, 0, 0, 0]);
    expect(values(made).slice(20, 25)).toEqual(new Array(5).fill(Number.NaN));
    expect(made).toMatchObject({ idle: 5, cleaning: { missing: 5 } });
    // What is known is spread as it is without.
    const known = values(made).filter((value) => value > 0);
    expect(known).toEqual(
      values(minutesOf(points([0, 10], [5, 10], [15, 10], [20, Number.NaN], [25, 10]))).filter((value) => value > 0),
    );
  });

  test('make no step of their own: what runs every five minutes, and now and then between, is a series of minutes', () => {
    const every = Array.from({ length: 100 }, (_, i): [number, number] => [i * 5, 1]);
    const between = [7, 121, 333, 401].map((minute): [number, number] => [minute, 1]);
    const sparse = points(...[...every, ...between].sort(([a], [b]) => a - b));
    expect(minutesOf(sparse, idle)).toMatchObject({ step: 1, idle: 496 - 104 });
    expect(minutesOf(sparse).step).toBe(5);
    // So is what runs now and then, no distance being common.
    const rare = Array.from({ length: 400 }, (_, i): [number, number] => [i * 165 + ((i * i * 31) % 101), 1]);
    expect(minutesOf(points(...rare), idle).step).toBe(1);
    // A point in more than a hundred that is off the clock makes no step either.
    const off = points(
      ...[...every, ...every.map(([minute]): [number, number] => [minute + 500, 1]), [1002, 1] as [number, number]],
    );
    expect(minutesOf(off, idle).step).toBe(5);
  });
});

describe('a coarse series', () => {
  test.each([5, 30])('of %i minutes is recognised and becomes counts of minutes', (step) => {
    const counts = Array.from({ length: 50 }, (_, i) => i * 37);
    const made = minutesOf(counts.map((value, i) => ({ at: at(i * step), value })));
    expect(made.step).toBe(step);
    const minutes = values(made);
    expect(minutes).toHaveLength(50 * step);
    counts.forEach((count, i) => {
      const part = minutes.slice(i * step, (i + 1) * step);
      expect(part.reduce((sum, one) => sum + one)).toBeCloseTo(count, 6);
      expect(part.every((one) => one >= 0)).toBe(true);
    });
  });

  test('all minutes of a missing step are missing', () => {
    const made = minutesOf(points([0, 10], [5, 10], [15, 10], [20, 10], [25, 10]));
    expect(
      values(made)
        .map((value) => Number.isNaN(value))
        .indexOf(true),
    ).toBe(10);
    expect(made.cleaning.missing).toBe(5);
  });

  test('keeps totals whatever the counts, and the same for the same seed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 2, max: 60 }),
        fc.nat(),
        (counts, step, seed) => {
          const spread = spreadOver(Float64Array.from(counts), step, seed);
          expect(spreadOver(Float64Array.from(counts), step, seed)).toEqual(spread);
          counts.forEach((count, i) => {
            const part = spread.subarray(i * step, (i + 1) * step);
            expect(Math.abs(part.reduce((sum, one) => sum + one) - count)).toBeLessThan(1e-6 * (1 + count));
            expect(Math.min(...part)).toBeGreaterThanOrEqual(0);
          });
        },
      ),
      { seed: 13, numRuns: 60 },
    );
  });

  test('other seeds spread it differently', () => {
    const counts = Float64Array.of(1000, 1000);
    expect(spreadOver(counts, 5, 1)).not.toEqual(spreadOver(counts, 5, 2));
  });

  test('is spread as random counts, so that minutes don’t reveal their neighbours as interpolation would', () => {
    const spread = spreadOver(
      Float64Array.from({ length: 400 }, () => 300),
      30,
      3,
    );
    const mean = spread.reduce((sum, one) => sum + one) / spread.length;
    const variance = spread.reduce((sum, one) => sum + (one - mean) ** 2, 0) / spread.length;
    expect(mean).toBeCloseTo(10, 6);
    // Multinomial: 300 x 1/30 x 29/30.
    expect(variance / 9.667).toBeGreaterThan(0.93);
    expect(variance / 9.667).toBeLessThan(1.07);
    // The last minute of a step is as random as the first.
    const last = spread.filter((_, i) => i % 30 === 29);
    expect(last.reduce((sum, one) => sum + (one - 10) ** 2, 0) / last.length / 9.667).toBeGreaterThan(0.8);
  });
});

function hash(value: number, salt: number): number {
  return Math.imul(value ^ salt, 0x9e3779b1) >>> 0;
}
