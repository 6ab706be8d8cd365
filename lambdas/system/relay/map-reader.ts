import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Environment, MAP_TABLE_KEY, type ShardMap, type StreamEntry, streamKey } from '../../../lib/protocol';
import { PublishingCache } from './publishing-cache';

/**
 * Reads the targets of each shard from the stack's map table, and from the map tables of other
 * stacks. If the stack has no map table any more, because its last table with an outbox was
 * removed, no shard has an entry.
 */
export function publishingOfMaps(client: DynamoDBClient): PublishingCache {
  const ownMapTable = () => process.env[Environment.MAP_TABLE];
  async function read<T>(mapTable: string | undefined, key: string): Promise<T | undefined> {
    if (mapTable === undefined) return undefined;
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
