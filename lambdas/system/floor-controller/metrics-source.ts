/** A series of minutes that is measured for a function. */
export interface SeriesOf {
  /** Name under which its days are stored. */
  readonly name: string;
  readonly functionName: string;
  readonly metric: 'ConcurrentExecutions' | 'Invocations';
  readonly statistic: 'Maximum' | 'Sum';
}

/** Where minutes are measured. */
export interface MetricsSource {
  /**
   * For each series the values of the minutes from `from` to before `until` that have one, by
   * minute since 1970.
   */
  minutes(series: readonly SeriesOf[], from: number, until: number): Promise<Map<number, number>[]>;
}

/**
 * Demand: the maximum of concurrent executions in each minute. An average, or invocations times
 * their duration, would miss bursts within a minute, and bursts cause cold starts.
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
