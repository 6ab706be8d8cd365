/** Order in which a queue delivers its messages. */
export enum QueueKind {
  /** Roughly in order of arrival, each message at least once, with any throughput. */
  STANDARD = 'standard',
  /**
   * In order within a message group. A message that is sent twice within 5 minutes is delivered
   * once.
   */
  FIFO = 'fifo',
  /**
   * Like `STANDARD`, but a message group that floods the queue delays itself and not the others.
   * Needs 30 messages in flight.
   */
  FAIR = 'fair',
}
