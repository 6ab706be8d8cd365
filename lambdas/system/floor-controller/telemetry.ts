import { CAPACITY } from '../../../lib/protocol';

/** A log line. */
export type Line = Readonly<Record<string, unknown>>;

/** Metrics of a run. Unknown metrics are absent. */
export interface Figures {
  /** Minimum provisioned concurrency. */
  readonly floor?: number;
  readonly acting: boolean;
  readonly degraded: boolean;
  /** Median of the demand forecast for the planned minute. */
  readonly forecast?: number;
  /** Demand of the newest measured minute. */
  readonly demand?: number;
}

/**
 * A log line in the embedded metric format. CloudWatch extracts the metrics from the line, so no
 * call is needed that could fail.
 */
export function measuredLine(name: string, at: number, figures: Figures, facts: Line): Line {
  const values = Object.entries({
    Floor: figures.floor,
    Acting: Number(figures.acting),
    Degraded: Number(figures.degraded),
    Forecast: figures.forecast,
    Demand: figures.demand,
  }).filter((entry): entry is [string, number] => entry[1] !== undefined && Number.isFinite(entry[1]));
  return {
    timestamp: new Date(at).toISOString(),
    level: figures.degraded ? 'WARN' : 'INFO',
    ...facts,
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [
        {
          Namespace: CAPACITY.metricNamespace,
          Dimensions: [['Target']],
          Metrics: values.map(([Name]) => ({ Name, Unit: 'Count' })),
        },
      ],
    },
    Target: name,
    ...Object.fromEntries(values),
  };
}

/** Text of an error in one line. Errors of the SDK have their code only in `name`. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return '$metadata' in error ? `${error.name}: ${error.message}` : error.message;
}
