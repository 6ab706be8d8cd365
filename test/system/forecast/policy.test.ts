import { backtest, inputsOf } from '../../../lambdas/system/forecast/backtest';
import { calendarOf } from '../../../lambdas/system/forecast/calendar';
import { criticalLevel, DEFAULT_GOAL, priceOf } from '../../../lambdas/system/forecast/goal';
import { Policy } from '../../../lambdas/system/forecast/policy';
import { random } from '../../../lambdas/system/forecast/random';
import { poisson, shopDays } from './series';

describe('criticalLevel', () => {
  test.each([
    [40, 1 - 1 / 44],
    [2, 1 - 1 / 2.2],
    [100, 1 - 1 / 110],
    [1, 0.5],
    [1e9, 0.999],
  ])('of a price of %d is %d', (price, level) => {
    expect(criticalLevel(price)).toBeCloseTo(level, 12);
  });

  test.each([5, 40])('is where provision and cold starts at a price of %d cost least', (price) => {
    const next = random(7);
    const demand = Array.from({ length: 20_000 }, () => poisson(60, next)).sort((a, b) => a - b);
    const money = (units: number) =>
      demand.reduce((sum, one) => sum + units + price * Math.max(0, one - units), 0) / demand.length;
    const best = demand[Math.ceil(criticalLevel(price) * demand.length) - 1]!;
    for (const other of [best - 8, best - 3, best + 3, best + 8]) expect(money(other)).toBeGreaterThan(money(best));
  });

  test('a limit is compared at the default price', () => {
    expect(priceOf(DEFAULT_GOAL)).toBe(40);
    expect(priceOf({ kind: 'limit', cold: 0.01 })).toBe(40);
    expect(priceOf({ kind: 'price', price: 7 })).toBe(7);
  });
});

describe('Policy', () => {
  const minutes = shopDays({ days: 5 });
  const options = { lead: 5, goal: DEFAULT_GOAL, events: [], levels: [0.5, 0.9, 0.99] };
  const { models, floors, bands } = backtest(minutes, { ...options, warmUp: 3 });
  const policy = () => new Policy(inputsOf(minutes, [], calendarOf()), options, models);

  test('decides the same whichever minute is asked for first', () => {
    const late = policy();
    for (const index of [5 * 1440 - 1, 4 * 1440 + 3, 3 * 1440 + 800, 4 * 1440 + 3]) {
      expect(late.floorAt(index)).toBe(floors[index]);
      expect(late.bandsAt(index)).toEqual(bands.map(({ values }) => values[index]));
    }
  });

  test('no quantile lies below a lower one, whatever their margins', () => {
    const usual = policy().bandsAt(4 * 1440 + 700);
    const margins = { ...policy().marginsAt(4 * 1440 + 700), levels: [2, 1, 0.5] };
    const crossed = policy().bandsAt(4 * 1440 + 700, margins);
    expect(crossed[0]).toBeGreaterThan(usual[0]!);
    expect(crossed[1]).toBeGreaterThanOrEqual(crossed[0]!);
    expect(crossed[2]).toBeGreaterThanOrEqual(crossed[1]!);
  });

  test('margins hold for three hours from the newest fit on', () => {
    const at = (index: number) => policy().marginsAt(index).at - minutes.start;
    expect(at(4 * 1440)).toBe(4 * 1440);
    expect(at(4 * 1440 + 179)).toBe(4 * 1440);
    expect(at(4 * 1440 + 180)).toBe(4 * 1440 + 180);
    expect(at(5 * 1440 - 1)).toBe(5 * 1440 - 180);
  });
});
