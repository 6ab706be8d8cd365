import fc from 'fast-check';
import { backtest } from '../../forecast/backtest';
import { decide, HISTORY_DAYS, type Situation } from '../../forecast/decide';
import type { BacktestResult } from '../../forecast/gate';
import { DEFAULT_GOAL, DEFAULT_PRICE } from '../../forecast/goal';
import type { ForecastOptions, State } from '../../forecast/learned-state';
import type { Minutes } from '../../forecast/minutes';
import type { Model } from '../../forecast/model';
import { ACTING_TARGET } from '../../forecast/policies';
import { changed, constant, MONDAY, shopDays } from './series';

const LEAD = 5;
const OPTIONS: ForecastOptions = { lead: LEAD, min: 2, max: 500, goal: DEFAULT_GOAL, warmUpDays: 3 };
const FRESH: State = { models: [] };
const minutes = shopDays({ days: 6 });

/** What is known of a series when a minute of it begins. */
function knownAt(index: number, some: Minutes = minutes): Minutes {
  return { start: some.start, values: some.values.slice(0, index) };
}

function situation(index: number, more: Partial<Situation> = {}): Situation {
  return { now: minutes.start + index, history: knownAt(index), state: FRESH, options: OPTIONS, ...more };
}

/** The first decision with enough history. */
const first = decide(situation(3 * 1440 + 700));
const trusting: BacktestResult = {
  ...first.state.result!,
  act: true,
  reactiveTarget: ACTING_TARGET,
  cautiousTarget: 0.5,
};

describe('decide', () => {
  describe('modes', () => {
    test('learning: nothing measured, and too few days', () => {
      for (const history of [knownAt(0), constant(3, Number.NaN)]) {
        expect(decide(situation(4320, { history }))).toMatchObject({
          mode: 'learning',
          floor: 2,
          target: 0.7,
          reason: 'nothing was measured yet',
        });
      }
      expect(decide(situation(1))).toMatchObject({ mode: 'learning', floor: 2, reason: '0 of 3 days are known' });
      expect(decide(situation(2 * 1440 + 1400))).toMatchObject({ mode: 'learning', reason: '2 of 3 days are known' });
      // Who wouldn't act anyway is in no doubt.
      for (const now of [minutes.start + 1500, minutes.start + 1300]) {
        expect(decide(situation(1400, { now }))).toMatchObject({ mode: 'learning', reason: '0 of 3 days are known' });
      }
    });

    test('acting: a floor from the forecast, target tracking far up, and the reasons with numbers', () => {
      expect(first).toMatchObject({ mode: 'acting', target: ACTING_TARGET, stateChanged: true });
      expect(first.floor).toBeGreaterThan(60);
      expect(first.reason).toMatch(/costs 0\.\d{3} of target tracking at/);
      expect(first.state.result).toMatchObject({ act: true });
      expect(first.state.judgedAt).toBe(minutes.start + 3 * 1440 + 700 + LEAD);
    });

    test('refused: the floor is the minimum, and target tracking goes where it was cheaper', () => {
      const refusing = {
        ...first.state,
        result: { ...trusting, act: false, reactiveTarget: 0.7, reasons: ['costs 1.2', 'too much'] },
      };
      expect(decide(situation(3 * 1440 + 701, { state: refusing }))).toMatchObject({
        mode: 'refused',
        floor: 2,
        target: 0.7,
        reason: 'costs 1.2; too much',
      });
      // Unless the last day turned out otherwise.
      expect(decide(situation(3 * 1440 + 701, { state: { ...refusing, drift: 1.3 } }))).toMatchObject({
        mode: 'refused',
        target: 0.5,
        reason: 'costs 1.2; too much; the last day cost 1.30 of what target tracking at 0.5 would have cost',
      });
    });

    test('degraded: measurements are late, from the future, or mostly missing', () => {
      const at = 3 * 1440 + 701;
      const state = { ...first.state, result: trusting };
      const degraded = (more: Partial<Situation>) => decide(situation(at, { state, ...more }));
      const late = { mode: 'degraded', floor: 2, target: 0.5 };
      expect(degraded({ now: minutes.start + at + 11 })).toMatchObject({
        ...late,
        reason: 'nothing was measured for 11 minutes',
      });
      // Nothing newer can be decided meanwhile, and the floor of the last minute that was holds.
      const lastFloor = degraded({ now: minutes.start + at + LEAD }).floor;
      for (const minutesLate of [LEAD + 1, 10]) {
        expect(degraded({ now: minutes.start + at + minutesLate })).toMatchObject({ mode: 'acting', floor: lastFloor });
      }
      const patient = (minutesLate: number) => {
        const options = { ...OPTIONS, lead: 30 };
        const { madeFor } = decide(situation(1, { options })).state;
        const models = first.state.models.map((model) => ({ ...model, lead: 30 }));
        return degraded({ now: minutes.start + at + minutesLate, options, state: { ...state, madeFor, models } });
      };
      expect(patient(10)).toMatchObject({ mode: 'acting' });
      expect(patient(11)).toMatchObject({ mode: 'degraded', reason: 'nothing was measured for 11 minutes' });
      expect(degraded({ now: minutes.start + at - 3 })).toMatchObject({
        mode: 'degraded',
        floor: 2,
        reason: 'measurements lie 3 minutes ahead of the clock',
      });
      const holes = changed(knownAt(at), (value, i) => (i > at - 15 && i < at - 1 ? Number.NaN : value));
      expect(degraded({ history: holes })).toMatchObject({
        ...late,
        reason: 'most of the last 15 minutes were not measured',
      });
    });

    test('degraded: the last day cost more than target tracking would have', () => {
      const state = { ...first.state, result: trusting, drift: 1.3 };
      expect(decide(situation(3 * 1440 + 701, { state }))).toMatchObject({
        mode: 'degraded',
        floor: 2,
        reason: expect.stringContaining('1.30'),
      });
    });

    test('degraded: an error is the reason and is not thrown', () => {
      const broken = {
        lag: () => {
          throw new Error('no such clock');
        },
      };
      const decision = decide(situation(3 * 1440 + 701, { options: { ...OPTIONS, calendar: broken } }));
      expect(decision).toMatchObject({ mode: 'degraded', floor: 2, reason: expect.stringContaining('no such clock') });
    });
  });

  test('the usual delay of metrics is not degraded; the newest known minute counts', () => {
    const history = changed(knownAt(3 * 1440 + 703), (value, i) => (i >= 3 * 1440 + 700 ? Number.NaN : value));
    const decision = decide({ ...situation(3 * 1440 + 703), history, state: first.state });
    expect(decision.floor).toBe(decide(situation(3 * 1440 + 700, { state: first.state })).floor);
    expect(decision.mode).toBe('acting');
  });

  test('shows quantiles of the next hours, none below another', () => {
    const ahead = first.forecast.map(({ minute }) => minute - minutes.start - (3 * 1440 + 700));
    expect(ahead[0]).toBe(LEAD);
    expect(ahead.at(-1)).toBeGreaterThanOrEqual(120);
    expect([...ahead].sort((a, b) => a - b)).toEqual(ahead);
    for (const { quantiles } of first.forecast) {
      const values = quantiles.map(({ value }) => value);
      expect(quantiles.map(({ level }) => level)).toEqual([0.5, 0.9, 0.99]);
      expect([...values].sort((a, b) => a - b)).toEqual(values);
      expect(values[2]).toBeLessThan(400);
    }
  });

  describe('state', () => {
    test('is unchanged by JSON, and is not changed in place', () => {
      const before = JSON.stringify(first.state);
      const kept: State = JSON.parse(before);
      const next = situation(3 * 1440 + 701);
      expect(decide({ ...next, state: kept })).toEqual(decide({ ...next, state: first.state }));
      expect(JSON.stringify(first.state)).toBe(before);
      expect(before.length).toBeLessThan(100_000);
    });

    test('is worth keeping only when there is a new model or result', () => {
      const state = first.state;
      expect(decide(situation(3 * 1440 + 701, { state })).stateChanged).toBe(false);
      const nextDay = decide(situation(4 * 1440 + 700, { state }));
      expect(nextDay.stateChanged).toBe(true);
      expect(new Set(nextDay.state.models.map(({ fittedAt }) => fittedAt)).size).toBe(3);
      expect(nextDay.state.result).toBe(state.result);
    });

    test('of other features is learned anew', () => {
      const other = (change: Partial<Model>) => first.state.models.map((model) => ({ ...model, ...change }));
      const sums = (state: State) =>
        state.models.map(({ coefficients }) => coefficients.reduce((sum, one) => sum + one, 0));
      for (const models of [
        other({ features: 0, coefficients: first.state.models[0]!.coefficients.map(() => 0) }),
        other({ coefficients: [1, 2] }),
      ]) {
        const decision = decide(situation(3 * 1440 + 700, { state: { ...first.state, models } }));
        expect(sums(decision.state)).toEqual(sums(first.state));
        expect(decision.floor).toBe(first.floor);
      }
    });

    const other: Record<string, Partial<ForecastOptions>> = {
      'a lower lead': { lead: 4 },
      'another goal': { goal: { kind: 'price', price: 41 } },
      'a limit': { goal: { kind: 'limit', cold: 1 / DEFAULT_PRICE } },
      'a higher min': { min: 3 },
      'a lower max': { max: 400 },
      'another zone, holidays or indicators': { basis: 'else' },
    };
    test.each(Object.keys(other))('of %s is learned anew, and judged anew', (name) => {
      const options = { ...OPTIONS, ...other[name] };
      const kept = { ...first.state, result: { ...trusting, act: false }, drift: 7 };
      const decision = decide(situation(3 * 1440 + 700, { state: kept, options }));
      expect(decision).toEqual(decide(situation(3 * 1440 + 700, { options })));
      expect(decision).toMatchObject({ mode: 'acting', stateChanged: true });
      // And stays what it then is.
      expect(decide(situation(3 * 1440 + 701, { state: decision.state, options })).stateChanged).toBe(false);
    });

    test('is not for indicators in another order', () => {
      const search = changed(shopDays({ days: 6, seed: 4 }), (value) => 3 * value);
      const at = 3 * 1440 + 700;
      const [quiet, loud] = [
        knownAt(at, search),
        knownAt(
          at,
          changed(search, (value) => 1_000 * value),
        ),
      ];
      const led = (indicators: Minutes[], basis: string, state = FRESH) =>
        decide(situation(at, { indicators, state, options: { ...OPTIONS, basis } }));
      const before = led([quiet, loud], 'quiet,loud');
      expect(led([loud, quiet], 'loud,quiet', before.state)).toEqual(led([loud, quiet], 'loud,quiet'));
    });

    test('of an older version, which doesn’t say what it is of, is learned anew', () => {
      const { madeFor, ...older } = first.state;
      expect(madeFor!.length).toBeLessThan(80);
      const refusing = { ...older, result: { ...trusting, act: false } };
      expect(decide(situation(3 * 1440 + 700, { state: refusing }))).toEqual(first);
    });

    test('does not depend on announced events', () => {
      const events = [{ from: 0, until: 1, demand: 9 }];
      const options = { ...OPTIONS, events };
      expect(decide(situation(3 * 1440 + 701, { state: first.state, options })).stateChanged).toBe(false);
    });

    test('from later than now is learned anew', () => {
      const ahead = (minutes: number) => ({
        ...first.state,
        result: { ...trusting, act: false },
        models: first.state.models.map((model) => ({ ...model, fittedAt: model.fittedAt + minutes })),
      });
      expect(decide(situation(3 * 1440 + 700, { state: ahead(1) }))).toEqual(first);
      expect(decide(situation(3 * 1440 + 701, { state: ahead(1) })).stateChanged).toBe(false);
    });

    test('of more than a week ago is learned again from two models, and judged on their trial', () => {
      const some = shopDays({ days: 12 });
      const decided = (index: number) =>
        decide({ ...situation(index), history: knownAt(index, some), state: { ...first.state, horizons: [] } });
      const week = decided(3 * 1440 + 700 + 7 * 1440);
      expect(new Set(week.state.models.map(({ fittedAt }) => fittedAt)).size).toBe(3);
      const later = decided(3 * 1440 + 701 + 7 * 1440);
      const now = minutes.start + 10 * 1440 + 701 + LEAD;
      expect([...new Set(later.state.models.map(({ fittedAt }) => fittedAt))]).toEqual([now - 4 * 1440, now]);
      expect(later.state).toMatchObject({ judgedAt: now, result: { judgedFrom: now - 4 * 1440 } });
      expect(later.state.horizons!.every(({ fittedAt }) => fittedAt === now)).toBe(true);
    });

    test('is judged again after a week, on that week', () => {
      const some = shopDays({ days: 12 });
      const at = 3 * 1440 + 700;
      let { state } = first;
      const decided = (index: number) => {
        const decision = decide({ ...situation(index), history: knownAt(index, some), state });
        state = decision.state;
        return decision;
      };
      for (const day of [3, 6]) decided(at + day * 1440);
      expect(decided(at + 7 * 1440 - 1).state.judgedAt).toBe(first.state.judgedAt);
      expect(decided(at + 7 * 1440)).toMatchObject({
        stateChanged: true,
        state: { judgedAt: first.state.judgedAt! + 7 * 1440, result: { days: 7 } },
      });
      expect(state.result!.judgedFrom).toBe(minutes.start + at);
    });

    test.each([['{}'], ['null']])('that is %s is none', (text) => {
      const decision = decide(situation(3 * 1440 + 700, { state: JSON.parse(text) }));
      expect(decision).toMatchObject({ mode: 'acting', floor: first.floor });
    });
  });

  test('minute by minute it sets the floors that the backtest says', () => {
    const levels = [0.5, 0.9, 0.99];
    const { floors, models, bands } = backtest(minutes, { lead: LEAD, warmUp: 3, levels });
    const from = 4 * 1440 + 500;
    const known = models.filter(({ fittedAt }) => fittedAt <= minutes.start + from);
    const wide = { ...OPTIONS, min: 0, max: 1e9 };
    const madeFor = decide(situation(1, { options: wide })).state.madeFor;
    let state: State = { madeFor, models: known, result: trusting, judgedAt: minutes.start + from };
    // Through the morning's surge, past midnight's fit, and past margins every three hours.
    const run = (first: number, length: number) => Array.from({ length }, (_, i) => first + i);
    const sparse = Array.from({ length: 60 }, (_, i) => 61 + 17 * i);
    const steps = [...new Set([...run(0, 60), ...sparse, ...run(935, 10)])].sort((a, b) => a - b);
    for (const step of steps) {
      const decided = from + step;
      const decision = decide(situation(decided - LEAD, { state, options: wide }));
      expect(decision.mode).toBe('acting');
      // The highest of those that were decided for this minute and the next ones; other margins may have held for some of them.
      const highest = Math.max(...floors.subarray(decided - LEAD, decided + 1));
      if (decided % 180 >= LEAD) expect([decided, decision.floor]).toEqual([decided, highest]);
      else expect(decision.floor).toBeGreaterThanOrEqual(floors[decided]!);
      expect(decision.forecast[0]!.quantiles.map(({ value }) => value)).toEqual(
        bands.map(({ values }) => values[decided]),
      );
      state = JSON.parse(JSON.stringify(decision.state));
    }
  });

  test('uses nothing after the newest minute that it was given', () => {
    const at = 3 * 1440 + 720;
    const later = (future: Minutes) =>
      decide({ ...situation(at), history: future, now: minutes.start + at, state: first.state });
    const usual = decide(situation(at, { state: first.state }));
    expect(later({ start: minutes.start, values: minutes.values.subarray(0, at) }).floor).toBe(usual.floor);
    // What is dated later than now is no knowledge, but a clock that is wrong.
    expect(later(minutes).mode).toBe('degraded');
  });

  test('the floor stays within its bounds', () => {
    const at = 3 * 1440 + 720;
    for (const [min, max] of [
      [0, 5],
      [300, 400],
      [7, 7],
    ] as const) {
      const options = { ...OPTIONS, min, max };
      const { madeFor } = decide(situation(1, { options })).state;
      const state = { ...first.state, madeFor, result: trusting };
      const { floor, mode } = decide(situation(at, { state, options }));
      expect(mode).toBe('acting');
      expect(floor).toBe(Math.min(max, Math.max(min, first.floor > max ? max : floor)));
      expect(floor).toBeGreaterThanOrEqual(min);
      expect(floor).toBeLessThanOrEqual(max);
    }
  });

  test('an announced event counts in the gate’s replay of a week, and for nothing after that', () => {
    const some = shopDays({ days: 12 });
    const at = 3 * 1440 + 700;
    const decided = (events: ForecastOptions['events']) => {
      const options = { ...OPTIONS, events };
      let state = FRESH;
      for (const day of [0, 4, 8]) {
        const index = at + day * 1440;
        const now = some.start + index;
        const decision = decide({ now, history: knownAt(index, some), state, options });
        if (day === 8) return decision;
        // One result is looked at, and nothing that the ones before it left.
        state = { ...decision.state, result: trusting };
      }
      throw new Error('unreachable');
    };
    const daysAgo = (days: number) => {
      const from = some.start + at + (8 - days) * 1440;
      return [{ from, until: from + 60, demand: 333 }];
    };
    const without = decided([]);
    expect(decided(daysAgo(7.2))).toEqual(without);
    const replayed = decided(daysAgo(6.8));
    expect(replayed.state.result!.ours.provisioningRatio).toBeGreaterThan(without.state.result!.ours.provisioningRatio);
    expect(replayed.floor).toBe(without.floor);
    expect(replayed.state.models).toEqual(without.state.models);
  });

  test('announced events raise it', () => {
    const at = 3 * 1440 + 720;
    const minute = minutes.start + at + LEAD;
    const announced = (from: number, until: number) =>
      decide(situation(at, { state: first.state, options: { ...OPTIONS, events: [{ from, until, demand: 333 }] } }))
        .floor;
    expect(announced(minute, minute + 1)).toBe(333);
    expect(announced(minute + 1, minute + 9)).toBeLessThan(333);
    // It holds to its end, which lies `lead` minutes before the minute that is decided for.
    expect(announced(minute - 9, minute - LEAD + 1)).toBe(333);
    expect(announced(minute - 9, minute - LEAD)).toBeLessThan(333);
  });

  describe('announced units', () => {
    const at = 3 * 1440 + 720;
    const announced = { from: minutes.start + at + LEAD, until: minutes.start + at + 60, demand: 333 };
    const refusing = { ...first.state, result: { ...trusting, act: false, reasons: ['too dear'] } };
    const broken = {
      lag: () => {
        throw new Error('no such clock');
      },
    };
    const inMode: Record<string, Partial<Situation>> = {
      'learning, before anything was measured': { history: knownAt(0) },
      learning: { options: { ...OPTIONS, warmUpDays: 14 } },
      refused: { state: refusing },
      'degraded: the last day was lost': { state: { ...first.state, result: trusting, drift: 1.3 } },
      'degraded: an error': { options: { ...OPTIONS, calendar: broken } },
      'degraded: nothing new': { history: knownAt(at - 20) },
      'degraded: ahead': { history: knownAt(at + 3) },
      'degraded: holes': {
        history: changed(knownAt(at), (value, i) => (i > at - 15 && i < at - 1 ? Number.NaN : value)),
      },
    };

    test.each(Object.keys(inMode))('raise the floor while %s', (name) => {
      const given = situation(at, { state: { ...first.state, result: trusting }, ...inMode[name] });
      const decided = (events: ForecastOptions['events'], passed = 0, options: Partial<ForecastOptions> = {}) =>
        decide({ ...given, now: given.now + passed, options: { ...given.options, events, ...options } });
      const without = decided([]);
      expect(without.mode).toBe(name.split(/\W/)[0]);
      expect(without.floor).toBe(2);
      const { floor, ...rest } = decided([announced]);
      expect(floor).toBe(333);
      expect({ floor: 2, ...rest }).toEqual(without);
      // Within the bounds; and a factor is a factor of a forecast.
      expect(decided([announced], 0, { max: 40 }).floor).toBe(40);
      expect(decided([{ ...announced, demand: 1 }]).floor).toBe(2);
      expect(decided([{ from: announced.from, until: announced.until, factor: 9 }]).floor).toBe(2);
      expect(decided([{ ...announced, demand: Number.NaN }]).floor).toBe(2);
      // Not before the lead, and until it is over.
      expect(decided([{ ...announced, from: announced.from + 1 }]).floor).toBe(2);
      expect(decided([{ from: given.now - 9, until: given.now + 1, demand: 333 }]).floor).toBe(333);
      expect(decided([{ from: given.now - 9, until: given.now, demand: 333 }]).floor).toBe(2);
    });
  });

  test('leading indicators are learned; without their data there are still decisions', () => {
    const search = changed(shopDays({ days: 6, seed: 4 }), (value) => 3 * value);
    const at = 3 * 1440 + 720;
    const led = decide(situation(at, { indicators: [knownAt(at, search)] }));
    expect(led.mode).toBe('acting');
    expect(led.state.models[0]!.coefficients.length).toBeGreaterThan(first.state.models[0]!.coefficients.length);
    for (const indicators of [
      undefined,
      [knownAt(at + 1, constant(6, Number.NaN))],
      [{ start: MONDAY, values: new Float64Array(0) }],
    ]) {
      const decision = decide(situation(at + 1, { indicators, state: led.state }));
      expect(decision.floor).toBeGreaterThanOrEqual(OPTIONS.min);
      expect(decision.reason).not.toContain('an error');
    }
  });

  test('no more than four weeks of history are looked at', () => {
    expect(HISTORY_DAYS).toBe(28);
  });

  describe('with any input, it decides within the bounds and gives a reason', () => {
    const decided = (given: Situation) => {
      const decision = decide(given);
      const { min, max } = given.options;
      expect(decision.floor).toBeGreaterThanOrEqual(min);
      expect(decision.floor).toBeLessThanOrEqual(max);
      expect([0.5, 0.7, ACTING_TARGET]).toContain(decision.target);
      expect(decision.reason).toMatch(/\w/);
      expect(decision.reason).not.toContain('an error');
      expect(() => JSON.parse(JSON.stringify(decision.state))).not.toThrow();
    };
    const length = 3 * 1440 + 710;
    const odd: Record<string, (value: number, i: number) => number> = {
      zeros: () => 0,
      'huge values': (value) => value * 1e300,
      'values that are none': (value, i) => (i % 7 === 0 ? -value : i % 5 === 0 ? Number.POSITIVE_INFINITY : value),
      'hardly any': (value, i) => (i % 1000 === 0 ? value : Number.NaN),
      'rare single requests': (_, i) => (i % 911 === 0 ? 1 : 0),
    };

    test.each(Object.keys(odd))('a history of %s', (name) => {
      const history = changed(knownAt(length), odd[name]!);
      for (const jump of [0, 5, -5, -1e6, 1e6, Number.NaN]) {
        decided(situation(length, { history, now: minutes.start + length + jump, state: first.state }));
      }
    });

    test.each([0, 1e12])('the first decision on its history times %d', (factor) => {
      decided(situation(length, { history: changed(knownAt(length), (value) => value * factor) }));
    });

    test('a few minutes of anything', () => {
      const values = fc.array(fc.oneof(fc.double(), fc.integer()), { maxLength: 50 });
      fc.assert(
        fc.property(
          values,
          fc.integer({ min: 0, max: 60 }),
          fc.constantFrom(FRESH, first.state),
          (some, lead, state) => {
            const history = { start: MONDAY, values: Float64Array.from(some) };
            decided({ now: MONDAY + some.length, history, state, options: { ...OPTIONS, lead } });
          },
        ),
        { seed: 81, numRuns: 50 },
      );
    });
  });
});
