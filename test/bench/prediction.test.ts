import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Aim, linesOf } from '../../bench/measure';
import { aimsFor, type Examined, geometricMean, summary, unequal, unmeasured } from '../../bench/prediction/figures';
import { coverageOf, judgeTrace } from '../../bench/prediction/judge-trace';
import { fitsFor, MSTL, type MstlForecasts, provisionByMstl } from '../../bench/prediction/mstl';
import { fittedDays, measureSpeed } from '../../bench/prediction/speed';
import { checkTrace, findTraces, loadTrace, traceOf } from '../../bench/prediction/traces';
import { demandOf, loadOf } from '../../cli/capacity/demand';
import { readExport } from '../../cli/capacity/read-export';
import { random } from '../../forecast/random';

const START = Date.UTC(2026, 0, 5);
const DAY = 1440;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'traces-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function csv(name: string, lines: readonly string[]): string {
  const file = join(folder, name);
  writeFileSync(file, `timestamp,value\n${lines.join('\n')}\n`);
  return file;
}

describe('traces', () => {
  test('are scaled to a mean of 100, and gaps remain', () => {
    const file = csv(
      'holes.csv',
      [1, 2, 3, 4].map((value, i) => `${(START + i * 60_000 + (i > 2 ? 60_000 : 0)) / 1000},${value}`),
    );
    const { minutes, step, unknown } = loadTrace(file);
    expect({ step, unknown }).toEqual({ step: 1, unknown: 1 });
    expect([...minutes.values]).toEqual([40, 80, 120, Number.NaN, 160]);
  });

  test('of five minutes keep their sums and are cut by days', () => {
    const lines = Array.from(
      { length: 2 * 288 },
      (_, i) => `${new Date(START + i * 300_000).toISOString()},${100 + (i % 7)}`,
    );
    const file = csv('coarse.csv', lines);
    const { minutes, step } = loadTrace(file);
    expect(step).toBe(5);
    expect(minutes.values.length).toBe(2 * DAY);
    const sumOf = (from: number) => minutes.values.subarray(from, from + 5).reduce((sum, value) => sum + value, 0);
    expect(sumOf(5) / sumOf(0)).toBeCloseTo(101 / 100, 9);
    // Scaled by the whole file: what is kept of it has the same values.
    expect([...loadTrace(file, 1).minutes.values]).toEqual([...minutes.values.subarray(0, DAY)]);
  });

  test('of CloudWatch are idle if they have no point, as in npm run capacity', () => {
    const file = join(folder, 'idle.json');
    const at = (i: number) => START / 1000 + i * 60;
    writeFileSync(file, JSON.stringify({ Datapoints: [0, 1, 2, 4].map((i) => ({ Timestamp: at(i), Sum: 1 })) }));
    const { minutes, unknown } = loadTrace(file);
    expect(unknown).toBe(0);
    expect([...minutes.values]).toEqual([125, 125, 125, 0, 125]);
  });

  test('that may not be redistributed are named if they are missing', () => {
    const { traces, missing } = findTraces(folder);
    expect(traces).toEqual([]);
    expect(missing).toHaveLength(4);
    csv('nasa_jul95_1min.csv', ['2026-01-05,1']);
    expect(findTraces(join(folder, 'elsewhere'), folder).traces.map(({ name }) => name)).toEqual(['nasa']);
  });

  test('fails for a file that is not there', () => {
    expect(() => traceOf(join(folder, 'none.csv'))).toThrow(
      /--trace must be a file, got '.*none\.csv', which doesn't exist/,
    );
  });
});

describe('a file for the benchmark', () => {
  const minute = (i: number, value: number | string) => `${new Date(START + i * 60_000).toISOString()},${value}`;
  const minutes = (days: number, value: number | string = 5) =>
    Array.from({ length: days * DAY }, (_, i) => minute(i, value));

  test('has too few days: the error is that of npm run capacity', () => {
    const file = csv('short.csv', minutes(3));
    const options = { file, unit: 'requests' } as const;
    const theirs = () =>
      demandOf(
        readExport(readFileSync(file, 'utf8'), file).points,
        options,
        loadOf({ ...options, requestsPerUnit: 1, burst: 1 }),
      );
    expect(() => checkTrace(traceOf(file))).toThrow(
      `${file} spans 3.0 days: the forecast needs at least 4 days to learn and to be judged. Better are 35 days`,
    );
    expect(() => checkTrace(traceOf(file))).toThrow(caught(theirs));
  });

  test.each([
    ['a word for a time', ['2026-01-05,1', 'yesterday,2'], /^.*bad\.csv, line 3: expected a timestamp/],
    ['a word for a value', ['2026-01-05,1', '2026-01-06,x'], /^.*bad\.csv, line 3: expected a number/],
    ['nothing measured', minutes(4, 'NaN'), /^.*bad\.csv must have values of 0 or more/],
    ['nothing that can be', minutes(4, -1), /^.*bad\.csv must have values of 0 or more/],
    [
      'six years',
      ['2020-01-05,1', '2021-01-05,1', '2022-01-05,1', '2023-01-05,1', '2024-01-05,1', '2025-01-05,1'].concat(
        '2026-01-05,1',
      ),
      /^.*bad\.csv: a series must span at most five years/,
    ],
  ])('for %s is named', (_, lines, message) => {
    const file = csv('bad.csv', lines);
    expect(() => checkTrace(traceOf(file))).toThrow(message);
  });

  test.each([
    [60, undefined],
    [1440, 'has one value for each 1440 minutes: a step must be at most 60 minutes'],
  ])('has one value for each %d minutes: %s', (step, message) => {
    const file = csv(
      'coarse.csv',
      Array.from({ length: (21 * DAY) / step }, (_, i) => minute(i * step, 5)),
    );
    if (message === undefined) expect(() => checkTrace(traceOf(file))).not.toThrow();
    else expect(() => checkTrace(traceOf(file))).toThrow(message);
  });

  test('fails if it is a folder', () => {
    expect(() => traceOf(folder)).toThrow(/--trace must be a file, got the folder '/);
  });

  test('may have no demand: four days of zeros are scored', () => {
    expect(() => checkTrace(traceOf(csv('zeros.csv', minutes(4, 0))))).not.toThrow();
  });
});

function caught(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

describe('what MSTL would provision', () => {
  test.each([[[2]], [[2, 15]], [[60]], [[16]]])('has a fit and a step for every judged minute at leads %j', (leads) => {
    const from = 10 * DAY;
    const { first, steps } = fitsFor(from, leads);
    const served = (lead: number, index: number) => {
      const fit = Math.floor((index - lead - first) / MSTL.every);
      return fit >= 0 && Math.floor((index - first - fit * MSTL.every) / MSTL.step) < steps;
    };
    const minutes = Array.from({ length: 2 * DAY }, (_, i) => from + i);
    for (const lead of leads) expect(minutes.filter((index) => !served(lead, index))).toEqual([]);
  });

  const first = 1000;
  const perFit = (MSTL.every + 15) / MSTL.step;
  // The forecast of a step names its fit and itself.
  const forecasts = [0, 1, 2].map((fit) => Array.from({ length: perFit }, (_, step) => 100 * fit + step));
  const all: MstlForecasts = { first, forecasts, until: first + 3 * MSTL.every, milliseconds: [] };

  test.each([2, 15])('at lead %d uses no minute that was not known', (lead) => {
    const provision = provisionByMstl(all, lead, 1);
    for (let index = first + lead; index < all.until; index++) {
      const fit = Math.floor(provision[index]! / 100);
      const step = provision[index]! % 100;
      const fittedBefore = first + fit * MSTL.every;
      expect(fittedBefore).toBeLessThanOrEqual(index - lead);
      expect(index - fittedBefore - step * MSTL.step).toBeGreaterThanOrEqual(0);
      expect(index - fittedBefore - step * MSTL.step).toBeLessThan(MSTL.step);
    }
  });
});

describe('a judged trace', () => {
  const next = random(7);
  const days = 8;
  const values = Float64Array.from({ length: days * DAY }, (_, i) => {
    const hour = (i % DAY) / 60;
    return Math.round(100 * (1 + 0.8 * Math.sin(((hour - 9) / 24) * 2 * Math.PI)) * (0.9 + 0.2 * next()));
  });
  const judged = judgeTrace({ minutes: { start: START / 60_000, values }, lead: 2, levels: [0.5, 0.9, 0.99] });
  const row = (start: string) => judged.rows.find(({ policy }) => policy.startsWith(start))!;

  test('has every policy, and no policy costs less than the oracle', () => {
    expect(judged.rows.map(({ policy }) => policy.replace(/[\d.]+, fitted/, 'fitted'))).toEqual([
      'fixed at p99 of the warm-up',
      ...[0.5, 0.6, 0.7, 0.8, 0.9].map((target) => `target tracking ${target}`),
      'target tracking fitted',
      'rolling maximum x 1.2',
      'rolling maximum x fitted',
      'last value x 1.2',
      'week before x 1.2',
      'ours (floors as decided)',
      'ours, applied with target tracking',
      'ours for at most 1 % cold',
      'following the gate',
      'oracle',
    ]);
    expect(row('oracle')).toMatchObject({ cold: 0, cost: 1, costRatio: 1 });
    for (const { costRatio } of judged.rows) expect(costRatio).toBeGreaterThanOrEqual(1);
  });

  test('compares costs at the same share of cold demand', () => {
    expect(judged.targetTracking.cold).toBeCloseTo(judged.ours.cold, 4);
    expect(judged.rollingMax15.cold).toBeCloseTo(judged.ours.cold, 4);
    expect(judged.ours.overRollingMax).toBeCloseTo(judged.ours.cost! / judged.rollingMax15.cost!, 9);
  });

  test('follows the gate: where it refuses, the cost is that of target tracking', () => {
    const [result] = judged.gate.results;
    const at = `target tracking ${result!.reactiveTarget}`;
    const reactive = judged.rows.find(({ policy }) => policy === at)!.costRatio!;
    const followed = result!.act ? row('ours, applied').costRatio! : reactive;
    expect(judged.gate.results).toHaveLength(1);
    expect(judged.gate.followed.costRatio).toBeCloseTo(followed, 9);
    expect(row('following the gate').costRatio).toBe(judged.gate.followed.costRatio);
    expect(judged.gate.overBestTracking).toBeCloseTo(followed / reactive, 9);
  });

  test('counts coverage by minutes', () => {
    expect(judged).toMatchObject({ warmUpDays: 4, judgedDays: 4 });
    const { '0.5': half, '0.9': most, '0.99': nearly } = judged.coverage;
    expect(half).toBeGreaterThan(0.4);
    expect(half).toBeLessThan(0.6);
    expect(most).toBeGreaterThan(half!);
    expect(nearly).toBeGreaterThan(most!);
  });
});

describe('speed is measured', () => {
  const next = random(3);
  const busy = (i: number) => 20 + ((i % DAY) / 60) * 4 + Math.round(10 * next());
  const seriesOf = (days: number, value: (i: number) => number) => ({
    start: START / 60_000,
    values: Float64Array.from({ length: days * DAY }, (_, i) => value(i)),
  });

  test('on a series with gaps, also in the last hours', () => {
    const days = 6;
    const holes = (i: number) => (i >= 2 * DAY && i < 3 * DAY) || i >= days * DAY - 200;
    const minutes = seriesOf(days, (i) => (holes(i) ? Number.NaN : busy(i)));
    expect(fittedDays(minutes).values.some(Number.isNaN)).toBe(false);
    const { refitMs, forecastMs, dailyMs, fittedDays: fitted, undecided } = measureSpeed(minutes, 2);
    expect({ fitted, undecided }).toEqual({ fitted: days, undecided: undefined });
    for (const value of [...refitMs, ...forecastMs!, dailyMs!]) expect(value).toBeGreaterThan(0);
  });

  test('if the floor controller is degraded because demand stopped', () => {
    const speed = measureSpeed(
      seriesOf(5, (i) => (i >= 3.5 * DAY ? 0 : busy(i))),
      1,
    );
    expect(speed.undecided).toBeUndefined();
    expect(speed.dailyMs).toBeGreaterThan(0);
  });

  test('on short series too, without the durations that need more days', () => {
    const speed = measureSpeed(seriesOf(2, busy), 1);
    expect(speed.refitMs).toHaveLength(1);
    expect(speed).toMatchObject({ undecided: expect.stringMatching(/1 of 2 days are known/) });
    expect(speed).not.toHaveProperty('forecastMs');
  });
});

describe('coverage', () => {
  const next = random(5);
  const n = 5_000;
  const miss = (measured: number[], band: (i: number) => number, level: number, smallest = 1) =>
    coverageOf({
      measured: Float64Array.from(measured),
      band: Float64Array.from(measured, (_, i) => band(i)),
      level,
      from: 0,
      smallest,
    });
  const even = Array.from({ length: n }, () => 100 * next() + 1);

  test('misses by the distance between share and level', () => {
    expect(miss(even, () => 71, 0.5)!.share).toBeCloseTo(0.7, 1);
    expect(miss(even, () => 71, 0.5)!.miss).toBeCloseTo(100 * (miss(even, () => 71, 0.5)!.share - 0.5), 9);
    expect(miss(even, () => 31, 0.5)!.miss).toBeCloseTo(100 * (0.5 - miss(even, () => 31, 0.5)!.share), 9);
  });

  test('of constant demand is met by a quantile within rounding of it, and by no other', () => {
    const same = even.map(() => 100);
    expect(miss(same, () => 100.001, 0.5)).toEqual({ share: 1, miss: 0 });
    expect(miss(same, () => 99.999, 0.9)).toEqual({ share: 0, miss: 0 });
    expect(miss(same, () => 99, 0.9)!.miss).toBeCloseTo(90, 9);
    expect(miss(same, () => 101, 0.9)!.miss).toBeCloseTo(10, 9);
    expect(miss(same, () => 99.999, 0.9, 100)).toEqual({ share: 0, miss: 0 });
  });

  test('of a quantile below the lowest demand misses only if too many minutes are below it', () => {
    const sparse = even.map((_, i) => (i % 10 === 0 ? 1 : 0));
    expect(miss(sparse, () => 0.2, 0.5)).toEqual({ share: 0.9, miss: 0 });
    expect(miss(sparse, () => 0, 0.99)!.miss).toBeCloseTo(9, 9);
  });

  test('counts idle nights apart from days, which must meet the level alone', () => {
    const night = (i: number) => i % 2 === 0;
    const both = even.map((value, i) => (night(i) ? 0 : value));
    expect(miss(both, (i) => (night(i) ? 0 : 51), 0.5)!.miss).toBeLessThan(1);
    expect(miss(both, (i) => (night(i) ? 0 : 91), 0.5)!.miss).toBeGreaterThan(15);
  });

  test('is undefined if too few minutes were measured', () => {
    const holes = even.map((value, i) => (i % 6 === 0 ? value : Number.NaN));
    expect(miss(holes, () => 51, 0.5)).toBeUndefined();
  });
});

describe('figures', () => {
  const next = random(9);
  const trace = { name: 'some', file: 'some.csv', seasonal: true };
  const examinedOf = (value: (i: number) => number): Examined => {
    const values = Float64Array.from({ length: 5 * DAY }, (_, i) => value(i));
    const judged = judgeTrace({ minutes: { start: START / 60_000, values }, lead: 2, levels: [0.5, 0.9, 0.99] });
    const loaded = { minutes: { start: 0, values }, step: 1, unknown: 0 };
    return { trace, loaded, days: undefined, judged: new Map([[2, judged]]), mstl: new Map() };
  };
  const count = () => Math.round(80 + 40 * next());

  test('are left out and listed if there was no demand', () => {
    const examined = [examinedOf((i) => (i < 2 * DAY ? count() : 0))];
    const figures = summary(examined, [2]);
    expect(nonFinite(figures)).toEqual([]);
    expect(figures).toMatchObject({ maxCold: 0, overTargetTracking2: undefined, worstOverRollingMax: undefined });
    expect(unmeasured(examined)).toEqual(['costs and ratios (some, lead 2: the judged days have no demand)']);
    const aims = aimsFor(figures, [2], false).map(({ figure, value }) => [figure, value]);
    expect(aims).toContainEqual(['overTargetTracking2', undefined]);
    // Floors that remain after the demand has ended increase the cost ratio too.
    expect(figures['worstAfterGate']).toBeGreaterThanOrEqual(1);
  });

  test('have no ratio to a policy that has more cold starts with every setting', () => {
    const examined = [examinedOf((i) => (i % DAY < 420 ? 0 : count()))];
    const { ours, targetTracking, rollingMax15 } = examined[0]!.judged.get(2)!;
    expect(Math.min(targetTracking.cold, rollingMax15.cold)).toBeGreaterThan(ours.cold);
    expect(ours).toMatchObject({ cost: expect.any(Number) });
    expect(ours).not.toHaveProperty('overTargetTracking');
    expect(ours).not.toHaveProperty('overRollingMax');
    expect(unmeasured(examined)[0]).toMatch(
      /^overTargetTracking \(some, lead 2: with every setting, that peer has at least \d\.\d\d % cold, ours 0\.\d\d %\)$/,
    );
    expect(summary(examined, [2])).toMatchObject({ overTargetTracking2: undefined });
  });

  test('say that the ratio favours us if the other policy has fewer cold starts with every setting', () => {
    const found = examinedOf(count).judged.get(2)!;
    const cold = found.targetTracking.cold;
    const judged = { ...found, ours: { ...found.ours, cold }, rollingMax15: { ...found.rollingMax15, cold } };
    expect(unequal(judged)).toEqual([]);
    const warmer = {
      ...judged,
      ours: { ...judged.ours, cold: 0.5 },
      rollingMax15: { ...judged.rollingMax15, cold: 0.5 },
    };
    expect(unequal(warmer)).toEqual([
      expect.stringMatching(
        /^note: target tracking 0\.\d+, fitted, is at the end .* cold, ours 50\.00 %: the ratio favours ours$/,
      ),
    ]);
  });

  test('have a mean only where every trace has one', () => {
    expect(geometricMean([0.5, 2])).toBeCloseTo(1, 12);
    expect(geometricMean([0.5, undefined])).toBeUndefined();
    expect(geometricMean([])).toBeUndefined();
  });
});

function nonFinite(value: unknown, path = ''): string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path} = ${value}`];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => nonFinite(inner, `${path}.${name}`));
}

describe('the last lines of a benchmark', () => {
  const aims: Aim[] = [
    { figure: 'a', value: 1, atMost: 2 },
    { figure: 'b', value: 3, atMost: 2 },
    { figure: 'c', value: undefined, atLeast: 2 },
  ];

  test('lists missing figures before the JSON, and marks them in it', () => {
    const lines = linesOf('some', { figures: { a: 1 }, aims, missing: ['trace x', 'peer y'] });
    expect(lines.slice(0, -1)).toEqual([
      '',
      'ok      a = 1 (aim: at most 2)',
      'MISSED  b = 3 (aim: at most 2)',
      '-       c = not measured (aim: at least 2)',
      '',
      'missing: trace x; peer y',
    ]);
    expect(JSON.parse(lines.at(-1)!)).toEqual({
      bench: 'some',
      ok: false,
      figures: { a: 1 },
      missing: ['trace x', 'peer y'],
    });
  });

  test('doesn’t mention figures that exist', () => {
    expect(linesOf('some', { figures: {}, aims: [] })).toEqual(['{"bench":"some","ok":true,"figures":{}}']);
  });
});
