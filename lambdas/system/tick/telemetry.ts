import { QUARANTINE_METRICS } from '../../../lib/protocol';

/** A log line. */
export type Line = Readonly<Record<string, unknown>>;

/** Metrics about one target. An absent metric has no data point, and alarms treat this as zero. */
export interface QuarantineFigures {
  readonly waiting?: number;
  /** Seconds. */
  readonly oldest?: number;
  readonly held?: number;
  readonly unknown?: number;
  readonly changedPolicies?: number;
}

/**
 * A log line in the embedded metric format, about one target. CloudWatch bills each metric for the
 * hours in which it has data, so there is a line only if something waits or is held.
 */
export function measuredLine(stack: string, target: string, at: number, figures: QuarantineFigures, facts: Line): Line {
  const values = Object.entries(figures)
    .filter(([, value]) => value !== undefined)
    .map(([figure, value]) => [QUARANTINE_METRICS[figure as keyof QuarantineFigures], value] as const);
  return {
    timestamp: new Date(at).toISOString(),
    ...facts,
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [
        {
          Namespace: QUARANTINE_METRICS.namespace,
          Dimensions: [['Stack'], ['Stack', 'Target']],
          Metrics: values.map(([Name]) => ({
            Name,
            Unit: Name === QUARANTINE_METRICS.oldest ? 'Seconds' : 'Count',
          })),
        },
      ],
    },
    Stack: stack,
    Target: target,
    ...Object.fromEntries(values),
  };
}
