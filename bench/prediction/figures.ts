import { type Aim, type Figures, round } from '../measure';
import { type Judged, MIN_MEASURED, type Row } from './judge-trace';
import type { Loaded, Trace } from './traces';

/** Aims for the geometric mean over the seasonal traces, by lead time; see docs/benchmarks.md. */
const OVER_TARGET_TRACKING: Readonly<Record<number, number>> = { 2: 0.93, 5: 0.91, 15: 0.835 };
const OVER_ROLLING_MAX: Readonly<Record<number, number>> = { 2: 0.965, 5: 0.96, 15: 0.935 };

/** A trace with all its results. */
export interface Examined {
  readonly trace: Trace;
  readonly loaded: Loaded;
  readonly days: number | undefined;
  readonly judged: Map<number, Judged>;
  readonly mstl: Map<number, Row>;
  mstlDays?: number;
  /** Reason why MSTL wasn't measured. */
  mstlFailure?: string;
}

/** The geometric mean, or undefined if one of the values couldn't be measured. */
export function geometricMean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.flatMap((value) => value ?? []);
  if (known.length === 0 || known.length < values.length) return undefined;
  return Math.exp(known.reduce((sum, value) => sum + Math.log(value), 0) / known.length);
}

/**
 * The figures of docs/benchmarks.md. Figures over several traces use only the seasonal traces. With
 * `--trace`, they use the given trace.
 */
export function summary(examined: readonly Examined[], leads: readonly number[]): Record<string, Figures> {
  const all = examined.flatMap((one) => [...one.judged.values()].map((judged) => ({ ...one, ...judged })));
  const seasonal = all.filter(({ trace }) => trace.seasonal);
  const figures: Record<string, Figures> = {
    traces: Object.fromEntries(examined.map((one) => [one.trace.name, traceFigures(one)])),
  };
  const atOnePercent: Record<string, Figures> = {};
  for (const lead of leads) {
    const here = seasonal.filter((one) => one.lead === lead);
    Object.assign(
      figures,
      ratiosOver(
        lead,
        here.map(({ ours }) => ours),
      ),
    );
    const limited = here.flatMap((one) => one.atOnePercent ?? []);
    if (limited.length === here.length) Object.assign(atOnePercent, ratiosOver(lead, limited));
  }
  const limited = seasonal.flatMap((one) => one.atOnePercent ?? []);
  if (limited.length > 0) atOnePercent['maxCold'] = worst(limited.map(({ cold }) => cold));
  return {
    ...figures,
    maxCold: worst(seasonal.map(({ ours }) => ours.cold)),
    worstOverTargetTracking: worst(seasonal.map(({ ours }) => ours.overTargetTracking)),
    worstOverRollingMax: worst(seasonal.map(({ ours }) => ours.overRollingMax)),
    worstAfterGate: worst(all.map(({ gate }) => gate.overBestTracking)),
    coverageMiss: worst(all.flatMap(({ coverageMiss }) => Object.values(coverageMiss))),
    coverage: Object.fromEntries(
      examined.map(({ trace, judged }) => [
        trace.name,
        Object.fromEntries([...judged].map(([lead, { coverage }]) => [lead, rounded(coverage)])),
      ]),
    ),
    ...(limited.length > 0 ? { atOnePercent } : {}),
  };
}

function ratiosOver(lead: number, rows: readonly Row[]): Record<string, Figures> {
  return {
    [`overTargetTracking${lead}`]: rounded4(geometricMean(rows.map((row) => row.overTargetTracking))),
    [`overRollingMax${lead}`]: rounded4(geometricMean(rows.map((row) => row.overRollingMax))),
  };
}

/** The maximum of the measured values. */
function worst(values: readonly (number | undefined)[]): number | undefined {
  const known = values.flatMap((value) => value ?? []);
  return known.length === 0 ? undefined : round(Math.max(...known), 4);
}

function rounded4(value: number | undefined): number | undefined {
  return value === undefined ? undefined : round(value, 4);
}

function rounded(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, round(value, 4)]));
}

function traceFigures({ judged, mstl }: Examined): Figures {
  return Object.fromEntries(
    [...judged].map(([lead, { ours, targetTracking, rollingMax15, atOnePercent, gate, rows }]) => {
      const result = gate.results[0]!.act ? 'acts' : 'refuses';
      const figure = ({ cold, cost, costRatio }: Row) => ({
        cold: round(cold, 5),
        cost: rounded4(cost),
        costRatio: rounded4(costRatio),
        gate: result,
      });
      const ratios = (row: Row) => ({
        overTargetTracking: rounded4(row.overTargetTracking),
        overRollingMax: rounded4(row.overRollingMax),
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
          weeksActing: gate.results.filter(({ act }) => act).length,
          weeks: gate.results.length,
          afterGate: gate.followed.needed > 0 ? round(gate.followed.costRatio, 4) : undefined,
          afterGateOverBestTracking: round(gate.overBestTracking, 4),
        },
      ];
    }),
  );
}

/** The names of the figures that couldn't be measured, with the trace and the reason. */
export function unmeasured(examined: readonly Examined[]): string[] {
  return examined.flatMap(({ trace, judged, mstlFailure }) => [
    ...[...judged.values()].flatMap((one) => unmeasuredOf(`${trace.name}, lead ${one.lead}`, one)),
    ...(mstlFailure === undefined ? [] : [`MSTL's forecasts (${trace.name}: ${mstlFailure})`]),
  ]);
}

function unmeasuredOf(where: string, { ours, targetTracking, rollingMax15, coverage, levels }: Judged): string[] {
  const coverages = levels.length > 0 && Object.keys(coverage).length === 0;
  const unknown = coverages
    ? [`coverage (${where}: of the judged minutes fewer than ${MIN_MEASURED} were measured)`]
    : [];
  if (ours.cost === undefined) {
    return [...unknown, `costs and ratios (${where}: the judged days have no demand)`];
  }
  const outOfReach = (figure: string, peer: Row, ratio: number | undefined) =>
    ratio === undefined
      ? [
          `${figure} (${where}: with every setting, that peer has at least ${percent(peer.cold)} cold, ours ${percent(ours.cold)})`,
        ]
      : [];
  return [
    ...unknown,
    ...outOfReach('overTargetTracking', targetTracking, ours.overTargetTracking),
    ...outOfReach('overRollingMax', rollingMax15, ours.overRollingMax),
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/**
 * Notes about policies that have fewer cold starts than our forecast with every setting. Their
 * costs can't be compared at the same cold share.
 */
export function unequal({ ours, targetTracking, rollingMax15 }: Judged): string[] {
  return [targetTracking, rollingMax15]
    .filter(({ cost, cold }) => cost !== undefined && cold < 0.95 * ours.cold)
    .map(
      ({ policy, cold }) =>
        `note: ${policy}, is at the end of its range and has ${percent(cold)} cold, ours ${percent(ours.cold)}: the ratio favours ours`,
    );
}

export function aimsFor(figures: Readonly<Record<string, Figures>>, leads: readonly number[], single: boolean): Aim[] {
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
    // The aims apply to the three traces together, because the ratio of a single trace depends on
    // its noise.
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
  ];
}
