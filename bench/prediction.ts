import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { defaultWarmUp, inputsOf } from '../lambdas/system/forecast/backtest';
import { calendarOf } from '../lambdas/system/forecast/calendar';
import { MINUTES_PER_DAY } from '../lambdas/system/forecast/minutes';
import { score } from '../lambdas/system/forecast/score';
import { compile } from './compiled';
import {
  type Aim,
  type Bench,
  type BenchOptions,
  type Figures,
  median,
  printTable,
  ROOT,
  round,
  WORK,
} from './measure';
import type { IndicatorComparison } from './prediction/indicators';
import type { Judged, Row } from './prediction/judge-trace';
import { forecastByMstl, installMstl, MSTL, provisionByMstl, timeMstl } from './prediction/mstl';
import { inThread, Progress, prepare, runAll } from './prediction/pool';
import { fittedDays } from './prediction/speed';
import { findTraces, type Loaded, loadTrace, type Trace, traceOf } from './prediction/traces';

const LEADS = [2, 5, 15] as const;
const LEVELS = [0.5, 0.9, 0.99] as const;
const HEADROOM = 1.2;
/** A long file is cut to so many days where time is short. */
const QUICK_DAYS = 35;

/** Aims for the seasonal traces together, by lead; see docs/benchmarks.md. */
const OVER_TARGET_TRACKING: Readonly<Record<number, number>> = { 2: 0.93, 5: 0.91, 15: 0.835 };
const OVER_ROLLING_MAX: Readonly<Record<number, number>> = { 2: 0.965, 5: 0.96, 15: 0.935 };

/** A trace with all that was found out about it. */
interface Examined {
  readonly trace: Trace;
  readonly loaded: Loaded;
  readonly days: number | undefined;
  readonly judged: Map<number, Judged>;
  readonly mstl: Map<number, Row>;
  mstlDays?: number;
}

/** Capacity that is there before it is needed: ours beside what others would do, on traces of real traffic. */
export const predictionBench: Bench = {
  says: 'forecast floors beside target tracking, rolling maximum and statsforecast on traces; --trace FILE, --lead N, --traces DIR',
  async run(options) {
    const leads = leadsOf(options);
    const found = options.trace === undefined ? findTraces(ROOT, options.traces) : undefined;
    const traces = found?.traces ?? [traceOf(options.trace!)];
    const missing = [...(found?.missing ?? [])];
    if (traces.length === 0) throw new Error(`there is no trace to judge: ${missing.join(', ')}`);
    const hasMstl = await installMstl();
    if (!hasMstl) missing.push('statsforecast');
    await prepare();

    const examined = traces.map((trace) => examine(trace, options.quick));
    const single = options.trace !== undefined;
    const shop = new Map<number, IndicatorComparison>();
    await judgeAll(examined, leads, { quick: options.quick, mstl: hasMstl, shop: single ? undefined : shop });
    for (const one of examined) for (const lead of leads) printJudged(one, lead);
    const figures = summary(examined, leads, single);
    Object.assign(figures, shopFigures(shop));
    const speed = await speedFigures(examined[0]!, hasMstl, options.quick);
    const bundleKb = await forecasterKb();
    if (bundleKb === undefined) missing.push('the bundled forecaster');
    Object.assign(figures, speed, { bundleKb });
    return { figures, missing, aims: aimsFor(figures, leads, single) };
  },
};

function leadsOf({ lead }: BenchOptions): readonly number[] {
  if (lead === undefined) return LEADS;
  const wanted = Number(lead);
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > 60) {
    throw new Error(`--lead must be a whole number of minutes from 0 to 60, got '${lead}'`);
  }
  return [wanted];
}

function examine(trace: Trace, quick: boolean): Examined {
  const whole = loadTrace(trace.file);
  const cut = quick && whole.minutes.values.length > QUICK_DAYS * MINUTES_PER_DAY;
  const days = cut ? QUICK_DAYS : undefined;
  const loaded = cut ? loadTrace(trace.file, days) : whole;
  return { trace, loaded, days, judged: new Map(), mstl: new Map() };
}

/** Judges all traces at all leads, the longest jobs first. */
async function judgeAll(
  examined: readonly Examined[],
  leads: readonly number[],
  { quick, mstl, shop }: { quick: boolean; mstl: boolean; shop: Map<number, IndicatorComparison> | undefined },
): Promise<void> {
  const jobs: { readonly name: string; readonly weight: number; readonly run: () => Promise<void> }[] = [];
  const middle = leads[leads.length >> 1];
  for (const one of examined) {
    const { minutes } = one.loaded;
    const days = minutes.values.length / MINUTES_PER_DAY - defaultWarmUp(minutes.values.length);
    for (const lead of leads) {
      const name = `${one.trace.name}, lead ${lead}`;
      // Each quantile is a fit more a day; where time is short one lead stands for all.
      const levels = !quick || lead === middle ? LEVELS : [];
      const task = { kind: 'judge', file: one.trace.file, days: one.days, lead, levels } as const;
      const run = async () => {
        const answer = await inThread(task, (done, of) => progress.set(name, done / of));
        if (answer.kind === 'judge') one.judged.set(lead, answer.judged);
        progress.set(name, 1);
      };
      jobs.push({ name, weight: days * (1 + levels.length), run });
    }
    if (!mstl || quick) continue;
    const name = `${one.trace.name}, MSTL`;
    jobs.push({
      name,
      weight: Math.min(days, 28) * 40,
      run: () => addMstl(one, leads, (share) => progress.set(name, share)),
    });
  }
  // Four ways to decide over four weeks; where time is short one lead stands for all.
  for (const lead of shop === undefined ? [] : leads.filter((one) => !quick || one === middle)) {
    const name = `shop, lead ${lead}`;
    const run = async () => {
      const answer = await inThread({ kind: 'indicators', lead });
      if (answer.kind === 'indicators') shop!.set(lead, answer.comparison);
      progress.set(name, 1);
    };
    jobs.push({ name, weight: 28 * 5, run });
  }
  const progress = new Progress(new Map(jobs.map(({ name, weight }) => [name, weight])));
  await runAll(jobs.sort((a, b) => b.weight - a.weight).map(({ run }) => run));
  progress.end();
}

async function addMstl(one: Examined, leads: readonly number[], onProgress: (share: number) => void): Promise<void> {
  const { minutes } = one.loaded;
  const from = defaultWarmUp(minutes.values.length) * MINUTES_PER_DAY;
  const demand = inputsOf(minutes, [], calendarOf()).demand.values;
  const forecasts = await forecastByMstl(demand, from, (done, of) => onProgress(done / of));
  one.mstlDays = (forecasts.until - from) / MINUTES_PER_DAY;
  const some = forecasts.until < demand.length ? `, first ${one.mstlDays} days` : '';
  for (const lead of leads) {
    const { cold, cost, money } = score(demand, provisionByMstl(forecasts, lead, HEADROOM), from, forecasts.until);
    one.mstl.set(lead, { policy: `MSTL + AutoETS x ${HEADROOM}${some}`, cold, cost, money });
  }
  onProgress(1);
}

function printJudged({ trace, loaded, days, judged, mstl }: Examined, lead: number): void {
  const { rows, gate, warmUpDays, judgedDays } = judged.get(lead)!;
  const spread = loaded.step > 1 ? `, steps of ${loaded.step} minutes spread as random counts` : '';
  const unknown = loaded.unknown > 0 ? `, ${loaded.unknown} minutes unknown` : '';
  console.log(
    `\n${trace.name}, lead ${lead}: ${round(judgedDays, 1)} days judged after ${warmUpDays} of warm-up${spread}${unknown}${days === undefined ? '' : `, cut to ${days} days`}`,
  );
  const number = (value: number | undefined) => value?.toFixed(3) ?? '';
  const beforeOurs = rows.findIndex(({ policy }) => policy.startsWith('ours'));
  const textbook = mstl.get(lead);
  const all = textbook ? rows.toSpliced(beforeOurs, 0, textbook) : rows;
  printTable([
    ['policy', 'cold %', 'cost', 'money', 'over fitted tracking', 'over fitted maximum'],
    ...all.map((row) => [
      row.policy,
      (100 * row.cold).toFixed(2),
      number(row.cost),
      number(row.money),
      number(row.overTargetTracking),
      number(row.overRollingMax),
    ]),
  ]);
  const [first] = gate.verdicts;
  const acting = gate.verdicts.filter(({ act }) => act).length;
  console.log(
    `gate: ${first!.act ? 'acts' : `refuses, target tracking ${first!.reactiveTarget}`}: ${first!.reasons.join('; ')}. ` +
      `Acts in ${acting} of ${gate.verdicts.length} weeks; following it costs ${number(gate.followed.money)}, ` +
      `${number(gate.overBetterTracking)} of the better target tracking`,
  );
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** The figures of docs/benchmarks.md. Those over several traces take the seasonal ones, or the one that was given. */
function summary(examined: readonly Examined[], leads: readonly number[], single: boolean): Record<string, Figures> {
  const all = examined.flatMap((one) => [...one.judged.values()].map((judged) => ({ ...one, ...judged })));
  const seasonal = all.filter(({ trace }) => trace.seasonal);
  const worst = (values: readonly number[]) => (values.length === 0 ? undefined : round(Math.max(...values), 4));
  const figures: Record<string, Figures> = {
    traces: Object.fromEntries(examined.map((one) => [one.trace.name, traceFigures(one)])),
  };
  const atOnePercent: Record<string, Figures> = {};
  for (const lead of leads) {
    const here = seasonal.filter((one) => one.lead === lead);
    if (here.length === 0) continue;
    figures[`overTargetTracking${lead}`] = round(geometricMean(here.map(({ ours }) => ours.overTargetTracking!)), 4);
    figures[`overRollingMax${lead}`] = round(geometricMean(here.map(({ ours }) => ours.overRollingMax!)), 4);
    const limited = here.flatMap((one) => one.atOnePercent ?? []);
    if (limited.length < here.length) continue;
    atOnePercent[`overTargetTracking${lead}`] = round(geometricMean(limited.map((row) => row.overTargetTracking!)), 4);
    atOnePercent[`overRollingMax${lead}`] = round(geometricMean(limited.map((row) => row.overRollingMax!)), 4);
  }
  const limited = seasonal.flatMap((one) => one.atOnePercent ?? []);
  if (limited.length > 0) atOnePercent['maxCold'] = worst(limited.map(({ cold }) => cold));
  const misses = all.flatMap(({ coverage }) =>
    Object.entries(coverage).map(([level, share]) => 100 * Math.abs(share - Number(level))),
  );
  const gates = all.map(({ gate }) => gate.overBetterTracking);
  printSummary(seasonal, leads, single);
  return {
    ...figures,
    maxCold: worst(seasonal.map(({ ours }) => ours.cold)),
    worstOverTargetTracking: worst(seasonal.map(({ ours }) => ours.overTargetTracking!)),
    worstOverRollingMax: worst(seasonal.map(({ ours }) => ours.overRollingMax!)),
    worstAfterGate: worst(gates),
    coverageMiss: worst(misses),
    coverage: Object.fromEntries(
      examined.map(({ trace, judged }) => [
        trace.name,
        Object.fromEntries([...judged].map(([lead, { coverage }]) => [lead, rounded(coverage)])),
      ]),
    ),
    ...(limited.length > 0 ? { atOnePercent } : {}),
  };
}

function traceFigures({ judged, mstl }: Examined): Figures {
  return Object.fromEntries(
    [...judged].map(([lead, { ours, targetTracking, rollingMax15, atOnePercent, gate, rows }]) => {
      const verdict = gate.verdicts[0]!.act ? 'acts' : 'refuses';
      const figure = ({ cold, cost, money }: Pick<Row, 'cold' | 'cost' | 'money'>) => ({
        cold: round(cold, 5),
        cost: round(cost, 4),
        money: round(money, 4),
        gate: verdict,
      });
      const ratios = (row: Row) => ({
        overTargetTracking: round(row.overTargetTracking!, 4),
        overRollingMax: round(row.overRollingMax!, 4),
      });
      const textbook = mstl.get(lead);
      return [
        lead,
        {
          ours: { ...figure(ours), ...ratios(ours) },
          targetTracking: figure(targetTracking),
          rollingMax15: figure(rollingMax15),
          ...(atOnePercent ? { atOnePercent: { ...figure(atOnePercent), ...ratios(atOnePercent) } } : {}),
          ...(textbook ? { mstl: figure(textbook) } : {}),
          asApplied: figure(rows.find(({ policy }) => policy.startsWith('ours, applied'))!),
          weeksActing: gate.verdicts.filter(({ act }) => act).length,
          weeks: gate.verdicts.length,
          afterGate: round(gate.followed.money, 4),
          afterGateOverBetterTracking: round(gate.overBetterTracking, 4),
        },
      ];
    }),
  );
}

function rounded(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, round(value, 4)]));
}

function printSummary(
  seasonal: readonly (Judged & { readonly trace: Trace })[],
  leads: readonly number[],
  single: boolean,
): void {
  if (single || seasonal.length === 0) return;
  console.log('\nour cost over the fitted peers, seasonal traces (tracking / maximum)');
  const names = [...new Set(seasonal.map(({ trace }) => trace.name))];
  printTable([
    ['lead', ...names, 'geometric mean'],
    ...leads.map((lead) => {
      const rows = names.map((name) => seasonal.find((one) => one.trace.name === name && one.lead === lead)!.ours);
      const tracking = rows.map((row) => row.overTargetTracking!);
      const maximum = rows.map((row) => row.overRollingMax!);
      return [
        lead,
        ...rows.map((_, i) => `${tracking[i]!.toFixed(3)} / ${maximum[i]!.toFixed(3)}`),
        `${geometricMean(tracking).toFixed(3)} / ${geometricMean(maximum).toFixed(3)}`,
      ];
    }),
  ]);
}

/** What searches and baskets tell of checkouts: the share of money that knowing them saves, by lead. */
function shopFigures(shop: ReadonlyMap<number, IndicatorComparison>): Record<string, Figures> {
  if (shop.size === 0) return {};
  const byLead = [...shop].sort(([a], [b]) => a - b);
  console.log("\nthe shop's own traffic, made from its one real day: what leading indicators and announcements add");
  printTable(byLead.flatMap(([, { rows }], i) => (i === 0 ? rows : rows.slice(1))));
  return {
    ...Object.fromEntries(
      byLead.map(([lead, { figures }]) => [`indicatorGain${lead}`, round(1 - figures[`withIndicatorsOver${lead}`]!)]),
    ),
    shop: Object.assign({}, ...byLead.map(([, { figures }]) => figures)),
  };
}

/** Times of one refit and of MSTL's fit on the same 14 days, one after the other with nothing beside them. */
async function speedFigures(
  { trace, loaded }: Examined,
  hasMstl: boolean,
  quick: boolean,
): Promise<Record<string, Figures>> {
  const answer = await inThread({ kind: 'speed', file: trace.file, rounds: quick ? 5 : 15 });
  if (answer.kind !== 'speed') throw new Error('the thread measured something else');
  const refitMs = median(answer.speed.refitMs);
  const forecastMs = median(answer.speed.forecastMs);
  const mstlFitMs = hasMstl ? median(await timeMstl(fittedDays(loaded.minutes).values, quick ? 1 : 3)) : undefined;
  console.log(
    `\n14 days of ${trace.name}: a refit of one quantile at minute steps ${refitMs.toFixed(0)} ms, ` +
      `a decision between refits ${forecastMs.toFixed(1)} ms, the one that fits everything anew ${answer.speed.dailyMs.toFixed(0)} ms`,
  );
  if (mstlFitMs !== undefined) {
    console.log(
      `MSTL on the same days at ${MSTL.step}-minute steps (at minute steps one fit takes minutes): ${mstlFitMs.toFixed(0)} ms`,
    );
  }
  return {
    refitMs: round(refitMs, 1),
    forecastMs: round(forecastMs, 2),
    dailyMs: round(answer.speed.dailyMs, 0),
    ...(mstlFitMs === undefined
      ? {}
      : { mstlFitMs: round(mstlFitMs, 1), mstlOverRefit: round(mstlFitMs / refitMs, 1) }),
  };
}

/** Size of the forecaster as it is deployed. */
async function forecasterKb(): Promise<number | undefined> {
  await compile();
  const folder = join(WORK, 'compiled', 'lambdas', 'system', 'forecaster');
  if (!existsSync(folder)) return undefined;
  const bytes = readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  return round(bytes / 1024, 1);
}

function aimsFor(figures: Record<string, Figures>, leads: readonly number[], single: boolean): Aim[] {
  const value = (name: string) => figures[name] as number | undefined;
  const perLead = leads.flatMap((lead): Aim[] => [
    {
      figure: `overTargetTracking${lead}`,
      value: value(`overTargetTracking${lead}`),
      atMost: OVER_TARGET_TRACKING[lead],
    },
    { figure: `overRollingMax${lead}`, value: value(`overRollingMax${lead}`), atMost: OVER_ROLLING_MAX[lead] },
  ]);
  return [
    // What a single trace allows depends on its noise: the aims are for the three together.
    ...(single
      ? []
      : [
          ...perLead.filter(({ atMost }) => atMost !== undefined),
          { figure: 'worstOverTargetTracking', value: value('worstOverTargetTracking'), atMost: 1 },
          { figure: 'worstOverRollingMax', value: value('worstOverRollingMax'), atMost: 1 },
          { figure: 'maxCold', value: value('maxCold'), atMost: 0.01 },
        ]),
    { figure: 'worstAfterGate', value: value('worstAfterGate'), atMost: 1 },
    { figure: 'coverageMiss', value: value('coverageMiss'), atMost: 3 },
    { figure: 'mstlOverRefit', value: value('mstlOverRefit'), atLeast: 10 },
    { figure: 'bundleKb', value: value('bundleKb'), atMost: 60 },
  ];
}
