import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judgeTrace } from '../../bench/prediction/judge-trace';
import { MSTL, type MstlForecasts, provisionByMstl } from '../../bench/prediction/mstl';
import { findTraces, loadTrace, traceOf } from '../../bench/prediction/traces';
import { random } from '../../lambdas/system/forecast/random';

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
  test('are scaled to a mean of 100, holes left as holes', () => {
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

  test('that may not be redistributed are named where they are missing', () => {
    const { traces, missing } = findTraces(folder);
    expect(traces).toEqual([]);
    expect(missing).toHaveLength(4);
    csv('nasa_jul95_1min.csv', ['2026-01-05,1']);
    expect(findTraces(join(folder, 'elsewhere'), folder).traces.map(({ name }) => name)).toEqual(['nasa']);
  });

  test('fails for a file that is not there', () => {
    expect(() => traceOf(join(folder, 'none.csv'))).toThrow(/--trace: there is no file '.*none\.csv'/);
  });
});

describe('what MSTL would provision', () => {
  const first = 1000;
  const perFit = (MSTL.every + 15) / MSTL.step;
  // The forecast of a step names its fit and itself.
  const forecasts = [0, 1, 2].map((fit) => Array.from({ length: perFit }, (_, step) => 100 * fit + step));
  const all: MstlForecasts = { first, forecasts, until: first + 3 * MSTL.every, milliseconds: [] };

  test.each([2, 15])('at lead %d rests on no minute that was not known', (lead) => {
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

  test('has every policy, and an oracle that nobody is below', () => {
    expect(judged.rows.map(({ policy }) => policy.replace(/[\d.]+, fitted/, 'fitted'))).toEqual([
      'fixed at p99 of the warm-up',
      'target tracking 0.7',
      'target tracking 0.5',
      'target tracking fitted',
      'rolling maximum x 1.2',
      'rolling maximum x fitted',
      'last value x 1.2',
      'week before x 1.2',
      'ours (floors as decided)',
      'ours, applied with target tracking',
      'ours for at most 1 % cold',
      'oracle',
    ]);
    expect(row('oracle')).toMatchObject({ cold: 0, cost: 1, money: 1 });
    for (const { money } of judged.rows) expect(money).toBeGreaterThanOrEqual(1);
  });

  test('compares costs at the same share of cold demand', () => {
    expect(judged.targetTracking.cold).toBeCloseTo(judged.ours.cold, 4);
    expect(judged.rollingMax15.cold).toBeCloseTo(judged.ours.cold, 4);
    expect(judged.ours.overRollingMax).toBeCloseTo(judged.ours.cost / judged.rollingMax15.cost, 9);
  });

  test('follows the gate: what acts is paid as applied, what is refused as the reactive kind', () => {
    const [verdict] = judged.gate.verdicts;
    const tracked = [row('target tracking 0.7').money, row('target tracking 0.5').money];
    const followed = verdict!.act
      ? row('ours, applied').money
      : row(`target tracking ${verdict!.cautiousTarget}`).money;
    expect(judged.gate.verdicts).toHaveLength(1);
    expect(judged.gate.followed.money).toBeCloseTo(followed, 9);
    expect(judged.gate.overBetterTracking).toBeCloseTo(followed / Math.min(...tracked), 9);
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
