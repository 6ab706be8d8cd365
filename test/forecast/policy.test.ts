import { type BacktestOptions, backtest, inputsOf } from '../../forecast/backtest';
import { calendarOf } from '../../forecast/calendar';
import { criticalLevel, DEFAULT_GOAL, type Goal, priceOf } from '../../forecast/goal';
import type { Minutes } from '../../forecast/minutes';
import { fitModels } from '../../forecast/model';
import { decidingLevel, Policy } from '../../forecast/policy';
import { random } from '../../forecast/random';
import { score } from '../../forecast/score';
import { rollingExtreme } from '../../forecast/series';
import { changed, MONDAY, noise, poisson, shopDays } from './series';

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

  test('decides the same in any order of minutes', () => {
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

describe('bands', () => {
  const LEVELS = [0.5, 0.9, 0.99];
  const options = { lead: 5, goal: { kind: 'limit', cold: 0.01 } as const, levels: LEVELS };
  /** Demand of which nothing can be known but how wild it is: a model of a few days thinks that it knows more. */
  const wild = (seed: number) => {
    const next = random(seed);
    const bell = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    return { start: MONDAY, values: Float64Array.from({ length: 7 * 1440 }, () => 100 * Math.exp(0.7 * bell())) };
  };

  test('meet their level within three points, although the models alone don’t', () => {
    const held = LEVELS.map(() => ({ bands: 0, models: 0 }));
    let minutes = 0;
    for (const some of [1, 3].map(wild)) {
      const { bands, demand, models, from } = backtest(some, { ...options, warmUp: 5 });
      const policy = new Policy(inputsOf(some, [], calendarOf()), { ...options, events: [] }, models);
      minutes += demand.length - from;
      for (let i = from; i < demand.length; i++) {
        bands.forEach(({ level, values }, b) => {
          if (demand[i]! <= values[i]!) held[b]!.bands++;
          if (demand[i]! <= policy.rawAt(i, level)) held[b]!.models++;
        });
      }
    }
    const misses = (of: 'bands' | 'models') => held.map((one, b) => Math.abs(one[of] / minutes - LEVELS[b]!));
    for (const miss of misses('bands')) expect(miss).toBeLessThan(0.03);
    expect(Math.max(...misses('models'))).toBeGreaterThan(0.03);
  });
});

describe('the ends of a floor', () => {
  const LEAD = 5;
  const days = 6;
  const decided = (some: Minutes, more: Partial<BacktestOptions> = {}) =>
    backtest(some, { lead: LEAD, warmUp: 3, ...more });
  /** The busiest of the last 15 minutes that are known when a minute is decided. */
  const busiest = (demand: Float64Array, index: number) =>
    Math.max(...demand.subarray(index - LEAD - 15, index - LEAD));

  test('if demand stops at once, the floor is held for 15 minutes', () => {
    const stop = 4 * 1440 + 700;
    const { floors, demand, from } = decided(
      changed(noise(days, 100), (value, i) => (i >= stop && i < stop + 60 ? 0 : value)),
    );
    let lowest = Number.POSITIVE_INFINITY;
    for (let i = from; i < demand.length; i++) lowest = Math.min(lowest, floors[i]! - 0.95 * busiest(demand, i));
    expect(lowest).toBeGreaterThanOrEqual(0);
  });

  test('but not if spikes follow the clock, so that their end is known', () => {
    const { floors, demand, from } = decided(
      changed(noise(days, 10), (value, i) => (i % 60 < 3 ? value + 200 : value)),
    );
    const between = (i: number) => i % 60 >= 10 && i % 60 < 55;
    const quiet = floors.filter((_, i) => i >= from && between(i));
    expect(mean(quiet)).toBeLessThan(0.3 * 210);
    expect(score(demand, floors, from).cold).toBeLessThan(0.1);
  });

  test('an announced event keeps a margin for the noise of the demand that it multiplies', () => {
    const some = noise(days, 30);
    const at = 5 * 1440 + 600;
    const events = [{ from: MONDAY + at, until: MONDAY + at + 120, factor: 3 }];
    const { floors } = decided(some, { events });
    const met = some.values.subarray(at, at + 120).filter((value, i) => 3 * value <= floors[at + i]!);
    expect(met.length / 120).toBeGreaterThan(0.9);
    expect(mean(floors.subarray(at, at + 120))).toBeLessThan(1.6 * 3 * 30);
  });

  describe('of a limit', () => {
    const limited = (some: Minutes, cold: number) => decided(some, { goal: { kind: 'limit', cold } });

    test('out of reach: rare random bursts aren’t covered at any price', () => {
      const next = random(4);
      const some = changed(noise(days, 20), (value) => (next() < 0.01 ? 20 * value : value));
      const { floors, from } = limited(some, 1e-5);
      expect(mean(floors.subarray(from))).toBeLessThan(3 * 20);
    });
  });

  test('rises above the maximum so far if more demand is expected', () => {
    const growing = changed(shopDays({ days: 6 }), (value, i) => value * 1.5 ** Math.floor(i / 1440));
    const { floors, demand, from } = decided(growing);
    const soFar = rollingExtreme(demand, demand.length);
    const above = floors.filter((units, i) => i >= from && units > 1.1 * soFar[i - LEAD - 1]!);
    expect(above.length).toBeGreaterThan(0);
  });

  test('a quiet weekend doesn’t limit the floor of a Monday', () => {
    // Nights too, so that the surge is some twenty times what was there for two days.
    const quiet = (i: number) => (i >= 5 * 1440 && i < 7 * 1440 ? 1 / 25 : i % 1440 < 540 ? 1 / 3 : 1);
    const { floors, demand } = decided(
      changed(shopDays({ days: 8 }), (value, i) => value * quiet(i)),
      { warmUp: 6, lead: 15 },
    );
    const nine = 7 * 1440 + 540;
    expect(score(demand, floors, nine + 4, nine + 16).cold).toBeLessThan(0.4);
  });

  /** How a day is met by the forecasts of the model before it, times the margin that this very day earned. */
  const metByMargin = (cold: number) => {
    const some = shopDays({ days: 5, seed: 3 });
    const inputs = inputsOf(some, [], calendarOf());
    const goal: Goal = { kind: 'limit', cold };
    const level = decidingLevel(goal);
    const first = 3 * 1440;
    const models = fitModels(inputs, MONDAY + first, LEAD, [level], 6);
    const policy = new Policy(inputs, { lead: LEAD, goal, events: [], levels: [] }, models);
    const { deciding } = policy.marginsAt(first + 1440);
    const day = some.values.subarray(first, first + 1440 - LEAD);
    const met = day.map((_, i) => deciding * policy.rawAt(first + i, level));
    return { ...score(day, met, 0), share: day.filter((value, i) => value <= met[i]!).length / day.length };
  };

  test('of a limit, its margin would have kept the day below it', () => {
    expect(metByMargin(0.01).cold).toBeLessThan(0.95 * 0.01);
    expect(metByMargin(0.01).cold).toBeGreaterThan(0.5 * 0.01);
  });

  test('of a very high limit, it still meets more than half of the minutes', () => {
    expect(metByMargin(1).share).toBeGreaterThan(0.55);
  });

  test('an event multiplies the shape of its own weekday', () => {
    // On Saturdays the surge comes three hours later than on other days.
    const days = shopDays({ days: 14 });
    const some = changed(days, (value, i) => (Math.floor(i / 1440) % 7 === 5 ? days.values[i - 180]! : value));
    const surge = 12 * 1440 + 720;
    const event = { from: MONDAY + surge - 90, until: MONDAY + surge + 90, factor: 4 };
    const { floors } = decided(some, { warmUp: 11, events: [event] });
    const asked = (from: number, to: number) =>
      mean(floors.subarray(from, to)) / (4 * mean(some.values.subarray(from, to)));
    for (const [from, to] of [
      [surge - 60, surge - 10],
      [surge + 20, surge + 90],
    ] as const) {
      expect(asked(from, to)).toBeGreaterThan(0.95);
      expect(asked(from, to)).toBeLessThan(2.2);
    }
  });
});

function mean(values: Float64Array): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}
