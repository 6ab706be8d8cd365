import type { SQSClient } from '@aws-sdk/client-sqs';
import { SQS } from '../../../lib/limits';
import { backoffMs } from '../../../lib/protocol';
import { clientSettings, timeoutMs } from '../client-settings';
import { lazily } from '../lazily';
import type { RetryDelay } from './types';

/** Changes when SQS redelivers a message. */
export interface Visibility {
  /**
   * @param seconds 0-43200 from now
   * @param signal aborted when the invocation no longer waits for the call
   */
  change(receiptHandle: string, seconds: number, signal?: AbortSignal): Promise<void>;
  /** Loads the SDK for the first change. */
  preload?(): Promise<unknown>;
}

/**
 * Settings with short timeouts, because the call is made at the end of a batch. If it fails, the
 * queue's visibility timeout applies.
 */
const clientOptions = () => ({
  maxAttempts: 2,
  requestHandler: {
    connectionTimeout: timeoutMs(500),
    requestTimeout: timeoutMs(1_000),
    throwOnRequestTimeout: true,
  },
});

/**
 * Calls SQS once for each message. For the batch call, local emulators require a permission that
 * doesn't exist on AWS.
 */
export function queueVisibility(queueUrl: string, client?: SQSClient): Visibility {
  const load = lazily(async () => {
    const sdk = await import('./sdk');
    return { sdk, sqs: client ?? new sdk.SQSClient({ ...clientSettings(), ...clientOptions() }) };
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

/**
 * Seconds until redelivery of a message that was received `receiveCount` times. It is full jitter
 * below a bound that doubles with each receive.
 */
export function retrySeconds(receiveCount: number, delay: RetryDelay, random: () => number): number {
  const { baseSeconds = 5, capSeconds = 900 } = delay;
  const bounds = { baseMs: baseSeconds * 1_000, capMs: Math.min(capSeconds, SQS.MAX_VISIBILITY_SECONDS) * 1_000 };
  return Math.round(backoffMs(receiveCount, bounds, random) / 1_000);
}
