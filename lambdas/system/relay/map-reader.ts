import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Environment, MAP_TABLE_KEY, type ShardMap, type StreamEntry, streamKey } from '../../../lib/protocol';
import { requiredEnvironment } from '../resource/required-environment';
import { PublishingCache } from './publishing-cache';

/** Reads the targets of each shard from the stack's map table, and from those of other stacks. */
export function publishingOfMaps(client: DynamoDBClient): PublishingCache {
  const ownMapTable = () => requiredEnvironment(Environment.MAP_TABLE);
  async function read<T>(mapTable: string, key: string): Promise<T | undefined> {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: mapTable, Key: { [MAP_TABLE_KEY]: { S: key } }, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : (unmarshall(Item) as T);
  }
  return new PublishingCache(
    {
      readEntry: (shard) => read<StreamEntry>(ownMapTable(), streamKey(shard)),
      readTargets: async ({ owner, mapTable }) => (await read<ShardMap>(mapTable ?? ownMapTable(), owner))?.targets,
    },
    Date.now,
  );
}
