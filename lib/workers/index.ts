export type { IQueueWorker } from './i-queue-worker';
export { QueueKind } from './queue-kind';
export { QueueWorker } from './queue-worker';
export type { QueueWorkerPollers, QueueWorkerProps } from './queue-worker-props';
export {
  type BucketSourceOptions,
  type EventPatternSourceOptions,
  type TopicSourceOptions,
  WorkerSource,
} from './worker-source';
