import { ASSUMED, shopTraffic } from '../../bench/prediction/shop-traffic';

const small = { weeks: 2, checkoutsPerMinute: 5, seed: 3 };
const traffic = shopTraffic(small);
const { checkout, search, basket, campaigns } = traffic;
const sum = (values: Float64Array) => values.reduce((total, one) => total + one, 0);
const mean = (values: Float64Array) => sum(values) / values.length;

/** How alike one series is to another so many minutes later, within working hours and without their common shape of the day. */
function likeness(first: Float64Array, then: Float64Array, later: number): number {
  let both = 0;
  let one = 0;
  let other = 0;
  for (let i = 600; i < then.length - later; i++) {
    if (i % 1440 < 600 || i % 1440 > 960) continue;
    const x = first[i]! / Math.max(1, mean(first.subarray(i - 60, i))) - 1;
    const y = then[i + later]! / Math.max(1, mean(then.subarray(i + later - 60, i + later))) - 1;
    both += x * y;
    one += x * x;
    other += y * y;
  }
  return both / Math.sqrt(one * other);
}

describe("the shop's traffic", () => {
  test('is the same for the same seed, and another for another', () => {
    expect(shopTraffic(small)).toEqual(traffic);
    expect(shopTraffic({ ...small, seed: 4 }).checkout.values).not.toEqual(checkout.values);
  });

  test('is whole requests on the same minutes, at the volume that was asked for', () => {
    for (const { start, values } of [checkout, search, basket]) {
      expect(start).toBe(checkout.start);
      expect(values).toHaveLength(14 * 1440);
      expect(values.every((value) => Number.isInteger(value) && value >= 0)).toBe(true);
    }
    const quiet = shopTraffic({ ...small, campaignsPerWeek: 0 });
    expect(quiet.campaigns).toEqual([]);
    expect(mean(quiet.checkout.values) / 5).toBeGreaterThan(0.85);
    expect(mean(quiet.checkout.values) / 5).toBeLessThan(1.15);
  });

  test('has the times of the real day’s orders, and fewer at weekends', () => {
    const byHour = Array.from({ length: 24 }, (_, hour) =>
      sum(checkout.values.filter((_v, i) => Math.floor((i % 1440) / 60) === hour)),
    );
    expect(sum(Float64Array.from(byHour.slice(19).concat(byHour.slice(0, 7)))) / sum(checkout.values)).toBeLessThan(
      0.01,
    );
    expect(byHour.indexOf(Math.max(...byHour))).toBeGreaterThanOrEqual(12);
    expect(byHour[8]!).toBeLessThan(byHour[9]!);
    const saturdays = sum(checkout.values.filter((_, i) => Math.floor(i / 1440) % 7 === 5));
    const tuesdays = sum(checkout.values.filter((_, i) => Math.floor(i / 1440) % 7 === 1));
    expect(saturdays).toBeLessThan(0.7 * tuesdays);
  });

  test('has more searches than baskets and more baskets than checkouts', () => {
    expect(sum(search.values)).toBeGreaterThan(3 * sum(basket.values));
    expect(sum(basket.values)).toBeGreaterThan(2 * sum(checkout.values));
  });

  test('searches precede checkouts by minutes, and not the other way round', () => {
    expect(likeness(search.values, checkout.values, 10)).toBeGreaterThan(
      likeness(checkout.values, search.values, 10) + 0.1,
    );
    expect(likeness(search.values, checkout.values, 10)).toBeGreaterThan(0.2);
  });

  test('campaigns bring visits at once and checkouts later', () => {
    expect(campaigns).toHaveLength(4);
    for (const { from, until, factor } of campaigns) {
      expect(factor).toBeGreaterThanOrEqual(ASSUMED.campaign.factor[0]);
      expect(factor).toBeLessThanOrEqual(ASSUMED.campaign.factor[1]);
      expect(until).toBeGreaterThan(from);
      const at = from - search.start;
      const growth = (values: Float64Array, first: number) =>
        mean(values.subarray(at + first, at + first + 5)) / mean(values.subarray(at - 30, at));
      expect(growth(search.values, 8)).toBeGreaterThan(1.5);
      expect(growth(search.values, 5)).toBeGreaterThan(growth(checkout.values, 5));
    }
  });
});
