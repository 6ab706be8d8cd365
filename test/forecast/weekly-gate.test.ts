import { backtest } from '../../forecast/backtest';
import { decide } from '../../forecast/decide';
import { judge } from '../../forecast/gate';
import { DEFAULT_GOAL, type Goal } from '../../forecast/goal';
import { heldFloors } from '../../forecast/held-floors';
import { ACTING_TARGET, oracle, targetTracking } from '../../forecast/policies';
import { score } from '../../forecast/score';
import { followGate } from '../../forecast/weekly-gate';
import { MONDAY, shopDays } from './series';

const LEAD = 5;
const DAY = 1440;
const WEEK = 7 * DAY;
const FROM = 8 * DAY;
const TRIAL = 4 * DAY;
const { values: demand } = shopDays({ days: 24 });
/** Good floors in all weeks but the second judged one, in which they are three times what is needed. */
const floors = oracle(demand).map((units, i) => (i >= FROM + WEEK && i < FROM + 2 * WEEK ? 3 * units + 5 : units));
const replay = { demand, floors, from: FROM, trialFrom: TRIAL };
const settings = { start: MONDAY, lead: LEAD };

describe('followGate', () => {
  const { results, now, followed, provision, overBestTracking } = followGate(replay, settings);

  test('looks back at the trial first, then at a week each', () => {
    expect(results.map(({ judgedFrom, judgedUntil }) => [judgedFrom - MONDAY, judgedUntil - MONDAY])).toEqual([
      [TRIAL, FROM - LEAD],
      [FROM - LEAD, FROM + WEEK - LEAD],
      [FROM + WEEK - LEAD, FROM + 2 * WEEK - LEAD],
    ]);
    expect([now.judgedFrom - MONDAY, now.judgedUntil - MONDAY]).toEqual([24 * DAY - WEEK, 24 * DAY]);
  });

  test('judges each span as the gate does', () => {
    expect(results.map(({ act }) => act)).toEqual([true, true, false]);
    expect(results[2]).toEqual(
      judge({ start: MONDAY, demand, floors, lead: LEAD, from: FROM + WEEK - LEAD, to: FROM + 2 * WEEK - LEAD }),
    );
  });

  test('follows each backtest result for the week after it, unless the last day turned out otherwise', () => {
    const acting = targetTracking(demand, { lead: LEAD, target: ACTING_TARGET, floor: heldFloors(floors, LEAD) });
    const cautious = targetTracking(demand, { lead: LEAD, target: results[1]!.cautiousTarget });
    const reactive = targetTracking(demand, { lead: LEAD, target: results[2]!.reactiveTarget });
    const same = (to: Float64Array, from: number, until: number) =>
      expect(provision.subarray(from, until)).toEqual(to.subarray(from, until));
    const bad = FROM + WEEK;
    same(acting, FROM, bad);
    // A look every three hours: floors three times too high are still borne for some of them, and not for a whole day.
    same(acting, bad, bad + 180);
    same(cautious, bad + DAY, bad + WEEK);
    // And after a better day the result holds again, which has become another by then.
    same(reactive, bad + WEEK + DAY, demand.length);
    expect(provision.subarray(0, FROM).every((units) => units === 0)).toBe(true);
  });

  test('compares what that costs with the target that each week before would have chosen', () => {
    expect(followed).toEqual(score(demand, provision, FROM));
    const best = new Float64Array(demand.length);
    for (const [week, { reactiveTarget }] of results.entries()) {
      const [a, b] = [FROM + week * WEEK, FROM + (week + 1) * WEEK];
      best.set(targetTracking(demand, { lead: LEAD, target: reactiveTarget }).subarray(a, b), a);
    }
    expect(overBestTracking).toBeCloseTo(followed.costRatio / score(demand, best, FROM).costRatio, 12);
  });

  test('counts cold starts at the price of the goal, within the bounds', () => {
    const goal: Goal = { kind: 'price', price: 400 };
    const bounded = followGate(replay, { ...settings, goal, min: 5, max: 60 });
    const floor = heldFloors(floors, LEAD);
    const within = targetTracking(demand, { lead: LEAD, target: ACTING_TARGET, floor, min: 5, max: 60 });
    const first = score(demand, within, TRIAL, FROM - LEAD, 400);
    expect(bounded.results[0]!.ours).toEqual(first);
  });

  test('no backtest result depends on later minutes', () => {
    const at = FROM + WEEK - LEAD;
    const other = demand.map((value, i) => (i < at ? value : 7));
    const again = followGate({ ...replay, demand: other }, settings);
    expect(again.results.slice(0, 2)).toEqual(results.slice(0, 2));
    expect(again.results[2]).not.toEqual(results[2]);
  });

  test('without demand no ratio is divided by zero', () => {
    const nothing = new Float64Array(demand.length);
    const quiet = followGate({ ...replay, demand: nothing, floors: nothing }, { ...settings, min: 0 });
    expect(quiet.results.map(({ act }) => act)).toEqual([false, false, false]);
    expect(quiet.overBestTracking).toBe(1);
  });

  test('idle instances cost something after demand has stopped', () => {
    const ended = demand.map((value, i) => (i < FROM ? value : 0));
    const idle = floors.map((_, i) => (i < FROM ? floors[i]! : 3));
    const { results: said, overBestTracking: over } = followGate({ ...replay, demand: ended, floors: idle }, settings);
    // A week of floors of three, then two and a bit of one unit, which target tracking keeps; its last capacity goes within the hour.
    expect(said.map(({ act }) => act)).toEqual([true, false, false]);
    expect(over).toBeGreaterThan(1.5);
    expect(over).toBeLessThan(2);
  });
});

test('the first result is that of a deployed floor controller in the same minute', () => {
  const minutes = { start: MONDAY, values: demand.subarray(0, 9 * DAY) };
  const replayed = backtest(minutes, { lead: LEAD, warmUp: 8 });
  const [result] = followGate(replayed, { ...settings, min: 2, max: 500, goal: DEFAULT_GOAL }).results;
  const now = FROM - LEAD;
  const decision = decide({
    now: MONDAY + now,
    history: { start: MONDAY, values: demand.slice(0, now) },
    state: { models: [] },
    options: { lead: LEAD, min: 2, max: 500, goal: DEFAULT_GOAL, warmUpDays: 8 },
  });
  expect(decision.state.result).toEqual(result);
});
