/** A metric of a function, measured for each minute. */
export interface SeriesOf {
  /** Name of the series in the keys of its stored days. */
  readonly name: string;
  readonly functionName: string;
  readonly metric: 'ConcurrentExecutions' | 'Invocations';
  readonly statistic: 'Maximum' | 'Sum';
}

/** Source of measured minutes. */
export interface MetricsSource {
  /**
   * Returns a map for each series, with the known values from minute `from` to before `until`, by
   * minute since 1970.
   */
  minutes(series: readonly SeriesOf[], from: number, until: number): Promise<Map<number, number>[]>;
}

/**
 * Demand: the maximum of concurrent executions in each minute. An average, or invocations times
 * duration, would not show bursts within a minute, which cause cold starts.
 */
export function demandOf(functionName: string): SeriesOf {
  return { name: 'demand', functionName, metric: 'ConcurrentExecutions', statistic: 'Maximum' };
}

/** An indicator: invocations of a function in each minute. */
export function indicatorOf(functionName: string): SeriesOf {
  return { name: `indicator:${functionName}`, functionName, metric: 'Invocations', statistic: 'Sum' };
}

/** The floor controller's own invocations, which show whether CloudWatch is up to date. */
export function heartbeatOf(functionName: string): SeriesOf {
  return { ...indicatorOf(functionName), name: 'heartbeat' };
}
