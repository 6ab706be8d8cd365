import type { AlarmDefinition } from './definition';
import { type ExpressionScope, evaluateExpression, type Series } from './expression';
import type { IMetricPoints } from './points';
import { UnsupportedAlarm } from './unsupported';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** The state of an alarm, and its reason. */
export interface AlarmResult {
  readonly state: AlarmState;
  readonly reason: string;
}

/**
 * Number of older periods that are also evaluated if newer ones have no data. CloudWatch doesn't
 * publish the number. The examples in its guide use two ("Configuring how CloudWatch alarms treat
 * missing data").
 */
const EXTRA_PERIODS = 2;

/**
 * Evaluates an alarm at a moment, by CloudWatch's documented rules: periods, M out of N, statistic,
 * missing data, metric math. The newest period ends at `now`. In CloudWatch it ends at a full
 * minute.
 * @param now milliseconds since 1970
 * @param before previous state, which remains if data is missing and ignored
 * @throws UnsupportedAlarm that names an unsupported part of the metric math
 */
export function evaluateAlarm(
  alarm: AlarmDefinition,
  points: IMetricPoints,
  now: number,
  before: AlarmState = 'INSUFFICIENT_DATA',
): AlarmResult {
  const { evaluationPeriods: n, datapointsToAlarm: m, missing } = alarm;
  const found = watchedSeries(alarm, points, now).filter((value) => value !== undefined);
  const real = found.slice(-n);
  const absent = n - real.length;
  const breaching = real.filter((value) => breaches(value, alarm)).length;
  const counted = `${breaching} of ${real.length} data points in ${n} periods breach (${shownValues(real)}; ${alarm.comparison} ${alarm.threshold})`;

  if (absent > 0 && (missing === 'missing' || missing === 'ignore')) {
    if (real.length === 0) {
      return missing === 'ignore'
        ? { state: before, reason: 'no data: the state remains' }
        : { state: 'INSUFFICIENT_DATA', reason: 'no data' };
    }
    // With too little data, an alarm is in state ALARM if all existing data breaches. If missing
    // data is ignored, it keeps its state.
    if (breaching === real.length) return { state: missing === 'ignore' ? before : 'ALARM', reason: counted };
    return { state: breaching >= m ? 'ALARM' : 'OK', reason: counted };
  }
  const filled = missing === 'breaching' ? absent : 0;
  const reason = absent === 0 ? counted : `${counted}; ${absent} missing, taken as ${missing}`;
  return { state: breaching + filled >= m ? 'ALARM' : 'OK', reason };
}

function watchedSeries(alarm: AlarmDefinition, points: IMetricPoints, now: number): Series {
  const length = alarm.evaluationPeriods + EXTRA_PERIODS;
  const { periodMs } = alarm;
  const metrics = new Map(
    alarm.metrics.map(({ id, metric, statistic }): [string, Series] => [
      id,
      Array.from({ length }, (_, i) => {
        const until = now - (length - 1 - i) * periodMs;
        return statisticOf(points.between(metric, until - periodMs, until), statistic);
      }),
    ]),
  );
  const scope: ExpressionScope = {
    length,
    metrics: [...metrics.values()],
    series: (id) => {
      const known = metrics.get(id);
      if (known !== undefined) return known;
      const expression = alarm.expressions.find((one) => one.id === id)?.expression;
      if (expression === undefined) throw new UnsupportedAlarm(`no query of the alarm has the id '${id}'`);
      return evaluateExpression(expression, scope);
    },
  };
  return scope.series(alarm.watched);
}

function statisticOf(values: readonly number[], statistic: string): number | undefined {
  if (values.length === 0) return undefined;
  const sum = values.reduce((total, value) => total + value, 0);
  switch (statistic) {
    case 'Sum':
      return sum;
    case 'Average':
      return sum / values.length;
    case 'Minimum':
      return Math.min(...values);
    case 'Maximum':
      return Math.max(...values);
    case 'SampleCount':
      return values.length;
    default: {
      const sorted = [...values].sort((a, b) => a - b);
      return sorted[Math.max(0, Math.ceil((Number(statistic.slice(1)) / 100) * sorted.length) - 1)];
    }
  }
}

function breaches(value: number, { comparison, threshold }: AlarmDefinition): boolean {
  const beyond = comparison.startsWith('Greater') ? value > threshold : value < threshold;
  return beyond || (comparison.includes('OrEqualTo') && value === threshold);
}

function shownValues(values: readonly number[]): string {
  return values.map((value) => String(Math.round(value * 100) / 100)).join(', ') || 'none';
}
