import { demandOf, loadOf } from '../../../cli/capacity/demand';
import { readExport } from '../../../cli/capacity/read-export';
import type { Point } from '../../../forecast/minutes';
import { rhythm } from './series';

const levels = { file: 'load.csv', unit: 'concurrency', burst: 2 } as const;
const requests = { ...levels, unit: 'requests', requestsPerUnit: 1, burst: 0 } as const;
const demand = (points: readonly Point[], options: Parameters<typeof demandOf>[1] & Parameters<typeof loadOf>[0]) =>
  demandOf(points, options, loadOf(options));

/** An office that is closed at night: five days of 12 hours. */
const office = rhythm(5).filter((_, i) => i % 1440 >= 480 && i % 1440 < 1200);
const NIGHTS = 4 * 720;

describe('minutes without a point', () => {
  test('are idle or unknown as the option says, and unknown by default', () => {
    const closed = demand(office, { ...levels, gaps: 'idle' });
    expect(closed).toMatchObject({ idle: NIGHTS, cleaning: { missing: 0 } });
    expect(closed.minutes.values.subarray(720, 1440)).toEqual(new Float64Array(720));
    for (const options of [levels, { ...levels, gaps: 'unknown' } as const]) {
      const open = demand(office, options);
      expect(open).toMatchObject({ idle: 0, cleaning: { missing: NIGHTS } });
      expect(open.minutes.values.subarray(720, 1440)).toEqual(new Float64Array(720).fill(Number.NaN));
    }
  });

  test('are idle in series of five minutes too, and known minutes stay unchanged', () => {
    const coarse = office.filter((_, i) => i % 5 === 0);
    for (const options of [levels, requests]) {
      const closed = demand(coarse, { ...options, gaps: 'idle' });
      expect(closed).toMatchObject({ step: 5, idle: NIGHTS, cleaning: { missing: 0 } });
      expect(closed.minutes.values.subarray(720, 1440)).toEqual(new Float64Array(720));
      const open = demand(coarse, options).minutes.values;
      expect(closed.minutes.values).toEqual(open.map((value) => (Number.isNaN(value) ? 0 : value)));
    }
  });

  test("of CloudWatch's answer, newest first, are idle, and nothing is out of order", () => {
    const newestFirst = [...office].reverse();
    const answer = {
      MetricDataResults: [
        {
          Id: 'load',
          Timestamps: newestFirst.map(({ at }) => new Date(at).toISOString()),
          Values: newestFirst.map(({ value }) => value),
        },
      ],
    };
    const { points, gaps } = readExport(JSON.stringify(answer), 'load.json');
    expect(demand(points, { ...levels, gaps })).toMatchObject({ idle: NIGHTS, cleaning: { missing: 0, unordered: 0 } });
  });
});

test('a line without a date doesn’t shorten the series', () => {
  const found = demand([{ at: Number.NaN, value: 3 }, ...rhythm(5)], levels);
  expect(found.minutes.values).toHaveLength(5 * 1440);
  expect(() => demand([{ at: Number.NaN, value: 3 }, ...rhythm(2)], levels)).toThrow('load.csv spans 2.0 days');
});

describe('steps', () => {
  const every = (step: number) =>
    Array.from({ length: (21 * 1440) / step }, (_, i): Point => ({ at: i * step * 60_000, value: 5 + (i % 7) }));

  test.each([90, 1440])('of %d minutes hide the shape of a day: they are refused', (step) => {
    expect(() => demand(every(step), levels)).toThrow(
      `load.csv has one value for each ${step} minutes: a step must be at most 60 minutes, to show how demand changes in a day; export steps of 1 or 5 minutes`,
    );
  });

  test.each([5, 60])('of %d minutes are taken', (step) => {
    expect(demand(every(step), levels).step).toBe(step);
  });
});
