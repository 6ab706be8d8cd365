import * as fc from 'fast-check';
import { dollarsOf } from '../../../cli/capacity/dollars';
import { concurrencyLoad, requestLoad, runningOf } from '../../../cli/capacity/load';

const units = fc.double({ min: 0, max: 1e5, noNaN: true });
const perUnit = fc.double({ min: 1, max: 5000, noNaN: true });
const burst = fc.double({ min: 0, max: 5, noNaN: true });

describe('requests', () => {
  test("become instances by Little's law and a burst allowance", () => {
    // 60,000 requests a minute of 120 ms: 120 busy on average, 11 more for two standard deviations.
    const load = requestLoad(500, 2);
    expect(load.demandOf(60_000)).toBeCloseTo(120 + 2 * Math.sqrt(120), 9);
    expect(load.busyOf!(load.demandOf(60_000))).toBeCloseTo(120, 6);
    expect(load.requestsOf!(load.demandOf(60_000))).toBeCloseTo(60_000, 3);
  });

  test('that are very short still need an instance for every ten a second', () => {
    // 1 ms: 60,000 a minute keep one unit busy, but a unit counts for 600 a minute at most.
    expect(requestLoad(60_000, 2).demandOf(60_000)).toBe(100);
  });

  test('are computed back from the instances', () =>
    fc.assert(
      fc.property(units, perUnit, burst, (requests, requestsPerUnit, z) => {
        const load = requestLoad(requestsPerUnit, z);
        expect(load.requestsOf!(load.demandOf(requests))).toBeCloseTo(requests, 2);
      }),
    ));

  test('that are more need more instances, and at least as many as they keep busy', () =>
    fc.assert(
      fc.property(units, units, perUnit, burst, (a, b, requestsPerUnit, z) => {
        const load = requestLoad(requestsPerUnit, z);
        const [few, many] = [Math.min(a, b), Math.max(a, b)];
        expect(load.demandOf(many)).toBeGreaterThanOrEqual(load.demandOf(few));
        expect(load.demandOf(many)).toBeGreaterThanOrEqual((many / requestsPerUnit) * (1 - 1e-12));
      }),
    ));
});

describe('concurrency', () => {
  test('is used unchanged; average concurrency is known only if the options give it', () => {
    expect(concurrencyLoad()).toEqual({ demandOf: expect.any(Function) });
    expect(concurrencyLoad().demandOf(7)).toBe(7);
    const load = concurrencyLoad({ busyShare: 0.25, requestsPerUnit: 500 });
    expect([load.demandOf(8), load.busyOf!(8), load.requestsOf!(8)]).toEqual([8, 2, 1000]);
  });

  test('is averaged from the duration of the requests', () => {
    // 144,000 requests a day are 100 a minute; of 120 ms each they keep a fifth of a unit busy.
    const { busyShare } = runningOf({ requestsPerDay: 144_000, requestsPerUnit: 500 }, 2, 'x.csv');
    expect(busyShare).toBeCloseTo(0.1, 12);
    expect(() => runningOf({ requestsPerDay: 144_000, requestsPerUnit: 500 }, 0.1, 'x.csv')).toThrow(
      'keep 0.20 instances busy on average, but x.csv has a mean of only 0.10: correct --requests-per-day, the duration or the file',
    );
  });
});

describe('dollars', () => {
  const hour = (value: number) => new Float64Array(60).fill(value);
  const load = concurrencyLoad({ busyShare: 1, requestsPerUnit: 500 });

  test('of an hour with 10 of 1 GB provisioned, 4 busy', () => {
    const { provisioned, duration, onDemand, requests, total } = dollarsOf(hour(4), hour(10), load, 1024, 0, 60);
    expect(provisioned).toBeCloseTo(10 * 3600 * 0.0000033334, 10);
    expect(duration).toBeCloseTo(4 * 3600 * 0.0000077778, 10);
    expect(onDemand).toBe(0);
    expect(requests).toBeCloseTo((4 * 500 * 60 * 0.2) / 1e6, 10);
    expect(total).toBeCloseTo(provisioned + duration + requests, 10);
  });

  test('of demand beyond the provisioned instances are on-demand prices', () => {
    const { duration, onDemand } = dollarsOf(hour(4), hour(3), load, 512, 0, 60);
    expect(duration).toBeCloseTo(0.5 * 3 * 3600 * 0.0000077778, 10);
    expect(onDemand).toBeCloseTo(0.5 * 1 * 3600 * 0.0000133334, 10);
  });

  test('of peaks alone are those of provisioned instances, and are marked as such', () => {
    const { isWhole, total, provisioned } = dollarsOf(hour(4), hour(3), concurrencyLoad(), 512, 0, 60);
    expect(isWhole).toBe(false);
    expect(total).toBe(provisioned);
    expect(dollarsOf(hour(4), hour(3), load, 512, 0, 60).isWhole).toBe(true);
  });

  test('of two stretches add up to those of both', () => {
    const all = dollarsOf(hour(4), hour(3), load, 512, 0, 60).total;
    const parts =
      dollarsOf(hour(4), hour(3), load, 512, 0, 17).total + dollarsOf(hour(4), hour(3), load, 512, 17, 60).total;
    expect(parts).toBeCloseTo(all, 12);
  });
});
