/** In which order a queue hands out its messages. */
export enum QueueKind {
  /** In roughly the order of arrival, each at least once; any throughput. */
  STANDARD = 'standard',
  /** In order within a message group, and a message sent twice within five minutes counts once. */
  FIFO = 'fifo',
  /** As standard, but a message group that floods the queue delays itself and not the others. Takes effect from 30 messages in flight. */
  FAIR = 'fair',
}
