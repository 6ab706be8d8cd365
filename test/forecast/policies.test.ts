import fc from 'fast-check';
import { withEvents } from '../../forecast/events';
import { fixedAt, oracle, persistence, rollingMaximum, seasonal, targetTracking } from '../../forecast/policies';
import { wholeUnits } from '../../forecast/policy';
import { noise, shopDays } from './series';

const demandOf = (...runs: [value: number, minutes: number][]) =>
  Float64Array.from(runs.flatMap(([value, minutes]) => Array(minutes).fill(value)));

describe('targetTracking', () => {
  test('scales out in proportion after three minutes above its target; instances are ready after the lead time', () => {
    // Half of one unit is exceeded in minutes 0, 1 and 2; 4 / 0.5 = 8 units are there from 2 + 1 + 1 on.
    const provision = targetTracking(demandOf([4, 8]), { lead: 1, target: 0.5 });
    expect([...provision]).toEqual([1, 1, 1, 1, 8, 8, 8, 8]);
  });

  test('doesn’t scale out after two minutes', () => {
    expect(Math.max(...targetTracking(demandOf([4, 2], [0, 1], [4, 2], [0, 20]), { lead: 1, target: 0.5 }))).toBe(1);
  });

  test('decides nothing while a change is pending', () => {
    // The change of minute 2 is under way until 7; what 20 asks for is seen then.
    const provision = targetTracking(demandOf([4, 3], [20, 12]), { lead: 4, target: 0.5 });
    expect([...provision]).toEqual([...Array(7).fill(1), ...Array(5).fill(8), ...Array(3).fill(40)]);
  });

  test('scales in after fifteen minutes below 0.9 of its target, to the capacity that the busiest of them needs', () => {
    // 8 units at 0.5: below 3.6. Minutes 6 to 20 are fifteen such; the busiest had 2, so that 4 are left from 21 on.
    const provision = targetTracking(demandOf([4, 6], [1, 7], [2, 1], [1, 20]), { lead: 1, target: 0.5 });
    expect([...provision.subarray(0, 6)]).toEqual([1, 1, 1, 1, 8, 8]);
    expect([...provision.subarray(6, 21)]).toEqual(Array(15).fill(8));
    expect([...provision.subarray(21, 34)]).toEqual(Array(13).fill(4));
  });

  test('a minute above that restarts the fifteen minutes', () => {
    const provision = targetTracking(demandOf([4, 6], [1, 14], [4, 1], [1, 14], [4, 1]), { lead: 1, target: 0.5 });
    expect([...provision.subarray(4)]).toEqual(Array(32).fill(8));
  });

  test('doesn’t scale between 0.9 of the target and the target', () => {
    // 40 units at 0.5 are meant for 20; from 18 on nothing is taken away, though 18 would need 36 only.
    const provision = targetTracking(demandOf([20, 6], [18, 30], [20, 30]), { lead: 1, target: 0.5 });
    expect([...provision.subarray(4)]).toEqual(Array(62).fill(40));
  });

  test.each([0.5, 0.7, 0.95])('scales in below 0.9 of a target of %d', (target) => {
    // A hundred units, reached by what needs them all.
    const left = (share: number) =>
      targetTracking(demandOf([100 * target, 6], [share * 100 * target, 30]), { lead: 1, target }).at(-1);
    expect(left(0.901)).toBe(100);
    expect(left(0.899)).toBe(90);
  });

  test('a floor takes effect at once; after it, instances are released by the rule of fifteen minutes', () => {
    const floor = demandOf([0, 5], [10, 5], [3, 30]);
    const provision = targetTracking(demandOf([1, 40]), { lead: 2, target: 0.95, floor });
    expect([...provision.subarray(0, 3)]).toEqual([1, 1, 1]);
    // From minute 5 on ten are there, of which 1 is used: minutes 5 to 19 are fifteen.
    expect([...provision.subarray(5, 20)]).toEqual(Array(15).fill(10));
    expect([...provision.subarray(20)]).toEqual(Array(20).fill(3));
  });

  test('stays between its bounds', () => {
    const { values } = shopDays({ days: 2 });
    const provision = targetTracking(values, {
      lead: 2,
      target: 0.5,
      min: 20,
      max: 90,
      floor: values.map((v) => 2 * v),
    });
    expect(Math.min(...provision)).toBe(20);
    expect(Math.max(...provision)).toBe(90);
  });

  test('gives whole units, no fewer than the floor and the minimum', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1000, noNaN: true }), { minLength: 1, maxLength: 80 }),
        fc.integer({ min: 0, max: 16 }),
        fc.constantFrom(0.3, 0.5, 0.7, 0.95),
        fc.integer({ min: 1, max: 40 }),
        (demand, lead, target, floor) => {
          const floors = new Float64Array(demand.length).fill(floor);
          const provision = targetTracking(Float64Array.from(demand), { lead, target, floor: floors });
          expect(provision).toHaveLength(demand.length);
          expect(provision.every((units) => Number.isInteger(units) && units >= floor)).toBe(true);
        },
      ),
      { seed: 61, numRuns: 60 },
    );
  });
});

describe('the other policies', () => {
  const demand = Float64Array.of(1, 5, 2, 2, 2, 8, 1, 1);

  test('rolling maximum: the maximum of the last known minutes, times the factor, rounded up', () => {
    expect([...rollingMaximum(demand, { lead: 1, factor: 1.5, minutes: 2 })]).toEqual([0, 0, 2, 8, 8, 3, 3, 12]);
  });

  test('rolling maximum: of fifteen minutes by default', () => {
    const { values } = noise(1, 20);
    const fifteen = rollingMaximum(values, { lead: 2, factor: 1, minutes: 15 });
    expect(rollingMaximum(values, { lead: 2, factor: 1 })).toEqual(fifteen);
  });

  test('persistence: the last known minute', () => {
    expect([...persistence(demand, { lead: 0, factor: 1 })]).toEqual([0, 1, 5, 2, 2, 2, 8, 1]);
  });

  test('fixed and oracle', () => {
    expect([...fixedAt(demand, { units: 2.5 })]).toEqual(Array(8).fill(3));
    expect([...oracle(Float64Array.of(0, 0.2, 3, 3.0001))]).toEqual([0, 1, 3, 4]);
  });

  test('seasonal: the same minute a week ago, or a day ago in the first week', () => {
    const { values } = shopDays({ days: 9 });
    const guess = seasonal(values, { lead: 5, factor: 1.2 });
    expect(guess[100]).toBe(0);
    expect(guess[3 * 1440 + 7]).toBe(wholeUnits(1.2 * values[2 * 1440 + 7]!));
    expect(guess[8 * 1440 + 7]).toBe(wholeUnits(1.2 * values[1440 + 7]!));
  });

  test.each([0, 2, 15])(
    'with a lead of %i minutes no provision depends on a minute that was not known then',
    (lead) => {
      const policies = {
        rolling: (values: Float64Array) => rollingMaximum(values, { lead, factor: 1.1 }),
        persistence: (values: Float64Array) => persistence(values, { lead, factor: 1.1 }),
        seasonal: (values: Float64Array) => seasonal(values, { lead, factor: 1.1 }),
      };
      const { values } = noise(2, 20);
      fc.assert(
        fc.property(
          fc.integer({ min: 0, max: values.length - 1 }),
          fc.constantFrom(...Object.values(policies)),
          (t, policy) => {
            const other = values.map((value, i) => (i > t ? value * 2 + 3 : value));
            expect(policy(other).subarray(0, t + lead + 1)).toEqual(policy(values).subarray(0, t + lead + 1));
          },
        ),
        { seed: 62, numRuns: 20 },
      );
    },
  );

  test('target tracking never adds for what it could not have seen', () => {
    const { values } = shopDays({ days: 1 });
    for (const t of [545, 560, 700]) {
      const provision = (demand: Float64Array) => targetTracking(demand, { lead: 3, target: 0.7 });
      const quiet = provision(values.map((value, i) => (i > t ? 0 : value)));
      const busy = provision(values.map((value, i) => (i > t ? 1e6 : value)));
      for (let i = 0; i <= t + 3; i++) expect(busy[i]).toBeLessThan(1000);
      expect(quiet.subarray(0, t + 1)).toEqual(busy.subarray(0, t + 1));
    }
  });
});

describe('wholeUnits', () => {
  test.each([
    [0, 0],
    [-3, 0],
    [0.1, 1],
    [3, 3],
    [3.0000000001, 3],
    [3.001, 4],
    [0.1 + 0.2 - 0.3, 0],
  ])('of %d are %d', (units, whole) => {
    expect(wholeUnits(units)).toBe(whole);
  });
});

describe('withEvents', () => {
  const events = [
    { from: 100, until: 110, factor: 3 },
    { from: 105, until: 120, demand: 50 },
  ];

  test.each([
    [99, 10, 10],
    [100, 10, 30],
    [104, 10, 30],
    [105, 10, 50],
    [109, 20, 60],
    [110, 10, 50],
    [119, 70, 70],
    [120, 10, 10],
  ])('in minute %i %i units, which are usual, become %i', (minute, units, wanted) => {
    expect(withEvents(units, minute, events, () => units)).toBe(wanted);
  });

  test('a factor multiplies usual demand, not a forecast that has seen the event', () => {
    expect(withEvents(80, 100, events, () => 20)).toBe(80);
    expect(withEvents(80, 100, events, () => 40)).toBe(120);
    expect(withEvents(10, 107, events, ({ from }) => (from === 100 ? 40 : 1000))).toBe(120);
  });

  test('no announced event lowers the forecast', () => {
    expect(withEvents(10, 5, [{ from: 0, until: 9, factor: 0.2, demand: 3 }], () => 10)).toBe(10);
  });
});
