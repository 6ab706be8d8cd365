import { QUARANTINE_METRICS } from '../../lib/protocol';
import type { MetricPoint } from '../alarms';
import type { QuarantinedMessages } from '../quarantine';

/**
 * Metrics that the tick of a stack's quarantine logs. They are computed from the quarantine's
 * table, because the emulator extracts no metrics from logs.
 */
export function quarantineMetrics(stack: string, rows: readonly QuarantinedMessages[], now: number): MetricPoint[] {
  const { namespace, held, waiting, oldest } = QUARANTINE_METRICS;
  return rows.flatMap(({ target, waits, count, oldestSeconds }) => {
    const values: Record<string, number> = waits ? { [waiting]: count, [oldest]: oldestSeconds } : { [held]: count };
    const sets: Record<string, string>[] = [{ Stack: stack }, { Stack: stack, Target: target }];
    return Object.entries(values).flatMap(([metricName, value]) =>
      sets.map((dimensions) => ({
        namespace,
        metricName,
        dimensions,
        timestamp: now,
        value,
      })),
    );
  });
}
