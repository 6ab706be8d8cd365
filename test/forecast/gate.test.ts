import { backtest } from '../../forecast/backtest';
import { judge, type Trial } from '../../forecast/gate';
import { heldFloors } from '../../forecast/held-floors';
import type { Minutes } from '../../forecast/minutes';
import { ACTING_TARGET, oracle, targetTracking } from '../../forecast/policies';
import { random } from '../../forecast/random';
import { score } from '../../forecast/score';
import { changed, constant, MONDAY, noise, shopDays } from './series';

const DAYS = 8;
const FROM = 1440 * 5;
const LEAD = 5;
const minutes = shopDays({ days: DAYS });

function backtestOn(floors: Float64Array, more: Partial<Trial> = {}) {
  return judge({ start: MONDAY, demand: minutes.values, floors, lead: LEAD, from: FROM, ...more });
}

function tried(some: Minutes) {
  const { demand, floors, from } = backtest(some, { lead: LEAD, warmUp: 4 });
  return judge({ start: some.start, demand, floors, lead: LEAD, from });
}

describe('judge', () => {
  test('accepts perfect foresight', () => {
    const result = backtestOn(oracle(minutes.values));
    expect(result).toMatchObject({ act: true, days: 3, daysWon: 3, judgedFrom: MONDAY + FROM });
    expect(result.judgedUntil).toBe(MONDAY + DAYS * 1440);
  });

  test.each([
    ['three times too much', (value: number) => 3 * value + 1],
    ['all that was ever needed', () => 200],
  ])('refuses floors of %s, and says by how much they miss', (_, floor) => {
    const result = backtestOn(minutes.values.map(floor).map(Math.ceil));
    expect(result.act).toBe(false);
    expect(result.reasons[0]).toMatch(/^must cost at most 0\.97, and costs \d+\.\d{3} of target tracking at 0\.[5-9]/);
  });

  test('refuses floors that add nothing to target tracking', () => {
    const result = backtestOn(new Float64Array(minutes.values.length));
    expect(result.act).toBe(false);
    expect(result.reasons[0]).toMatch(/^must cost at most 0\.97, and costs (1|\d\.\d{3})/);
  });

  test('refuses a saving that comes from one unusual day', () => {
    // On one day the forecast foresees a spike that target tracking misses; on the others it is hardly cheaper.
    const spiky = minutes.values.map((value, i) => (i >= 6 * 1440 && i < 7 * 1440 && i % 60 < 8 ? 20 * value : value));
    const { targetTracking: peers } = judge({
      start: MONDAY,
      demand: spiky,
      floors: spiky.map(() => 0),
      lead: LEAD,
      from: FROM,
    });
    const { target } = peers.reduce((best, one) => (one.score.costRatio < best.score.costRatio ? one : best));
    const tracked = targetTracking(spiky, { lead: LEAD, target });
    const floors = spiky.map((value, i) =>
      Math.ceil(i % 1440 < 10 || value > 3 * minutes.values[i]! ? value : 0.99 * tracked[i]!),
    );
    const result = judge({ start: MONDAY, demand: spiky, floors, lead: LEAD, from: FROM });
    expect(result.reasons[0]).toMatch(/^costs 0\.\d/);
    expect(result.act).toBe(false);
    expect(result.failed.join()).toMatch(/must cost at most 0\.98, and costs [01]\.\d{3} of it without the best day/);
  });

  test('judges floors with target tracking above them, as they would be applied', () => {
    const floors = oracle(minutes.values).map((units, i) => (i % 1440 < 600 ? 0 : units));
    const floor = heldFloors(floors, LEAD);
    const applied = targetTracking(minutes.values, { lead: LEAD, target: ACTING_TARGET, floor });
    expect(backtestOn(floors).ours).toEqual(score(minutes.values, applied, FROM));
    expect(backtestOn(floors).ours.costRatio).toBeLessThan(score(minutes.values, floors, FROM).costRatio);
  });

  test('refuses a saving that is too small', () => {
    // As much more than needed as brings the saving down to between one and three per cent.
    const near = Array.from({ length: 60 }, (_, i) => 1.2 + i / 60)
      .map((factor) => backtestOn(minutes.values.map((value) => Math.ceil(factor * value))))
      .find(({ ours, targetTracking: peers }) => {
        return ours.costRatio > 0.975 * Math.min(...peers.map((peer) => peer.score.costRatio));
      })!;
    expect(near.ours.costRatio).toBeLessThan(
      0.995 * Math.min(...near.targetTracking.map((peer) => peer.score.costRatio)),
    );
    expect(near.daysWon).toBe(3);
    expect(near.act).toBe(false);
    expect(near.reasons[0]).toMatch(/^must cost at most 0\.97, and costs 0\.9[789]/);
  });

  test('refuses a win on two days of three', () => {
    const last = 7 * 1440;
    const floors = oracle(minutes.values)
      .map((units, i) => (i >= last ? units * 1.7 : units))
      .map(Math.ceil);
    const result = backtestOn(floors);
    expect(result.ours.costRatio).toBeLessThan(
      0.97 * Math.min(...result.targetTracking.map((one) => one.score.costRatio)),
    );
    expect(result).toMatchObject({ act: false, daysWon: 2, days: 3 });
    expect(result.reasons).toContain('must win on 70 % of the days, and wins on 2 of 3 days');
  });

  test('accepts a win on four days of five', () => {
    const last = 7 * 1440;
    const floors = oracle(minutes.values).map((units, i) => Math.ceil(i >= last ? units * 2.2 : units));
    expect(backtestOn(floors, { from: 3 * 1440 })).toMatchObject({ act: true, daysWon: 4, days: 5 });
  });

  test('refuses a forecast that costs more than last week’s demand', () => {
    // The same two days over and over: last week's demand x 1.2 is never wrong.
    const demand = minutes.values.map((_, i) => minutes.values[i % 1440]!);
    const floors = demand.map((value) => Math.ceil(1.3 * value + 1));
    const result = judge({ start: MONDAY, demand, floors, lead: LEAD, from: FROM });
    expect(result.seasonal.cold).toBe(0);
    expect(result.act).toBe(false);
    expect(result.reasons.join()).toMatch(/must cost less, and costs \d\.\d{3} of last week/);
  });

  test('names the cheapest target up to 0.9, and the cheapest that keeps spare capacity', () => {
    const burst = noise(DAYS, 20).values.map((value, i) => (i % 97 < 8 ? value + 200 : value));
    for (const demand of [minutes.values, noise(DAYS, 3).values, burst]) {
      const result = judge({ start: MONDAY, demand, floors: oracle(demand), lead: LEAD, from: FROM });
      const costs = [0.5, 0.6, 0.7, 0.8, 0.9].map((target) => ({
        target,
        cost: score(demand, targetTracking(demand, { lead: LEAD, target }), FROM).costRatio,
      }));
      const cheapest = (most: number) =>
        costs.filter(({ target }) => target <= most).reduce((best, one) => (one.cost < best.cost ? one : best)).target;
      expect(result.targetTracking.map((one) => one.score.costRatio)).toEqual(costs.map(({ cost }) => cost));
      expect(result).toMatchObject({ reactiveTarget: cheapest(0.9), cautiousTarget: cheapest(0.7) });
    }
  });

  test('lists the reasons of failed checks separately, unchanged', () => {
    const { act, reasons, failed } = backtestOn(minutes.values.map((value) => Math.ceil(3 * value + 1)));
    expect(act).toBe(false);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed).toEqual(reasons.filter((reason) => reason.startsWith('must ')));
    expect(backtestOn(oracle(minutes.values)).failed).toEqual([]);
  });

  test('the price of a cold start affects the result', () => {
    // Cheap floors that leave 5 % cold are fine at a low price and ruinous at a high one.
    const floors = minutes.values.map((value) => Math.ceil(0.93 * value));
    const at = (price: number) => backtestOn(floors, { goal: { kind: 'price', price } }).ours.costRatio;
    expect(at(400) - at(4)).toBeGreaterThan(0.1);
  });

  test('a limit that is out of reach is said with its numbers', () => {
    const { reasons } = backtestOn(new Float64Array(minutes.values.length), { goal: { kind: 'limit', cold: 0.0001 } });
    expect(reasons.at(-1)).toMatch(/^0\.0100 % cold is out of reach: \d+\.\d\d % at \d+\.\d\d times what is needed$/);
    expect(backtestOn(oracle(minutes.values), { goal: { kind: 'limit', cold: 0.01 } }).reasons.join()).not.toContain(
      'reach',
    );
  });

  test('a limit is out of reach as soon as it is missed, and only then', () => {
    const floors = minutes.values.map((value) => Math.ceil(0.98 * value));
    const { cold } = backtestOn(floors).ours;
    const says = (limit: number) => backtestOn(floors, { goal: { kind: 'limit', cold: limit } }).reasons.join();
    expect(says(cold * 0.9)).toContain('out of reach');
    expect(says(cold * 1.1)).not.toContain('out of reach');
  });

  test('the seasonal policy uses the same clocks and holidays as the forecast', () => {
    // A holiday as quiet as the Sunday before it; the day a week before was not.
    const quiet = minutes.values.map((value, i) => (i >= 7 * 1440 ? minutes.values[i - 1440]! : value));
    const calendar = { lag: (minute: number, days: number) => (minute >= MONDAY + 7 * 1440 ? 1440 : days * 1440) };
    const guess = (more: Partial<Trial>) =>
      judge({ start: MONDAY, demand: quiet, floors: oracle(quiet), lead: LEAD, from: 7 * 1440, ...more }).seasonal;
    expect(guess({ calendar }).cold).toBe(0);
    expect(guess({ calendar }).costRatio).toBeLessThan(0.8 * guess({}).costRatio);
  });

  test('without demand, that is the reason', () => {
    const nothing = new Float64Array(minutes.values.length);
    const { reasons } = judge({ start: MONDAY, demand: nothing, floors: nothing, lead: LEAD, from: FROM });
    expect(reasons[0]).toBe('must have demand to judge by, and nothing was demanded over 3 days');
  });

  test('bounds apply to all compared policies', () => {
    const { ours, seasonal, targetTracking: peers } = backtestOn(oracle(minutes.values), { min: 50, max: 60 });
    for (const one of [ours, seasonal, ...peers.map((peer) => peer.score)]) {
      expect(one.provisioned).toBeGreaterThanOrEqual(50 * 3 * 1440);
      expect(one.provisioned).toBeLessThanOrEqual(60 * 3 * 1440);
    }
  });
});

describe('the gate on what the floor controller makes of', () => {
  test('daily demand of a shop: it may act', () => {
    expect(tried(minutes)).toMatchObject({ act: true });
  });

  test('noise around a constant level: the forecast is refused', () => {
    const result = tried(noise(DAYS, 100));
    expect(result.act).toBe(false);
    expect(result.reasons[0]).toMatch(/^must cost at most 0\.97, and costs/);
  });

  describe('a shop that is open on some days only', () => {
    // It closes two hours before midnight, so that nothing is left of target tracking's capacity.
    const openBut = (...days: number[]) => {
      const closed = (i: number) => days.some((day) => i >= day * 1440 - 120 && i < (day + 1) * 1440);
      return changed(shopDays({ days: DAYS }), (value, i) => (closed(i) ? 0 : value)).values;
    };
    const judged = (demand: Float64Array, floors = oracle(demand)) =>
      judge({ start: MONDAY, demand, floors, lead: LEAD, from: FROM });

    test('the others are no contest', () => {
      const demand = openBut(4, 5);
      const result = judged(demand);
      expect(result).toMatchObject({ act: true, days: 3, daysWon: 2 });
      expect(result.reasons.join()).toContain('wins on 2 of 2 days that had demand');
      // Unless floors cost something there.
      const floors = oracle(demand).map((units, i) =>
        i >= 5 * 1440 + 60 && i < 6 * 1440 ? Math.max(2, units) : units,
      );
      expect(judged(demand, floors)).toMatchObject({ act: false, daysWon: 2 });
    });

    test('one day does not suffice', () => {
      const result = judged(openBut(4, 5, 7));
      expect(result).toMatchObject({ act: false, days: 3, daysWon: 1 });
      expect(result.failed).toEqual([
        expect.stringContaining('of it without the best day'),
        'must win on 70 % of the days, of which 2 at least must be measured and have demand, and wins on 1 of 1 days that had demand',
      ]);
    });
  });

  test('a day that was not measured is no contest, whatever fills it', () => {
    const known = new Uint8Array(minutes.values.length).fill(1).fill(0, 6 * 1440, 7 * 1440 - 600);
    const result = backtestOn(oracle(minutes.values), { known });
    expect(result).toMatchObject({ act: true, days: 3, daysContested: 2, daysWon: 2 });
    expect(result.reasons.join()).toContain('wins on 2 of 2 days that were measured');
    // Half a day says enough.
    expect(backtestOn(oracle(minutes.values), { known: known.fill(1, 6 * 1440, 6 * 1440 + 150) }).daysWon).toBe(3);
  });

  test('no demand at all: that is the only reason', () => {
    const nothing = constant(DAYS, 0).values;
    const { reasons } = judge({ start: MONDAY, demand: nothing, floors: nothing, lead: LEAD, from: FROM });
    expect(reasons).toEqual(['must have demand to judge by, and nothing was demanded over 3 days']);
  });

  test('no demand, or one request a minute: there is no saving', () => {
    expect(tried(constant(DAYS, 0)).act).toBe(false);
    expect(tried(constant(DAYS, 1)).act).toBe(false);
  });

  test('bursts that nothing announces: it may act only where it is cheaper in the days that follow as well', () => {
    for (const seed of [1]) {
      const next = random(seed);
      let burst = 0;
      const bursts = changed(noise(DAYS + 2, 2, seed), (value) => {
        if (burst === 0 && next() < 1 / 240) burst = 20 + Math.floor(next() * 40);
        else if (burst > 0) burst--;
        return burst > 0 ? value + 200 * next() : value;
      });
      const { demand, floors, from } = backtest(bursts, { lead: LEAD, warmUp: 4 });
      const to = DAYS * 1440;
      const result = judge({ start: MONDAY, demand, floors, lead: LEAD, from, to });
      const later = judge({ start: MONDAY, demand, floors, lead: LEAD, from: to });
      const reactive = later.targetTracking.find((one) => one.target === result.reactiveTarget)!.score.costRatio;
      if (result.act) expect(later.ours.costRatio).toBeLessThan(reactive * 1.05);
    }
  });
});
