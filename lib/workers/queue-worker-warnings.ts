import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { SQS } from '../limits';

/** Warns if a fair queue has too few messages in flight for SQS to recognise a noisy group. */
export function warnIfNeverFair(worker: Construct, maxConcurrency: number, batchSize: number): void {
  const inFlight = maxConcurrency * batchSize;
  if (inFlight >= SQS.MIN_NOISY_GROUP) return;
  Annotations.of(worker).addWarningV2(
    'breakwater:fair-queue-never-fair',
    `maxConcurrency x batchSize must be at least ${SQS.MIN_NOISY_GROUP} for a fair queue, got ${maxConcurrency} x ${batchSize}: SQS sees a group as noisy from that many of its messages in flight. Raise one of them, or use QueueKind.STANDARD`,
  );
}
