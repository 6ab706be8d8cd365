import { Annotations } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { DeploymentProfile } from '../profile';
import { acknowledge } from '../validation';
import { QueueKind } from './queue-kind';
import type { QueueWorker } from './queue-worker';
import type { QueueWorkerPollers, QueueWorkerProps } from './queue-worker-props';
import { warnIfNeverFair } from './queue-worker-warnings';

const DEFAULT_BATCH_SIZE = 10;
/**
 * If a message of a FIFO group fails, the later messages of its group in the batch are returned
 * unprocessed, and each return counts as a receive. With batches of 1, there are no later messages.
 */
const DEFAULT_FIFO_BATCH_SIZE = 1;

/** Lets Lambda invoke a worker's function with the messages of its queue. */
export function makeMapping(
  worker: QueueWorker,
  id: string,
  props: QueueWorkerProps,
  profile: DeploymentProfile,
): void {
  const batchSize = props.batchSize ?? (worker.fifo ? DEFAULT_FIFO_BATCH_SIZE : DEFAULT_BATCH_SIZE);
  const pollers = pollersFor(worker, profile, props.pollers);
  const reserved = worker.function.scaling.reservedConcurrency;
  // Without this limit Lambda reads more batches than the reservation allows. The messages of
  // throttled batches then wait for the visibility timeout.
  const maxConcurrency =
    props.maxConcurrency ??
    (pollers === undefined && reserved !== undefined && reserved >= 2 ? Math.min(reserved, 1000) : undefined);
  if (worker.kind === QueueKind.FAIR && maxConcurrency !== undefined) {
    warnIfNeverFair(worker, maxConcurrency, batchSize);
  }
  const mapping = new EventSourceMapping(worker, id, {
    target: worker.function.alias,
    eventSourceArn: worker.queue.queueArn,
    batchSize,
    maxBatchingWindow: props.maxBatchingWindow,
    maxConcurrency,
    provisionedPollerConfig: pollers && { minimumPollers: pollers.min, maximumPollers: pollers.max },
    reportBatchItemFailures: true,
  });
  acknowledge(mapping, {
    id: 'Serverless-LambdaEventSourceMappingDestination',
    reason:
      'An event source mapping of a queue has no failure destination: the queue’s redrive policy handles failed messages',
  });
}

function pollersFor(
  worker: QueueWorker,
  profile: DeploymentProfile,
  pollers: QueueWorkerPollers | undefined,
): QueueWorkerPollers | undefined {
  if (pollers === undefined || profile.provisionsCapacity) return pollers;
  Annotations.of(worker).addInfoV2(
    'breakwater:pollers-are-shared',
    `the ${profile.profileName} profile provisions no pollers: the worker uses Lambda's shared ones, which cost nothing while idle`,
  );
  return undefined;
}
