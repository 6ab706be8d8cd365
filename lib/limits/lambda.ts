/**
 * Limits and rates of AWS Lambda, read in November 2026 in copies of its Developer Guide: "Lambda
 * quotas", "Lambda scaling behavior", "Understanding Lambda function scaling", "Configuring Lambda
 * function memory" and "Configuring provisioned concurrency for a function".
 */
export const LAMBDA = {
  /** Memory of a function, in MB. */
  MIN_MEMORY_MB: 128,
  MAX_MEMORY_MB: 10_240,
  /** Maximum timeout of a function. */
  MAX_TIMEOUT_SECONDS: 900,
  /** Bytes of all environment variables of a function together. */
  MAX_ENVIRONMENT_BYTES: 4_096,
  /** Memory with which a function has one vCPU. CPU is proportional to memory. */
  ONE_VCPU_MEMORY_MB: 1_769,
  /** Bytes of an invocation's response (quota "Invocation payload", synchronous: 6 MB). */
  MAX_RESPONSE_BYTES: 6 * 1024 * 1024,
  /** Concurrent executions of an account in a Region, unless the quota was raised. */
  MAX_ACCOUNT_CONCURRENCY: 1_000,
  /**
   * Concurrency quota of a new account until AWS raises it. AWS documents only that it is below the
   * default. Users of new accounts report 10.
   */
  MAX_NEW_ACCOUNT_CONCURRENCY: 10,
  /**
   * Execution environments that Lambda may add to one function on demand within
   * `SCALING_RATE_SECONDS`.
   */
  MAX_SCALING_RATE: 1_000,
  SCALING_RATE_SECONDS: 10,
  /**
   * Provisioned environments that Lambda may add to one function in a minute. The guide doesn't
   * state this number. Users report it.
   */
  MAX_PROVISIONING_RATE_MINUTE: 6_000,
  /**
   * Requests per second for each execution environment. The request quota of a function is this
   * number times its concurrency.
   */
  MAX_REQUESTS_SECOND_PER_ENVIRONMENT: 10,
  /**
   * Messages in a batch from a queue, with and without a batching window ("Using Lambda with Amazon
   * SQS").
   */
  MAX_QUEUE_BATCH: 10_000,
  MAX_QUEUE_BATCH_WITHOUT_WINDOW: 10,
  MAX_BATCHING_WINDOW_SECONDS: 300,
  /** Bounds of the maximum concurrency of an event source mapping of a queue. */
  MIN_QUEUE_CONCURRENCY: 2,
  MAX_QUEUE_CONCURRENCY: 1_000,
  /**
   * Provisioned event pollers of an event source mapping of a queue. `MIN_POLLERS` and
   * `MAX_MIN_POLLERS` are the bounds of their minimum number. `MAX_POLLERS` is the largest maximum.
   */
  MIN_POLLERS: 2,
  MAX_MIN_POLLERS: 200,
  MAX_POLLERS: 2_000,
} as const;
