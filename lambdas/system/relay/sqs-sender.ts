import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';
import { parseEnvelope, xrayHeaderOf } from '../../../lib/protocol';
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
        MessageSystemAttributes: traceOf(sending),
      })),
    });
    const { Failed = [] } = await client.send(command);
    return Failed.map(({ Id, Code, Message }): Refusal => {
      return { sending: sendingOf(sendings, Id), code: Code ?? 'Unknown', message: Message ?? '' };
    });
  };
}

/**
 * The message's own trace. Without it, SQS would give each message of the call the trace of the
 * relay, `Lineage` included. The trace is read from the message's body, so a message that is sent
 * later from the quarantine keeps its trace.
 */
function traceOf({ body }: Sending): SendMessageBatchRequestEntry['MessageSystemAttributes'] {
  try {
    const { trace } = parseEnvelope(body);
    return trace && { AWSTraceHeader: { DataType: 'String', StringValue: xrayHeaderOf(trace) } };
  } catch {
    // A dead letter isn't an envelope.
    return undefined;
  }
}

function sendingOf(sendings: readonly Sending[], id: string | undefined): Sending {
  const sending = sendings[Number(id)];
  if (sending === undefined) throw new Error(`SQS must name a message of the batch, got '${id}'`);
  return sending;
}
