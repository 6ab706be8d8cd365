/**
 * Metrics that the tick publishes about the quarantine and the queues. Each has the dimension
 * `Stack`, and again the dimensions `Stack` and `Target`.
 */
export const QUARANTINE_METRICS = {
  namespace: 'Breakwater/Quarantine',
  /** Number of messages that wait for a target. */
  waiting: 'Waiting',
  /** Age of the oldest waiting message, in seconds. */
  oldest: 'OldestWaiting',
  /** Number of messages that are held for a person. */
  held: 'Held',
  /** 1 for each target whose messages have waited for an hour for a deployment of its queue. */
  unknown: 'UnknownTargets',
  /** Number of a worker's queues whose policy isn't the template's. */
  changedPolicies: 'ChangedQueuePolicies',
} as const;
