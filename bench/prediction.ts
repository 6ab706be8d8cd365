import { defaultWarmUp, inputsOf } from '../forecast/backtest';
import { calendarOf } from '../forecast/calendar';
import { MINUTES_PER_DAY } from '../forecast/minutes';
import { score } from '../forecast/score';
import { type Bench, type BenchOptions, type Figures, median, printTable, ROOT, round } from './measure';
import { aimsFor, type Examined, geometricMean, summary, unequal, unmeasured } from './prediction/figures';
import type { IndicatorComparison } from './prediction/indicators';
import type { Row } from './prediction/judge-trace';
import { forecastByMstl, installMstl, MSTL, provisionByMstl, timeMstl } from './prediction/mstl';
import { inThread, Progress, prepare, runAll } from './prediction/pool';
import { fittedDays } from './prediction/speed';
import { checkTrace, findTraces, loadTrace, type Trace, traceOf } from './prediction/traces';

const LEADS = [2, 5, 15] as const;
const LEVELS = [0.5, 0.9, 0.99] as const;
const HEADROOM = 1.2;
/** Number of measurements of a refit and a decision, and of MSTL's fit. */
const ROUNDS = 15;
const MSTL_FITS = 3;
/** Maximum number of days of a file in a quick run. */
const QUICK_DAYS = 35;

/**
 * Compares forecast floors with other policies, on traces of real traffic.
 */
export const predictionBench: Bench = {
  description:
    'forecast floors compared with target tracking, rolling maximum and statsforecast on traces; --trace FILE, --lead N, --traces DIR',
  async run(options) {
    const leads = leadsOf(options);
    const found = options.trace === undefined ? findTraces(ROOT, options.traces) : undefined;
    const traces = found?.traces ?? [traceOf(options.trace!)];
    const missing = [...(found?.missing ?? [])];
    if (options.trace !== undefined) checkTrace(traces[0]!);
    if (traces.length === 0) throw new Error(`there is no trace to judge: ${missing.join(', ')}`);
    const hasMstl = await installMstl();
    if (!hasMstl) missing.push('statsforecast');
    await prepare();

    const examined = traces.map((trace) => examine(trace, options.quick));
    const single = options.trace !== undefined;
    const shop = new Map<number, IndicatorComparison>();
    await judgeAll(examined, leads, { quick: options.quick, mstl: hasMstl, shop: single ? undefined : shop });
    for (const one of examined) for (const lead of leads) printJudged(one, lead);
    missing.push(...unmeasured(examined));
    const figures = summary(examined, leads);
    if (!single) printSummary(examined, leads);
    Object.assign(figures, shopFigures(shop));
    const { figures: speed, missing: untimed } = await speedFigures(examined[0]!, hasMstl);
    missing.push(...untimed);
    Object.assign(figures, speed);
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

/** Judges all traces with all lead times, the longest jobs first. */
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
      // Each quantile needs one more fit per day, so a quick run measures the quantiles for one
      // lead time only.
      const levels = !quick || lead === middle ? LEVELS : [];
      const task = { kind: 'judge', file: one.trace.file, days: one.days, lead, levels } as const;
      const run = async () => {
        const answer = await inThread(task, (done, of) => progress.set(name, done / of)).catch((error: Error) => {
          throw new Error(`${one.trace.file}, lead ${lead}: ${error.message}`);
        });
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
      run: () =>
        addMstl(one, leads, (share) => progress.set(name, share)).catch((error: Error) => {
          // If the compared library fails, all other policies are still measured.
          one.mstlFailure = lastLine(error);
          progress.set(name, 1);
        }),
    });
  }
  // Each job compares four sets of inputs over four weeks. A quick run measures one lead time only.
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
  const forecasts = await forecastByMstl(demand, from, leads, (done, of) => onProgress(done / of));
  one.mstlDays = (forecasts.until - from) / MINUTES_PER_DAY;
  const some = forecasts.until < demand.length ? `, first ${one.mstlDays} days` : '';
  for (const lead of leads) {
    const {
      cold,
      provisioningRatio: cost,
      costRatio,
    } = score(demand, provisionByMstl(forecasts, lead, HEADROOM), from, forecasts.until);
    one.mstl.set(lead, { policy: `MSTL + AutoETS x ${HEADROOM}${some}`, cold, cost, costRatio });
  }
  onProgress(1);
}

function printJudged({ trace, loaded, days, judged, mstl }: Examined, lead: number): void {
  const { rows, gate, warmUpDays, judgedDays } = judged.get(lead)!;
  const spread = loaded.step > 1 ? `, steps of ${loaded.step} minutes spread as random counts` : '';
  const unknown = loaded.unknown > 0 ? `, ${loaded.unknown} minutes unknown` : '';
  console.log(
    `\n${trace.name}, lead ${lead}: ${round(judgedDays, 1)} days judged after ${warmUpDays} of warm-up, demand scaled to a mean of 100${spread}${unknown}${days === undefined ? '' : `, cut to ${days} days`}`,
  );
  const number = (value: number | undefined) => value?.toFixed(3) ?? '';
  const compared = (value: number | undefined, of: Row) => (of.policy.startsWith('ours') ? number(value) || '-' : '');
  const beforeOurs = rows.findIndex(({ policy }) => policy.startsWith('ours'));
  const textbook = mstl.get(lead);
  const all = textbook ? rows.toSpliced(beforeOurs, 0, textbook) : rows;
  printTable([
    ['policy', 'cold %', 'provisioning ratio', 'cost ratio', 'over fitted tracking', 'over fitted maximum'],
    ...all.map((row) => [
      row.policy,
      (100 * row.cold).toFixed(2),
      number(row.cost) || '-',
      number(row.costRatio) || '-',
      compared(row.overTargetTracking, row),
      compared(row.overRollingMax, row),
    ]),
  ]);
  for (const line of unequal(judged.get(lead)!)) console.log(line);
  const [first] = gate.results;
  const acting = gate.results.filter(({ act }) => act).length;
  console.log(`gate, first result: ${first!.act ? 'acts' : `refuses, target tracking ${first!.reactiveTarget}`}`);
  for (const reason of first!.reasons) console.log(`  - ${reason}`);
  console.log(
    `gate, all weeks: acts in ${acting} of ${gate.results.length}; following it costs ` +
      `${gate.followed.needed > 0 ? `${number(gate.followed.costRatio)}, ` : ''}${number(gate.overBestTracking)} times the target that was best in the week before`,
  );
}

function printSummary(examined: readonly Examined[], leads: readonly number[]): void {
  const seasonal = examined.filter(({ trace }) => trace.seasonal);
  if (seasonal.length === 0) return;
  console.log('\nour cost over the fitted peers, seasonal traces (tracking / maximum)');
  const both = (tracking: number | undefined, maximum: number | undefined) =>
    `${tracking?.toFixed(3) ?? '-'} / ${maximum?.toFixed(3) ?? '-'}`;
  printTable([
    ['lead', ...seasonal.map(({ trace }) => trace.name), 'geometric mean'],
    ...leads.map((lead) => {
      const rows = seasonal.map(({ judged }) => judged.get(lead)!.ours);
      const tracking = rows.map((row) => row.overTargetTracking);
      const maximum = rows.map((row) => row.overRollingMax);
      return [
        lead,
        ...rows.map((row) => both(row.overTargetTracking, row.overRollingMax)),
        both(geometricMean(tracking), geometricMean(maximum)),
      ];
    }),
  ]);
}

/**
 * Returns, by lead time, the share of cost that the indicators (searches and baskets) save for
 * checkouts.
 */
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

/**
 * Median times of a refit and of MSTL's fit on the same days. The refits and MSTL's fits run one
 * after the other, and no other job runs at the same time.
 */
async function speedFigures(
  { trace, loaded }: Examined,
  hasMstl: boolean,
): Promise<{ readonly figures: Record<string, Figures>; readonly missing: readonly string[] }> {
  const missing: string[] = [];
  const answer = await inThread({ kind: 'speed', file: trace.file, rounds: ROUNDS });
  if (answer.kind !== 'speed') throw new Error('the thread measured something else');
  const { refitMs: refits, forecastMs: forecasts, dailyMs, fittedDays: days, undecided } = answer.speed;
  const refitMs = median(refits);
  const forecastMs = forecasts === undefined ? undefined : median(forecasts);
  if (undecided !== undefined) missing.push(`forecastMs and dailyMs (${trace.name}: ${undecided})`);
  const decisions =
    forecastMs === undefined || dailyMs === undefined
      ? ''
      : `, a decision between refits ${forecastMs.toFixed(1)} ms, a decision with a refit of all models ${dailyMs.toFixed(0)} ms`;
  console.log(
    `\n${round(days, 1)} days of ${trace.name}: a refit of one quantile at minute steps ${refitMs.toFixed(0)} ms${decisions}`,
  );
  const mstlFitMs = await mstlFit(fittedDays(loaded.minutes).values, hasMstl, missing);
  if (mstlFitMs !== undefined) {
    console.log(
      `MSTL on the same days at ${MSTL.step}-minute steps (at minute steps one fit takes minutes): ${mstlFitMs.toFixed(0)} ms`,
    );
  }
  const whole = days >= MSTL.days;
  if (mstlFitMs !== undefined && !whole) {
    missing.push(`mstlOverRefit (both fit ${MSTL.days} days, ${trace.name} has ${round(days, 1)})`);
  }
  return {
    figures: {
      refitMs: round(refitMs, 1),
      forecastMs: forecastMs === undefined ? undefined : round(forecastMs, 2),
      dailyMs: dailyMs === undefined ? undefined : round(dailyMs, 0),
      mstlFitMs: mstlFitMs === undefined ? undefined : round(mstlFitMs, 1),
      mstlOverRefit: mstlFitMs === undefined || !whole ? undefined : round(mstlFitMs / refitMs, 1),
    },
    missing,
  };
}

async function mstlFit(days: Float64Array, hasMstl: boolean, missing: string[]): Promise<number | undefined> {
  if (!hasMstl) return undefined;
  try {
    return median(await timeMstl(days, MSTL_FITS));
  } catch (error) {
    missing.push(`mstlFitMs (${lastLine(error as Error)})`);
    return undefined;
  }
}

/** The last line of an error message. */
function lastLine(error: Error): string {
  return error.message.trim().split('\n').at(-1)!;
}
