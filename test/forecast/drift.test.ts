import { driftOf, hasDrifted } from '../../forecast/drift';
import { type BacktestResult, judge } from '../../forecast/gate';
import type { Goal } from '../../forecast/goal';
import { heldFloors, minutesAhead } from '../../forecast/held-floors';
import { ACTING_TARGET, oracle, targetTracking } from '../../forecast/policies';
import { score } from '../../forecast/score';
import { followGate } from '../../forecast/weekly-gate';
import { MONDAY, shopDays } from './series';

const LEAD = 5;
const DAY = 1440;
const { values: demand } = shopDays({ days: 9 });
const floors = oracle(demand);
const held = heldFloors(floors, LEAD);
const result = judge({ start: MONDAY, demand, floors, lead: LEAD, from: 4 * DAY });
// In the middle of a day: half a day before it there are units that were not let go yet.
const TO = 4 * DAY + 720;

describe('driftOf', () => {
  const goal: Goal = { kind: 'price', price: 7 };
  const bounds = { min: 3, max: 80 };
  const drift = (of: BacktestResult, first = DAY) =>
    driftOf(of, demand, floors, { first, to: TO }, { lead: LEAD, goal, ...bounds });
  /** Money of the day before, of a policy that has run all along. */
  const money = (target: number, floor?: Float64Array) =>
    score(demand, targetTracking(demand, { lead: LEAD, target, floor, ...bounds }), TO - DAY, TO, 7).costRatio;

  test('is what the last day cost over cautious target tracking, as if both had run all along', () => {
    expect(result.act).toBe(true);
    expect(drift(result)).toBeCloseTo(money(ACTING_TARGET, held) / money(result.cautiousTarget), 6);
  });

  test('of a refused module is that of the target it was given, and nothing where that is the cautious one', () => {
    const refused = { ...result, act: false, reactiveTarget: ACTING_TARGET };
    expect(drift(refused)).toBeCloseTo(money(ACTING_TARGET) / money(result.cautiousTarget), 6);
    expect(drift({ ...refused, reactiveTarget: refused.cautiousTarget })).toBe(1);
  });

  test.each([
    [undefined, false],
    [1.05, false],
    [1.1, false],
    [1.11, true],
  ])('a day that cost %d times as much is too much: %p', (cost, tooMuch) => {
    expect(hasDrifted(cost)).toBe(tooMuch);
  });
});

describe('a replay of the gate', () => {
  const FROM = 8 * DAY;
  const followed = (some: Float64Array) =>
    followGate({ demand, floors: some, from: FROM, trialFrom: 4 * DAY }, { start: MONDAY, lead: LEAD });
  const tracked = (some: Float64Array, target = ACTING_TARGET) =>
    targetTracking(demand, {
      lead: LEAD,
      target,
      floor: target === ACTING_TARGET ? heldFloors(some, LEAD) : undefined,
    });

  test('uses no minutes that are unknown at that time', () => {
    const at = FROM + 3 * 180;
    const ruinous = floors.map((units, i) => (i >= at - LEAD + minutesAhead(LEAD) && i < at ? 1e6 : units));
    const { provision, results } = followed(ruinous);
    expect(provision.subarray(at, at + 180)).toEqual(tracked(ruinous).subarray(at, at + 180));
    const later = tracked(ruinous, results[0]!.cautiousTarget).subarray(at + 180, at + 360);
    expect(provision.subarray(at + 180, at + 360)).toEqual(later);
  });

  test('also uses the last day of the trial', () => {
    const worse = floors.map((units, i) => (i >= FROM - DAY && i < FROM ? 2 * units : units));
    const { provision, results } = followed(worse);
    expect(results[0]!.act).toBe(true);
    const cautious = tracked(worse, results[0]!.cautiousTarget);
    expect(provision.subarray(FROM, FROM + 180)).toEqual(cautious.subarray(FROM, FROM + 180));
  });
});
