import { type Cleaning, MINUTES_PER_DAY, MS_PER_MINUTE } from '../../forecast/minutes';
import { LAMBDA, PRICES } from '../../lib/limits';
import type { Analysis } from './analysis';
import { clockOf } from './clock';
import { count } from './format';
import { type Method, methodsOf } from './methods';
import type { Options } from './options';
import { onDemandPerMonth, perMonth, type ResultText, resultText, SLACK_DAYS, WEAK_DAYS } from './result-text';
import type { Tuning } from './tuning';

/** The content of a report. The page and the JSON show it. */
export interface Report {
  readonly name: string;
  /** Name of the values in the file. */
  readonly label?: string;
  readonly options: Options;
  readonly analysis: Analysis;
  readonly text: ResultText;
  readonly methods: readonly Method[];
  readonly tuning?: Tuning;
  /**
   * Properties of the input that make the result less certain, in a few words each. The headline
   * lists them.
   */
  readonly doubts: readonly string[];
  /** Remarks on the input, in sentences. */
  readonly remarks: readonly string[];
}

export function reportOf(
  name: string,
  options: Options,
  analysis: Analysis,
  source: { readonly label?: string; readonly otherColumns: number },
  tuning?: Tuning,
): Report {
  const doubts = doubtsOf(analysis, source.otherColumns);
  return {
    name,
    ...(source.label === undefined ? {} : { label: source.label }),
    options,
    analysis,
    text: resultText(analysis, options, doubts),
    doubts,
    methods: methodsOf(analysis, options, tuning),
    ...(tuning === undefined ? {} : { tuning }),
    remarks: remarksOf(options, analysis, source.otherColumns, tuning),
  };
}

/** Describes the dropped or corrected points, one text for each kind. Empty if there were none. */
export function corrected(cleaning: Cleaning): string[] {
  const { duplicates, unordered, negative, notANumber, misdated } = cleaning;
  const kinds: [number, string][] = [
    [duplicates, 'with a repeated time'],
    [unordered, 'out of order'],
    [negative, 'negative'],
    [notANumber, 'without a number'],
    [misdated, 'without a date, or years before or after the others'],
  ];
  return kinds.filter(([found]) => found > 0).map(([found, kind]) => `${count(found)} ${kind}`);
}

/** Maximum share of missing minutes without a warning. */
const MAX_MISSING = 0.01;

/** Maximum step without a warning. Longer steps hide the peaks that cause cold starts. */
const MAX_STEP = 5;

function doubtsOf({ cleaning, idle, step, days, judged }: Analysis, otherColumns: number): string[] {
  const minutes = days * MINUTES_PER_DAY;
  const share = (part: number) => `${((100 * part) / minutes).toFixed(1)} % of the minutes`;
  return [
    ...(step > MAX_STEP ? [step === 60 ? 'hourly values' : `values of ${step} minutes`] : []),
    ...(cleaning.missing > MAX_MISSING * minutes ? [`${share(cleaning.missing)} missing`] : []),
    ...(idle > MAX_MISSING * minutes ? [`${share(idle)} without a value`] : []),
    ...(otherColumns > 0 ? [`${otherColumns} column${otherColumns === 1 ? '' : 's'} not read`] : []),
    ...(judged.days < WEAK_DAYS ? [`only ${judged.days.toFixed(1)} days judged`] : []),
  ];
}

/**
 * Maximum relative difference of the stated and the measured duration. Above it, the report has a
 * remark.
 */
const MAX_DISAGREEMENT = 0.25;

function remarksOf(options: Options, analysis: Analysis, otherColumns: number, tuning?: Tuning): string[] {
  const { cleaning, idle, step, days, judged } = analysis;
  const missing = cleaning.missing / (days * MINUTES_PER_DAY);
  const resting = idle / (days * MINUTES_PER_DAY);
  const dropped = corrected(cleaning);
  const spread =
    options.unit === 'requests'
      ? `Each value covers ${step} minutes: its requests were distributed over them at random (with a fixed seed).`
      : `Each value covers ${step} minutes: each minute got this level, with the random variation of independent requests (with a fixed seed).`;
  const stated = options.requestsPerUnit === undefined ? undefined : MS_PER_MINUTE / options.requestsPerUnit;
  const tuned = tuning?.present.durationMs;
  const disagree = stated !== undefined && tuned !== undefined && Math.abs(tuned / stated - 1) > MAX_DISAGREEMENT;
  return [
    ...(step > 1 ? [`${spread} Peaks within the ${step} minutes are unknown.`] : []),
    ...(days < 21 - SLACK_DAYS
      ? [`The file spans ${days.toFixed(1)} days: a weekly pattern shows only after several weeks.`]
      : []),
    ...(judged.days < WEAK_DAYS ? [`Only ${judged.days.toFixed(1)} days could be judged: the result is weak.`] : []),
    ...(dropped.length > 0
      ? [`Dropped or corrected, of ${count(analysis.points)} points: ${dropped.join(', ')}.`]
      : []),
    ...(resting > MAX_MISSING
      ? [
          `${(resting * 100).toFixed(1)} % of the minutes have no point and count as idle, because CloudWatch has no points for idle minutes. With --gaps unknown they are filled from the minutes before.`,
        ]
      : []),
    ...(missing > MAX_MISSING
      ? [
          `${(missing * 100).toFixed(1)} % of the minutes are missing. They were filled from the minutes before. With --gaps idle they count as idle.`,
        ]
      : []),
    ...(otherColumns > 0
      ? [`The file has ${otherColumns} more column${otherColumns === 1 ? '' : 's'} of values: only the first was read.`]
      : []),
    ...(disagree
      ? [
          `A request takes ${count(stated)} ms according to the options, but ${count(tuned)} ms (${tuning!.source}) at ${options.memoryMb} MB: correct one of them.`,
        ]
      : []),
  ];
}

/** The report as data. The same file and options give the same text. */
export function reportJson({ name, label, options, analysis, text, methods, tuning, doubts, remarks }: Report): string {
  const {
    points,
    step,
    cleaning,
    idle,
    days,
    judged,
    price,
    policies,
    nothingWarm,
    certainty,
    result,
    weekly,
    byDay,
    traces,
  } = analysis;
  const clock = clockOf(options.timeZone);
  const at = (index: number) => new Date((traces.start + index) * MS_PER_MINUTE).toISOString();
  const { out: _, ...asked } = options;
  return `${JSON.stringify(
    {
      name,
      ...(label === undefined ? {} : { label }),
      options: { ...asked, max: Number.isFinite(options.max) ? options.max : null },
      result: { act: result.act, ...text, gate: result, weekly: { ...weekly, provision: undefined } },
      history: { basis: 'measured', points, step, days, from: at(0), until: at(traces.demand.length), cleaning, idle },
      judged: {
        from: at(judged.from),
        until: at(judged.to),
        days: judged.days,
        idleInstanceMinutesOfOneColdStart: price,
      },
      policies: policies.map((policy) => ({
        ...policy,
        basis: 'simulated',
        usdIn30Days: perMonth(policy, analysis),
      })),
      nothingWarm: {
        basis: 'modelled',
        ...nothingWarm,
        ...(nothingWarm.dollars === undefined ? {} : { usdIn30Days: onDemandPerMonth(analysis) }),
      },
      certainty,
      days: byDay,
      busiestDay: { day: analysis.busiestDay.day, zone: clock.zone },
      methods,
      ...(tuning === undefined ? {} : { tuning }),
      doubts,
      remarks,
      limits: LAMBDA,
      prices: pricesUsed(),
    },
    null,
    2,
  )}\n`;
}

export function pricesUsed() {
  const {
    PROVISIONED_CONCURRENCY_GB_SECOND,
    PROVISIONED_DURATION_GB_SECOND,
    ON_DEMAND_DURATION_GB_SECOND,
    LAMBDA_REQUEST_MILLION,
  } = PRICES;
  return [
    PROVISIONED_CONCURRENCY_GB_SECOND,
    PROVISIONED_DURATION_GB_SECOND,
    ON_DEMAND_DURATION_GB_SECOND,
    LAMBDA_REQUEST_MILLION,
  ];
}
