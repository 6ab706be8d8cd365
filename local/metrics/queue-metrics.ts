import type { MetricPoint } from '../alarms';

/** A message as the emulator's own endpoint shows it. Times are seconds since 1970. */
export interface ShownMessage {
  readonly SentTimestamp: number;
  readonly IsVisible: boolean;
}

/** Messages by account, Region and queue URL: the answer of the emulator's endpoint. */
export interface ShownMessages {
  readonly messages: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, readonly ShownMessage[]>>>>>
  >;
}

/** Path of that endpoint. It doesn't receive the messages, so no receive count changes. */
export const MESSAGES_PATH = '/_ministack/sqs/messages';

/** Metrics of each queue, as SQS publishes them once a minute: messages that wait, messages in flight, age of the oldest. */
export function queueMetrics({ messages }: ShownMessages, now: number): MetricPoint[] {
  const queues = Object.values(messages).flatMap((regions) =>
    Object.values(regions).flatMap((all) => Object.entries(all)),
  );
  return queues.flatMap(([url, waiting]) => {
    const QueueName = url.split('/').at(-1) ?? url;
    const visible = waiting.filter(({ IsVisible }) => IsVisible).length;
    const ages = waiting.map(({ SentTimestamp }) => now / 1_000 - SentTimestamp);
    const values: Record<string, number> = {
      ApproximateNumberOfMessagesVisible: visible,
      ApproximateNumberOfMessagesNotVisible: waiting.length - visible,
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
