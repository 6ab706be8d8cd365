export { QueueKind } from './queue-kind';
export { QueueWorker, type QueueWorkerPollers, type QueueWorkerProps } from './queue-worker';
