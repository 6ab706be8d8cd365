import { SendMessageBatchCommand, SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import type { Sending } from './address';
import type { DeliveryDependencies, Refusal } from './delivery';

/**
 * The SDK doesn't retry, because the relay does. Timeouts are short, so that a call without an
 * answer doesn't use up the time of other queues.
 */
const CLIENT: SQSClientConfig = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
};

/** Sends batches with the SDK. */
export function sqsSender(client: SQSClient = new SQSClient(CLIENT)): DeliveryDependencies['send'] {
  return async (url, sendings) => {
    const command = new SendMessageBatchCommand({
      QueueUrl: url,
      // The ID of a message within the call is its position.
      Entries: sendings.map((sending, position) => ({
        Id: String(position),
        MessageBody: sending.body,
        MessageGroupId: sending.group,
        MessageDeduplicationId: sending.deduplication,
      })),
    });
    const { Failed = [] } = await client.send(command);
    return Failed.map(({ Id, Code, Message }): Refusal => {
      return { sending: sendingOf(sendings, Id), code: Code ?? 'Unknown', message: Message ?? '' };
    });
  };
}

function sendingOf(sendings: readonly Sending[], id: string | undefined): Sending {
  const sending = sendings[Number(id)];
  if (sending === undefined) throw new Error(`SQS must name a message of the batch, got '${id}'`);
  return sending;
}
