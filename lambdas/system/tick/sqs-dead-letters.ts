import { DeleteMessageCommand, GetQueueUrlCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { REDRIVE_ATTRIBUTE } from '../../../lib/protocol';
import type { DeadLetter, DeadLetterQueue } from './adopt';

/**
 * Seconds for which a received message is hidden. A message that is too long for the quarantine
 * stays in the queue. Runs begin every minute, so the message is visible to a person for half of
 * each minute.
 */
const HIDDEN_SECONDS = 30;

/** A dead-letter queue in SQS. @param name its name */
export function sqsDeadLetters(client: SQSClient, name: string): DeadLetterQueue {
  let url: string | undefined;
  async function urlOf(): Promise<string | undefined> {
    url ??= (await client.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl;
    return url;
  }
  return {
    name,
    async receive() {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: await urlOf(),
          MaxNumberOfMessages: 10,
          VisibilityTimeout: HIDDEN_SECONDS,
          MessageSystemAttributeNames: ['SentTimestamp', 'ApproximateReceiveCount', 'MessageGroupId', 'SequenceNumber'],
          MessageAttributeNames: [REDRIVE_ATTRIBUTE],
        }),
      );
      return Messages.map(({ MessageId, ReceiptHandle, Body = '', Attributes = {}, MessageAttributes }): DeadLetter => {
        const { SentTimestamp, ApproximateReceiveCount, MessageGroupId, SequenceNumber } = Attributes;
        const trial = MessageAttributes?.[REDRIVE_ATTRIBUTE]?.StringValue;
        return {
          messageId: MessageId!,
          receipt: ReceiptHandle!,
          body: Body,
          sentAt: Number(SentTimestamp ?? 0),
          receives: Number(ApproximateReceiveCount ?? 0),
          ...(MessageGroupId === undefined ? {} : { group: MessageGroupId }),
          ...(SequenceNumber === undefined ? {} : { sequence: SequenceNumber }),
          ...(trial === undefined ? {} : { trial }),
        };
      });
    },
    async remove({ receipt }) {
      await client.send(new DeleteMessageCommand({ QueueUrl: await urlOf(), ReceiptHandle: receipt }));
    },
  };
}
