import { certaintyOf } from '../../../cli/capacity/certainty';
import { concurrencyLoad } from '../../../cli/capacity/load';
import { nothingWarm } from '../../../cli/capacity/nothing-warm';

describe('certaintyOf', () => {
  const days = (savings: readonly number[]) => savings.map((saved) => ({ ours: 100 - saved, theirs: 100 }));

  test('is sure of a saving that every day has', () => {
    const { saved, low, high, daysWon } = certaintyOf(days(Array(20).fill(5)));
    expect([saved, low, high].map((share) => Math.round(share * 1e6) / 1e6)).toEqual([0.05, 0.05, 0.05]);
    expect(daysWon).toBe(20);
  });

  test('is unsure of a saving that one day made', () => {
    const { saved, low, high, daysWon } = certaintyOf(days([40, ...Array(9).fill(-1)]));
    expect(saved).toBeGreaterThan(0.03);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(saved);
    expect(daysWon).toBe(1);
  });

  test('returns the same for the same days', () => {
    expect(certaintyOf(days([1, 2, 3, 9]))).toEqual(certaintyOf(days([1, 2, 3, 9])));
  });
});

describe('with nothing kept warm', () => {
  const starts = (demand: number[], from = 0) =>
    nothingWarm(Float64Array.from(demand), concurrencyLoad(), 512, { from, to: demand.length }).coldRequests;

  test('each instance above the maximum of the last five minutes is a cold start', () => {
    expect(starts([3, 5, 2, 4])).toBe(5);
    expect(starts([5, 0, 0, 0, 0, 5])).toBe(5);
    expect(starts([5, 0, 0, 0, 0, 0, 5])).toBe(10);
  });

  test('instances from before the judged minutes count as started', () => {
    expect(starts([5, 5, 6], 2)).toBe(1);
  });
});
