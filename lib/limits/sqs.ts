/**
 * Quotas of Amazon SQS, read November 2026. Source: Amazon SQS Developer Guide, "Amazon SQS message
 * quotas" (a message and a batch: 1 MiB since August 2025).
 */
export const SQS = {
  /** Messages of one SendMessageBatch. */
  MAX_BATCH_MESSAGES: 10,
  /** Bytes of a message, and of all messages of one batch together. */
  MAX_MESSAGE_BYTES: 1_048_576,
  /** Longest retention of a queue, in days. */
  MAX_RETENTION_DAYS: 14,
  /** Longest visibility timeout, in seconds: 12 hours. */
  MAX_VISIBILITY_SECONDS: 43_200,
  /** Maximum receives before SQS moves a message to the dead-letter queue. */
  MAX_RECEIVE_COUNT: 1_000,
  /** Bytes of a queue's policy. */
  MAX_POLICY_BYTES: 8_192,
  /**
   * Minimum number of messages in flight with which a message group of a fair queue counts as noisy
   * ("Amazon SQS fair queues").
   */
  MIN_NOISY_GROUP: 30,
} as const;
