import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBStreamHandler } from 'aws-lambda';
import { Environment } from '../../lib/protocol';
import type { Sending } from './relay/read-outboxes';
import { type Refusal, relay } from './relay/relay';
import { parseTopics } from './relay/topics';
import { requiredEnvironment } from './resource/required-environment';

const client = new SQSClient();

async function send(url: string, sendings: readonly Sending[]): Promise<Refusal[]> {
  const { Failed = [] } = await client.send(
    new SendMessageBatchCommand({
      QueueUrl: url,
      Entries: sendings.map((sending, index) => ({
        Id: String(index),
        MessageBody: sending.body,
        MessageGroupId: sending.group,
        MessageDeduplicationId: sending.deduplication,
      })),
    }),
  );
  return Failed.map(({ Id, Code, Message }) => ({
    sending: sendings[Number(Id)]!,
    code: Code ?? 'Unknown',
    message: Message ?? '',
  }));
}

/** Sends what stands in the outboxes of items written to the stack's sharded tables. */
export const handler: DynamoDBStreamHandler = (event) =>
  relay(event, {
    topics: parseTopics(requiredEnvironment(Environment.TOPICS)),
    deadLetters: requiredEnvironment(Environment.RELAY_DEAD_LETTERS),
    send,
    log: (line) => console.log(JSON.stringify(line)),
  });
