/** Order in which a queue delivers its messages. */
export enum QueueKind {
  /** Roughly in order of arrival, each message at least once, with unlimited throughput. */
  STANDARD = 'standard',
  /**
   * In order within a message group. If a message is sent twice within 5 minutes, it is delivered
   * once.
   */
  FIFO = 'fifo',
  /**
   * Like `STANDARD`, but a message group with many messages delays only itself. This takes effect
   * from 30 messages in flight on.
   */
  FAIR = 'fair',
}
