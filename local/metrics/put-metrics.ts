import type { CloudApi, JsonObject } from '../../testing';
import type { MetricPoint } from '../alarms';

/**
 * Maximum number of metrics in one PutMetricData call. Source: Amazon CloudWatch API Reference,
 * "PutMetricData".
 */
const MAX_DATA = 1_000;
const PUT = 'GraniteServiceVersion20100801.PutMetricData';

/**
 * Publishes points to the emulator's CloudWatch, so that dashboards and `aws cloudwatch` show them.
 */
export async function putMetrics(api: CloudApi, points: readonly MetricPoint[]): Promise<void> {
  for (const Namespace of new Set(points.map(({ namespace }) => namespace))) {
    const group = points.filter(({ namespace }) => namespace === Namespace);
    for (let start = 0; start < group.length; start += MAX_DATA) {
      const MetricData = group.slice(start, start + MAX_DATA).map(asDatum);
      await api.json('monitoring', PUT, { Namespace, MetricData });
    }
  }
}

function asDatum({ metricName, dimensions, timestamp, value, unit }: MetricPoint): JsonObject {
  return {
    MetricName: metricName,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    Timestamp: timestamp / 1_000,
    Value: value,
    ...(unit !== undefined && { Unit: unit }),
  };
}
