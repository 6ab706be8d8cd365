import type { SQSClient } from '@aws-sdk/client-sqs';
import type { RetryDelay } from './types';

/** Lets a message come back earlier or later than its queue would. */
export interface Visibility {
  /** @param seconds 0-43200 from now */
  change(receiptHandle: string, seconds: number): Promise<void>;
}

/** SQS: twelve hours. */
const MAX_SECONDS = 43_200;

/** Through SQS, message by message: local stand-ins ask for a right to the batch call that AWS doesn't have. */
export function queueVisibility(queueUrl: string, client?: SQSClient): Visibility {
  let loading: Promise<{ readonly sqs: SQSClient; readonly sdk: typeof import('./sdk') }> | undefined;
  return {
    async change(receiptHandle, seconds) {
      loading ??= import('./sdk').then((sdk) => ({ sdk, sqs: client ?? new sdk.SQSClient({}) }));
      const { sdk, sqs } = await loading;
      await sqs.send(
        new sdk.ChangeMessageVisibilityCommand({
          QueueUrl: queueUrl,
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: seconds,
        }),
      );
    },
  };
}

/**
 * Seconds until a message is tried again, after it was received `receiveCount` times: doubling up to a cap, of which a random part, up to
 * half, is taken off, so that what failed together doesn't come back together.
 */
export function retrySeconds(receiveCount: number, delay: RetryDelay, random: () => number): number {
  const { baseSeconds = 5, capSeconds = 900 } = delay;
  const bound = Math.min(capSeconds, MAX_SECONDS, baseSeconds * 2 ** Math.max(0, receiveCount - 1));
  return Math.round(bound * (1 - random() / 2));
}
