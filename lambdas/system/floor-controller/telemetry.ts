import { CAPACITY } from '../../../lib/protocol';

/** A line of the log. */
export type Line = Readonly<Record<string, unknown>>;

/** What a run measured; what it doesn't know is left out. */
export interface Figures {
  /** Instances that are kept warm at least. */
  readonly floor?: number;
  readonly acting: boolean;
  readonly degraded: boolean;
  /** Median of the demand that is forecast for the end of the lead. */
  readonly forecast?: number;
  /** Demand of the newest known minute. */
  readonly demand?: number;
}

/**
 * A line that is read twice: CloudWatch makes metrics of it (embedded metric format), and people a reason. No call is made for metrics, so
 * none fails.
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

/** What an error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
