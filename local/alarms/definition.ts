import { isList, isMap, type Value, type ValueMap } from '../assembly';
import type { MetricId } from './points';
import { UnsupportedAlarm } from './unsupported';

/** A metric with its statistic. */
export interface MetricQuery {
  readonly id: string;
  readonly metric: MetricId;
  readonly statistic: string;
}

/** An expression over the metrics of the same alarm. */
export interface ExpressionQuery {
  readonly id: string;
  readonly expression: string;
}

/** How an alarm treats missing data. */
export type MissingData = 'missing' | 'ignore' | 'breaching' | 'notBreaching';

/** The properties of an alarm that decide its state. */
export interface AlarmDefinition {
  readonly name: string;
  readonly description: string;
  readonly metrics: readonly MetricQuery[];
  readonly expressions: readonly ExpressionQuery[];
  /** ID of the query that is compared with the threshold. */
  readonly watched: string;
  readonly periodMs: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly comparison: string;
  readonly threshold: number;
  readonly missing: MissingData;
}

const STATISTICS = /^(Sum|Average|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d+)?)$/;
const MISSING = ['missing', 'ignore', 'breaching', 'notBreaching'];
const KNOWN_COMPARISONS = /^(Greater|Less)Than(OrEqualTo)?Threshold$/;
/** CloudWatch's default period. */
const DEFAULT_PERIOD_SECONDS = 60;

/**
 * Parses the properties of an `AWS::CloudWatch::Alarm` with resolved references.
 * @throws UnsupportedAlarm that names the unsupported property
 */
export function readAlarm(name: string, properties: ValueMap): AlarmDefinition {
  const unsupported = (what: string): UnsupportedAlarm => new UnsupportedAlarm(`${what} is not supported here`);
  const comparison = String(properties['ComparisonOperator']);
  if (!KNOWN_COMPARISONS.test(comparison)) throw unsupported(`ComparisonOperator ${comparison}`);
  if (properties['ThresholdMetricId'] !== undefined) throw unsupported('ThresholdMetricId');
  const missing = String(properties['TreatMissingData'] ?? 'missing');
  if (!MISSING.includes(missing)) throw unsupported(`TreatMissingData ${missing}`);
  const periods = Number(properties['EvaluationPeriods']);
  return {
    name,
    description: String(properties['AlarmDescription'] ?? ''),
    ...readQueries(properties),
    evaluationPeriods: periods,
    datapointsToAlarm: Number(properties['DatapointsToAlarm'] ?? periods),
    comparison,
    threshold: Number(properties['Threshold']),
    missing: missing as MissingData,
  };
}

type Queries = Pick<AlarmDefinition, 'metrics' | 'expressions' | 'watched' | 'periodMs'>;

function readQueries(properties: ValueMap): Queries {
  const given = properties['Metrics'];
  if (!isList(given)) {
    const statistic = String(properties['ExtendedStatistic'] ?? properties['Statistic']);
    const metrics = [{ id: 'm', metric: readMetric(properties), statistic: known(statistic) }];
    return { metrics, expressions: [], watched: 'm', periodMs: 1_000 * Number(properties['Period']) };
  }
  const queries = given.filter(isMap);
  const metrics: MetricQuery[] = [];
  const expressions: ExpressionQuery[] = [];
  const periods = new Set<number>();
  for (const query of queries) {
    const id = String(query['Id']);
    const stat = query['MetricStat'];
    if (isMap(stat) && isMap(stat['Metric'])) {
      metrics.push({ id, metric: readMetric(stat['Metric']), statistic: known(String(stat['Stat'])) });
      periods.add(Number(stat['Period']));
    } else {
      expressions.push({ id, expression: String(query['Expression']) });
    }
  }
  const [period = DEFAULT_PERIOD_SECONDS, ...others] = periods;
  if (others.length > 0)
    throw new UnsupportedAlarm(`metrics of different periods (${[...periods].join(', ')} s) are not supported here`);
  const returned = queries.filter((query) => query['ReturnData'] !== false);
  if (returned.length !== 1)
    throw new UnsupportedAlarm(`an alarm must return data of one query, got ${returned.length}`);
  return { metrics, expressions, watched: String(returned[0]?.['Id']), periodMs: 1_000 * period };
}

function readMetric(from: ValueMap): MetricId {
  const dimensions = isList(from['Dimensions']) ? from['Dimensions'].filter(isMap) : [];
  return {
    namespace: String(from['Namespace']),
    metricName: String(from['MetricName']),
    dimensions: Object.fromEntries(
      dimensions.map((one): [string, string] => [String(one['Name']), text(one['Value'])]),
    ),
  };
}

function text(value: Value | undefined): string {
  if (typeof value !== 'string') throw new UnsupportedAlarm(`a dimension must be text, got ${JSON.stringify(value)}`);
  return value;
}

function known(statistic: string): string {
  if (!STATISTICS.test(statistic)) throw new UnsupportedAlarm(`statistic ${statistic} is not supported here`);
  return statistic;
}
