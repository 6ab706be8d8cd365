import { EMBEDDED_METRICS } from '../../../lib/limits';
import { currentInvocation, outsideFields, type Run } from '../invocation';
import { jsonLog, type Log, type LogFields, undroppedLevel } from '../log';
import { UsageError } from '../table/errors';
import { checkDimensions, checkMetricName, checkNamespace } from './names';
import { isUnit, type MetricUnit, unitsText } from './units';

export type { MetricUnit };

export interface MetricsOptions {
  /**
   * Dimensions of all metrics, beside `service`, at most 29. Each combination of values is a metric
   * that CloudWatch bills, so use few values and no ids.
   * @default `service` alone
   */
  readonly dimensions?: Readonly<Record<string, string>>;
}

/** Metrics of one namespace. */
export interface Metrics {
  /**
   * Adds to a counter.
   * @param value @default 1
   * @throws UsageError if the name isn't valid
   */
  count(name: string, value?: number): void;
  /**
   * Adds a value. A value that isn't finite is logged and left out.
   * @param name 1 to 255 printable ASCII characters
   * @throws UsageError if the name or the unit isn't valid, or if the metric has another unit
   */
  add(name: string, value: number, unit: MetricUnit): void;
}

/** Values of one line. */
type Values = Map<string, { readonly unit: MetricUnit; readonly values: number[] }>;

/**
 * Metrics in the embedded metric format: CloudWatch reads them from a log line, so no call is made.
 * Each run of the function writes one line for all its values, a worker's batch too. Metrics have
 * the dimension `service`, the name of the module or worker.
 *
 * `routes()` and `worker()` write the line before they return. Elsewhere, each value is a line of
 * its own. The line has a level that the function's log level doesn't drop.
 *
 * @param namespace for example the product's name; must not begin with `AWS/`
 * @throws UsageError if the namespace or a dimension isn't valid
 *
 * @example
 * const shop = metrics('Shop');
 * shop.count('OrdersPlaced');
 * shop.add('PartnerTime', milliseconds, 'Milliseconds');
 */
export function metrics(namespace: string, { dimensions = {} }: MetricsOptions = {}): Metrics {
  checkNamespace(namespace);
  checkDimensions(dimensions);
  const collected = new WeakMap<Run, Values>();

  const add = (name: string, value: number, unit: MetricUnit): void => {
    checkMetricName(name, dimensions);
    if (!isUnit(unit))
      throw new UsageError(`metrics: the unit of '${name}' must be one of ${unitsText()}, got '${unit}'`);
    const run = currentInvocation()?.run;
    if (!Number.isFinite(value)) {
      const reason = `a value of a metric must be a finite number, got ${typeof value === 'number' ? value : typeof value}`;
      (run?.log ?? jsonLog)('WARN', 'metric left out', { metric: name, reason });
      return;
    }
    const values = valuesOf(run);
    const metric = values.get(name) ?? { unit, values: [] };
    if (metric.unit !== unit) {
      throw new UsageError(`metrics: '${name}' must keep its unit '${metric.unit}', got '${unit}'`);
    }
    metric.values.push(value);
    values.set(name, metric);
    const isFull = values.size >= EMBEDDED_METRICS.MAX_METRICS || metric.values.length >= EMBEDDED_METRICS.MAX_VALUES;
    if (isFull || run === undefined || run.hasEnded) write(values, run);
  };

  /** Values of a run that aren't written yet. */
  function valuesOf(run: Run | undefined): Values {
    if (run === undefined) return new Map();
    const known = collected.get(run);
    if (known !== undefined) return known;
    const values: Values = new Map();
    collected.set(run, values);
    run.atEnd(() => write(values, run));
    return values;
  }

  function write(values: Values, run: Run | undefined): void {
    if (values.size === 0) return;
    const log: Log = run?.log ?? jsonLog;
    const { service = 'unknown' } = run?.fields ?? outsideFields();
    log(undroppedLevel(), 'metrics', { service, ...dimensions, ...embedded(namespace, dimensions, values) });
    values.clear();
  }

  return { add, count: (name, value = 1) => add(name, value, 'Count') };
}

/** The members that the format requires. */
function embedded(namespace: string, dimensions: Readonly<Record<string, string>>, values: Values): LogFields {
  const directive = {
    Namespace: namespace,
    Dimensions: [['service', ...Object.keys(dimensions)]],
    Metrics: [...values].map(([Name, { unit }]) => ({ Name, Unit: unit })),
  };
  const members = [...values].map(
    ([
      name,
      {
        values: [first, ...rest],
      },
    ]) => [name, rest.length === 0 ? first : [first, ...rest]],
  );
  return { _aws: { Timestamp: Date.now(), CloudWatchMetrics: [directive] }, ...Object.fromEntries(members) };
}
