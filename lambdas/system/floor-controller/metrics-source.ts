/** A series of minutes that is measured for a function. */
export interface SeriesOf {
  /** Name under which its days are kept. */
  readonly name: string;
  readonly functionName: string;
  readonly metric: 'ConcurrentExecutions' | 'Invocations';
  readonly statistic: 'Maximum' | 'Sum';
}

/** Where minutes are measured. */
export interface MetricsSource {
  /** For each series the values of the minutes from `from` to before `until` that have one, by minute since 1970. */
  minutes(series: readonly SeriesOf[], from: number, until: number): Promise<Map<number, number>[]>;
}

/**
 * What has to be warm: the most executions that were busy at once in each minute. An average over the minute, or invocations times their
 * duration, would miss the burst within it, and it is the burst that meets cold starts.
 */
export function demandOf(functionName: string): SeriesOf {
  return { name: 'demand', functionName, metric: 'ConcurrentExecutions', statistic: 'Maximum' };
}

/** What precedes demand: how often a function was called in each minute. */
export function indicatorOf(functionName: string): SeriesOf {
  return { name: `indicator:${functionName}`, functionName, metric: 'Invocations', statistic: 'Sum' };
}

/** By what the floor controller knows that CloudWatch tells: that it itself was called. */
export function heartbeatOf(functionName: string): SeriesOf {
  return { ...indicatorOf(functionName), name: 'heartbeat' };
}
