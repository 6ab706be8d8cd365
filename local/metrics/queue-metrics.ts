import type { MetricPoint } from '../alarms';
import type { QueueMessages } from '../queues';

/**
 * The metrics that SQS publishes for each queue: waiting messages, messages in flight, age of the
 * oldest message.
 */
export function queueMetrics(queues: readonly QueueMessages[], now: number): MetricPoint[] {
  return queues.flatMap(({ url, messages }) => {
    const QueueName = url.split('/').at(-1) ?? url;
    const visible = messages.filter(({ IsVisible }) => IsVisible).length;
    const ages = messages.map(({ SentTimestamp }) => now / 1_000 - SentTimestamp);
    const values: Record<string, number> = {
      ApproximateNumberOfMessagesVisible: visible,
      ApproximateNumberOfMessagesNotVisible: messages.length - visible,
      ApproximateAgeOfOldestMessage: Math.max(0, ...ages),
    };
    return Object.entries(values).map(([metricName, value]) => ({
      namespace: 'AWS/SQS',
      metricName,
      dimensions: { QueueName },
      timestamp: now,
      value,
    }));
  });
}
