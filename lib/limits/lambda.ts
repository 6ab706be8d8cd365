/**
 * Limits and rates of AWS Lambda, read November 2026 in stored copies of its Developer Guide:
 * "Lambda quotas", "Lambda scaling behavior", "Understanding Lambda function scaling", "Configuring
 * Lambda function memory" and "Configuring provisioned concurrency for a function".
 */
export const LAMBDA = {
  /** Memory of a function, in MB. */
  MIN_MEMORY_MB: 128,
  MAX_MEMORY_MB: 10_240,
  /** Time limit of a function. */
  MAX_TIMEOUT_SECONDS: 900,
  /** Size of all environment variables of a function together. */
  MAX_ENVIRONMENT_BYTES: 4_096,
  /**
   * Memory at which a function has the equivalent of one vCPU; its share grows in proportion to
   * memory.
   */
  ONE_VCPU_MEMORY_MB: 1_769,
  /** Answer of a call, in bytes (quota "Invocation payload", synchronous: 6 MB). */
  MAX_RESPONSE_BYTES: 6 * 1024 * 1024,
  /** Concurrent executions of an account in a Region, unless raised. */
  MAX_ACCOUNT_CONCURRENCY: 1_000,
  /**
   * Concurrency of a new account until AWS raises it. AWS says only that it is reduced; new
   * accounts report 10.
   */
  MAX_NEW_ACCOUNT_CONCURRENCY: 10,
  /** Execution environments that one function may gain on demand within `SCALING_RATE_SECONDS`. */
  MAX_SCALING_RATE: 1_000,
  SCALING_RATE_SECONDS: 10,
  /**
   * Provisioned environments that one function may gain in a minute; reported by others, not found
   * in the guide.
   */
  MAX_PROVISIONING_RATE_MINUTE: 6_000,
  /**
   * Requests a second that one execution environment counts for: quotas of requests are this times
   * those of concurrency.
   */
  MAX_REQUESTS_SECOND_PER_ENVIRONMENT: 10,
  /**
   * Messages of a batch from a queue: with and without a batching window ("Using Lambda with Amazon
   * SQS").
   */
  MAX_QUEUE_BATCH: 10_000,
  MAX_QUEUE_BATCH_WITHOUT_WINDOW: 10,
  MAX_BATCHING_WINDOW_SECONDS: 300,
  /** Concurrent batches that a mapping of a queue may be limited to. */
  MIN_QUEUE_CONCURRENCY: 2,
  MAX_QUEUE_CONCURRENCY: 1_000,
  /**
   * Provisioned event pollers of a mapping of a queue: smallest and largest minimum, largest
   * maximum.
   */
  MIN_POLLERS: 2,
  MAX_MIN_POLLERS: 200,
  MAX_POLLERS: 2_000,
} as const;
