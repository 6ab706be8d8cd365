import type { SQSClient } from '@aws-sdk/client-sqs';
import { backoffMs } from '../../../lib/protocol';
import { clientSettings } from '../client-settings';
import { lazily } from '../lazily';
import type { RetryDelay } from './types';

/** Lets a message come back earlier or later than its queue would. */
export interface Visibility {
  /**
   * @param seconds 0-43200 from now
   * @param signal aborted when nobody waits for it any more
   */
  change(receiptHandle: string, seconds: number, signal?: AbortSignal): Promise<void>;
  /** Loads what the first change needs. */
  preload?(): Promise<unknown>;
}

/** SQS: twelve hours. */
const MAX_SECONDS = 43_200;

/** Short: it is called in the last moments of a batch, and if it fails, the queue's visibility timeout decides. */
const CLIENT = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true },
};

/** Through SQS, message by message: local stand-ins ask for a right to the batch call that AWS doesn't have. */
export function queueVisibility(queueUrl: string, client?: SQSClient): Visibility {
  const load = lazily(async () => {
    const sdk = await import('./sdk');
    return { sdk, sqs: client ?? new sdk.SQSClient({ ...clientSettings(), ...CLIENT }) };
  });
  return {
    preload: load,
    async change(receiptHandle, seconds, signal) {
      const { sdk, sqs } = await load();
      const command = new sdk.ChangeMessageVisibilityCommand({
        QueueUrl: queueUrl,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      });
      await sqs.send(command, { abortSignal: signal });
    },
  };
}

/** Seconds until a message is redelivered that was received `receiveCount` times: full jitter below a bound that doubles. */
export function retrySeconds(receiveCount: number, delay: RetryDelay, random: () => number): number {
  const { baseSeconds = 5, capSeconds = 900 } = delay;
  const bounds = { baseMs: baseSeconds * 1_000, capMs: Math.min(capSeconds, MAX_SECONDS) * 1_000 };
  return Math.round(backoffMs(receiveCount, bounds, random) / 1_000);
}
