import * as fc from 'fast-check';
import { clockOf } from '../../../cli/capacity/clock';
import { bucketWidth, downsample } from '../../../cli/capacity/plots/downsample';
import { loadPlot } from '../../../cli/capacity/plots/load-plot';
import { between, line, linear, niceTicks, safe, steps } from '../../../cli/capacity/plots/svg';

describe('downsampling', () => {
  const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 500 });

  test('keeps maximum, minimum and mean', () =>
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 60 }), (list, width) => {
        const series = Float64Array.from(list);
        const { starts, min, mean, max } = downsample(series, { from: 0, to: series.length }, width);
        expect(Math.max(...max)).toBe(Math.max(...list));
        expect(Math.min(...min)).toBe(Math.min(...list));
        const weights = starts.map((start) => Math.min(series.length, start + width) - start);
        const sum = weights.reduce((total, weight, i) => total + weight * mean[i]!, 0);
        expect(sum).toBeCloseTo(
          list.reduce((a, b) => a + b, 0),
          2,
        );
      }),
    ));

  test('keeps unknown minutes unknown', () => {
    const { mean } = downsample(Float64Array.of(1, Number.NaN, Number.NaN, Number.NaN), { from: 0, to: 4 }, 2);
    expect([...mean]).toEqual([1, Number.NaN]);
  });

  test.each([
    [1440, 900, 2],
    [900, 900, 1],
    [4320, 900, 5],
    [262_800, 900, 360],
  ])('of %d minutes into %d points takes %d at a time', (length, points, width) => {
    expect(bucketWidth({ from: 0, to: length }, points)).toBe(width);
  });
});

describe('drawing', () => {
  const y = linear([0, 10], [100, 0]);

  test('ticks are round, start at 0 and reach the top', () =>
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), (max) => {
        const ticks = niceTicks(max);
        expect(ticks[0]).toBe(0);
        expect(ticks.at(-1)!).toBeGreaterThanOrEqual(max * (1 - 1e-9));
        expect(ticks.length).toBeLessThanOrEqual(6);
      }),
    ));

  test('a floor is drawn as steps, one for each change', () => {
    expect(steps([0, 1, 2, 3], [5, 5, 7, 7], y, 4)).toBe('M0 50H2V30H4');
    expect(steps([0, 1, 2], [Number.NaN, 5, 5], y, 3)).toBe('M1 50H3');
  });

  test('a line and an area have gaps at unknown minutes', () => {
    expect(line([0, 1, 2, 3], [1, Number.NaN, 3, 4], y)).toBe('M0 90M2 70L3 60');
    expect(between([0, 1], [1, 2], [3, 4], y)).toBe('M0 70L1 60L1 80L0 90Z');
  });

  test('foreign text is escaped', () => {
    expect(safe('<b a="x">&\'')).toBe('&#60;b a=&#34;x&#34;&#62;&#38;&#39;');
  });
});

describe('a plot of half a year', () => {
  const length = 183 * 1440;
  const wave = Float64Array.from({ length }, (_, i) => 50 + 40 * Math.sin(i / 229) + (i % 7));
  const plot = (to: number, floors = wave) =>
    loadPlot({
      stretch: { from: 0, to },
      clock: clockOf('Europe/Berlin'),
      traces: {
        start: 29_000_000,
        demand: wave,
        floors,
        applied: floors,
        reactive: wave.map((value) => value - 1),
        bands: [
          { level: 0.5, values: wave },
          { level: 0.99, values: wave.map((value) => value * 1.2) },
        ],
      },
      judgedFrom: 14 * 1440,
      label: 'half a year',
      reactiveName: 'reactive',
    });

  // Drawn once: looking up globals is slow inside a test, and half a year has many minutes.
  const long = plot(length);
  const MONTH = 20 * 1440;

  test('stays small', () => {
    expect(long.length).toBeLessThan(150_000);
  });

  test('has no NaN', () => {
    expect(long).not.toMatch(/NaN|Infinity|undefined/);
    expect(plot(3 * 1440)).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('marks only the minutes in which a policy had cold starts', () => {
    const lane = (svg: string, kind: string) => new RegExp(`class="cold ${kind}"`).test(svg);
    expect(lane(long, 'theirs')).toBe(true);
    expect(lane(long, 'ours')).toBe(false);
    const less = wave.map((value) => value - 5);
    expect(lane(plot(MONTH, less), 'ours')).toBe(true);
  });

  test('has no floor while it learns', () => {
    expect(plot(3 * 1440)).not.toContain('class="floor"');
    expect(long).toContain('class="floor"');
  });
});
