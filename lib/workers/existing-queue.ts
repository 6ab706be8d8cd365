import { Annotations } from 'aws-cdk-lib';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { requireSameEnvironment } from '../stacks';
import { invalid } from '../validation';
import { QueueKind } from './queue-kind';
import type { QueueWorkerProps } from './queue-worker-props';

/** Settings that an existing queue has already. */
const SETTINGS = ['visibilityTimeout', 'encryptionKey'] as const;

/**
 * The queue and the dead-letter queue of a worker that takes an existing queue. Warns that the
 * queue's policy and settings aren't the library's.
 * @throws BreakwaterError if no dead-letter queue is known, a prop contradicts the queue, or a
 * queue is of another account or Region
 */
export function existingQueue(
  worker: Construct,
  queue: IQueue,
  props: QueueWorkerProps,
  timeoutSeconds: number,
): { readonly queue: IQueue; readonly deadLetterQueue: IQueue; readonly kind: QueueKind } {
  requireSameEnvironment(worker, 'queue', queue, queue.queueArn);
  const setting = SETTINGS.find((name) => props[name] !== undefined);
  if (setting !== undefined) {
    throw invalid(worker, setting, `must be left out if queue is set, because it is a setting of the queue itself`);
  }
  const kind = props.kind ?? (queue.fifo ? QueueKind.FIFO : QueueKind.STANDARD);
  if ((kind === QueueKind.FIFO) !== queue.fifo) {
    throw invalid(worker, 'kind', `must fit the queue, got '${kind}' for one that is${queue.fifo ? '' : "n't"} FIFO`);
  }
  const deadLetterQueue = props.deadLetterQueue ?? (queue as Partial<Queue>).deadLetterQueue?.queue;
  if (deadLetterQueue === undefined) {
    throw invalid(
      worker,
      'deadLetterQueue',
      'must be given if queue is set and its dead-letter queue is not known at synth, got nothing: without one, SQS redelivers a poison message until it expires',
    );
  }
  requireSameEnvironment(worker, 'deadLetterQueue', deadLetterQueue, deadLetterQueue.queueArn);
  Annotations.of(worker).addWarningV2(
    'breakwater:queue-is-not-ours',
    `the queue keeps its own policy and settings, so everybody whom IAM or the queue's policy allows can send to it. Its visibility timeout must be at least ${timeoutSeconds} s, better 6 times that. Its maximum of receives should be 1000, and its retention 14 days, because SQS may otherwise give a message up before the worker does`,
  );
  return { queue, deadLetterQueue, kind };
}
