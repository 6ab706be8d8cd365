import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { Environment, MAP_TABLE_KEY, type ShardMap, type StreamEntry, streamKey } from '../../lib/protocol';
import { PublishingCache } from './relay/publishing-cache';
import { relay } from './relay/relay';
import { sqsSender } from './relay/sqs-sender';
import { requiredEnvironment } from './resource/required-environment';

const dynamodb = new DynamoDBClient({
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
});
const send = sqsSender();
const publishing = new PublishingCache(
  {
    readEntry: (shard) => read<StreamEntry>(ownMapTable(), streamKey(shard)),
    readTargets: async ({ owner, mapTable }) => (await read<ShardMap>(mapTable ?? ownMapTable(), owner))?.targets,
  },
  Date.now,
);
/** URLs of failing queues. They are remembered while the execution environment lives. */
const broken = new Set<string>();

async function read<T>(mapTable: string, key: string): Promise<T | undefined> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: mapTable, Key: { [MAP_TABLE_KEY]: { S: key } }, ConsistentRead: true }),
  );
  return Item === undefined ? undefined : (unmarshall(Item) as T);
}

function ownMapTable(): string {
  return requiredEnvironment(Environment.MAP_TABLE);
}

/** Sends the outbox messages of the stack's sharded tables. */
export const handler = (event: DynamoDBStreamEvent, context: { getRemainingTimeInMillis(): number }): Promise<void> =>
  relay(event, {
    entryOf: (shard, names) => publishing.entryOf(shard, names),
    deadLetterQueue: requiredEnvironment(Environment.RELAY_DEAD_LETTERS),
    send,
    remainingMs: () => context.getRemainingTimeInMillis(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random: Math.random,
    broken,
    log: (line) => console.log(JSON.stringify(line)),
  });
