/**
 * Quotas of Amazon SQS, read November 2026.
 * Source: Amazon SQS Developer Guide, "Amazon SQS message quotas" (a message and a batch: 1 MiB since August 2025).
 */
export const SQS = {
  /** Messages of one SendMessageBatch. */
  MAX_BATCH_MESSAGES: 10,
  /** Bytes of a message, and of all messages of one batch together. */
  MAX_MESSAGE_BYTES: 1_048_576,
  /** Longest retention of a queue, in days. */
  MAX_RETENTION_DAYS: 14,
} as const;
