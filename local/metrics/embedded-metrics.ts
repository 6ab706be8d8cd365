import type { MetricPoint } from '../alarms';
import type { LogEvent } from '../events';

/**
 * Metrics of a log line in the embedded metric format. The emulator's CloudWatch doesn't read them.
 * As in CloudWatch, a part of a line that isn't in the format is ignored.
 */
export function embeddedMetrics({ time, fields = {} }: Pick<LogEvent, 'time' | 'fields'>): MetricPoint[] {
  const { CloudWatchMetrics: directives, Timestamp: at } = objectOf(fields['_aws']);
  const timestamp = typeof at === 'number' ? at : time;
  return listOf(directives).flatMap((directive) => {
    const { Namespace: namespace, Dimensions: sets, Metrics: definitions } = objectOf(directive);
    if (typeof namespace !== 'string') return [];
    return listOf(definitions).flatMap((definition) => {
      const { Name: metricName, Unit: unit } = objectOf(definition);
      if (typeof metricName !== 'string') return [];
      const values = [fields[metricName]].flat().filter((value) => typeof value === 'number');
      return listOf(sets).flatMap((set) => {
        const dimensions = Object.fromEntries(listOf(set).map((name) => [String(name), String(fields[String(name)])]));
        return values.map((value) => ({
          namespace,
          metricName,
          dimensions,
          timestamp,
          value,
          ...(typeof unit === 'string' && { unit }),
        }));
      });
    });
  });
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
