import { rollingMaximum, targetTracking } from '../../forecast/policies';
import { fitRollingMaximum, fitTargetTracking, score } from '../../forecast/score';
import { shopDays } from './series';

describe('score', () => {
  const demand = Float64Array.of(10, 5.5, 0, 20);
  const provision = Float64Array.of(8, 6, 1, 20);

  test('equals the score computed by hand', () => {
    // Cold: 2 of 35.5. An oracle has 10 + 6 + 0 + 20 = 36 units, this one 35.
    const { cold, provisioningRatio: cost, costRatio: money, ...units } = score(demand, provision, 0);
    expect(cold).toBeCloseTo(2 / 35.5, 12);
    expect(cost).toBeCloseTo(35 / 36, 12);
    expect(money).toBeCloseTo((35 + 40 * 2) / 36, 12);
    expect(units).toEqual({ coldUnits: 2, provisioned: 35, demanded: 35.5, needed: 36 });
  });

  test('of some of the minutes, and at another price', () => {
    const part = score(demand, provision, 1, 3, 7);
    expect(part).toMatchObject({ cold: 0, coldUnits: 0, provisioned: 7, needed: 6, demanded: 5.5 });
    expect(score(demand, provision, 0, 1, 7).costRatio).toBeCloseTo((8 + 7 * 2) / 10, 12);
  });

  test('an oracle has cost ratio 1, and no demand has none', () => {
    expect(score(demand, Float64Array.of(10, 6, 0, 20), 0)).toMatchObject({
      cold: 0,
      provisioningRatio: 1,
      costRatio: 1,
    });
    expect(score(new Float64Array(3), new Float64Array(3), 0)).toMatchObject({
      cold: 0,
      provisioningRatio: 1,
      costRatio: 1,
    });
    expect(score(demand, new Float64Array(4), 0)).toMatchObject({ cold: 1, provisioningRatio: 0 });
    expect(score(new Float64Array(3), demand, 0, 3)).toMatchObject({
      cold: 0,
      provisioningRatio: Infinity,
      costRatio: Infinity,
    });
  });
});

describe('fitted in hindsight', () => {
  const { values: demand } = shopDays({ days: 4 });
  const from = 1440;
  const lead = 2;

  test.each([0.003, 0.01, 0.03])('the rolling maximum leaves %d cold', (cold) => {
    const fitted = fitRollingMaximum(demand, { lead, cold, from });
    expect(fitted.cold).toBeLessThanOrEqual(cold);
    expect(fitted.cold).toBeGreaterThan(cold * 0.97);
    expect(score(demand, rollingMaximum(demand, { lead, factor: fitted.factor }), from).provisioningRatio).toBe(
      fitted.provisioningRatio,
    );
  });

  test.each([0.001, 0.003, 0.006])('target tracking leaves %d cold, between two neighbours of a fine grid', (cold) => {
    const fitted = fitTargetTracking(demand, { lead, cold, from });
    expect(fitted.cold).toBeCloseTo(cold, 6);
    const nearest = Math.round((0.9 - fitted.target) / 0.005);
    // On whole numbers 0.65 and what arithmetic makes of it are not the same target.
    const near = [-1, 0, 1].flatMap((step) => {
      const target = 0.9 - (nearest + step) * 0.005;
      return [target, Number(target.toFixed(3))].map((one) => {
        return score(demand, targetTracking(demand, { lead, target: one }), from);
      });
    });
    const [colds, costs] = [near.map((one) => one.cold), near.map((one) => one.provisioningRatio)];
    expect(Math.min(...colds)).toBeLessThanOrEqual(cold);
    expect(Math.max(...colds)).toBeGreaterThanOrEqual(cold);
    expect(fitted.provisioningRatio).toBeGreaterThanOrEqual(Math.min(...costs) - 1e-9);
    expect(fitted.provisioningRatio).toBeLessThanOrEqual(Math.max(...costs) + 1e-9);
  });

  test('it is the cheapest of a grid that is fine enough for linear interpolation', () => {
    const cold = 0.006;
    const grid = Array.from({ length: 100 }, (_, i) => (900 - 5 * i) / 1000);
    const scores = grid.map((target) => score(demand, targetTracking(demand, { lead, target }), from));
    const costs = scores.flatMap((here, i) => {
      if (here.cold > cold) return [];
      const above = scores[i - 1];
      if (above === undefined || above.cold <= cold) return [here.provisioningRatio];
      return [
        here.provisioningRatio +
          ((cold - here.cold) / (above.cold - here.cold)) * (above.provisioningRatio - here.provisioningRatio),
      ];
    });
    expect(fitTargetTracking(demand, { lead, cold, from }).provisioningRatio).toBeCloseTo(Math.min(...costs), 9);
  });

  test('a limit that the highest target meets is met with it', () => {
    const fitted = fitTargetTracking(demand, { lead, cold: 0.9, from });
    expect(fitted.target).toBeCloseTo(0.9, 9);
    expect(fitted.cold).toBeLessThan(0.1);
  });
});
