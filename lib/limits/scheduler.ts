/**
 * Limits of EventBridge Scheduler, read in November 2026. Lambda's limit applies to the event of an
 * asynchronous invocation: 256 KB when Scheduler was published, 1 MB since October 2025. The lower
 * limit is used.
 */
export const SCHEDULER = {
  /** Bytes of the event that a schedule sends. */
  MAX_INPUT_BYTES: 256 * 1024,
} as const;
