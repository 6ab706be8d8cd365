import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { SQS } from '../limits';

/**
 * Warns if a batch of a FIFO queue can have several messages, because a failure affects later
 * messages of its group.
 */
export function warnOfNeighbours(worker: Construct, batchSize: number): void {
  Annotations.of(worker).addWarningV2(
    'breakwater:fifo-batch-shares-failures',
    `batchSize must be 1 to isolate failures of a FIFO queue, got ${batchSize}: when a message fails, the later messages of its group are returned unprocessed and use up a receive. One poison message can move up to ${batchSize - 1} good ones to the dead-letter queue. Leave batchSize out for 1`,
  );
}

/** Warns if a fair queue has too few messages in flight for SQS to recognise a noisy group. */
export function warnIfNeverFair(worker: Construct, maxConcurrency: number, batchSize: number): void {
  const inFlight = maxConcurrency * batchSize;
  if (inFlight >= SQS.MIN_NOISY_GROUP) return;
  Annotations.of(worker).addWarningV2(
    'breakwater:fair-queue-never-fair',
    `maxConcurrency x batchSize must be at least ${SQS.MIN_NOISY_GROUP} for a fair queue, got ${maxConcurrency} x ${batchSize}: SQS sees a group as noisy from that many of its messages in flight. Raise one of them, or use QueueKind.STANDARD`,
  );
}
