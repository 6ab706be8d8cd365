import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBStreamHandler } from 'aws-lambda';
import { Environment } from '../../lib/protocol';
import type { Refusal } from './relay/delivery';
import type { Sending } from './relay/read-outboxes';
import { relay } from './relay/relay';
import { parseTopics } from './relay/topics';
import { requiredEnvironment } from './resource/required-environment';

/** The relay itself tries again; a call that hangs mustn't take the time of the others. */
const client = new SQSClient({
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
});

/** Lives as long as the execution environment. */
const broken = new Set<string>();

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
export const handler: DynamoDBStreamHandler = (event, context) =>
  relay(event, {
    topics: parseTopics(requiredEnvironment(Environment.TOPICS)),
    deadLetters: requiredEnvironment(Environment.RELAY_DEAD_LETTERS),
    send,
    remainingMs: () => context.getRemainingTimeInMillis(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random: Math.random,
    broken,
    log: (line) => console.log(JSON.stringify(line)),
  });
