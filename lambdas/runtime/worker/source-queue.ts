import type { SQSClient } from '@aws-sdk/client-sqs';
import { clientSettings, timeoutMs } from '../client-settings';
import { lazily } from '../lazily';

/** The queue that a worker takes messages from. */
export interface SourceQueue {
  /**
   * Changes when SQS redelivers a message.
   * @param seconds 0-43200 from now
   * @param signal aborted when the invocation no longer waits for the call
   */
  changeVisibility(receiptHandle: string, seconds: number, signal?: AbortSignal): Promise<void>;
  /** Deletes a message that is done, so that SQS doesn't redeliver it if this process dies. */
  delete(receiptHandle: string, signal?: AbortSignal): Promise<void>;
  /** Loads the SDK for the first call. */
  preload?(): Promise<unknown>;
}

/**
 * Settings with short timeouts, because most calls are made at the end of a batch. If one fails,
 * the queue's visibility timeout applies.
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
 * Calls SQS once for each message. For the batch calls, local emulators require permissions that
 * don't exist on AWS.
 */
export function sourceQueue(queueUrl: string, client?: SQSClient): SourceQueue {
  const load = lazily(async () => {
    const sdk = await import('./sdk');
    return { sdk, sqs: client ?? new sdk.SQSClient({ ...clientSettings(), ...clientOptions() }) };
  });
  return {
    preload: load,
    async changeVisibility(receiptHandle, seconds, signal) {
      const { sdk, sqs } = await load();
      const command = new sdk.ChangeMessageVisibilityCommand({
        QueueUrl: queueUrl,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      });
      await sqs.send(command, { abortSignal: signal });
    },
    async delete(receiptHandle, signal) {
      const { sdk, sqs } = await load();
      await sqs.send(new sdk.DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receiptHandle }), {
        abortSignal: signal,
      });
    },
  };
}
