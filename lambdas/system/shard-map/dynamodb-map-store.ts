import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { MAP_TABLE_KEY, type ShardMap, type StreamEntry } from '../../../lib/protocol';
import type { MapStore } from './map-store';

/** Expressions need an alias for attribute names that DynamoDB reserves, such as `table`. */
const KEY_ALIAS = { '#key': MAP_TABLE_KEY };

/** The map table in DynamoDB. */
export class DynamoDbMapStore implements MapStore {
  public constructor(
    private readonly client: DynamoDBClient,
    private readonly mapTable: string,
  ) {}

  public async find(table: string): Promise<ShardMap | undefined> {
    const { Item } = await this.client.send(
      new GetItemCommand({ TableName: this.mapTable, Key: keyOf(table), ConsistentRead: true }),
    );
    return Item === undefined ? undefined : (unmarshall(Item) as ShardMap);
  }

  public create(map: ShardMap): Promise<boolean> {
    return this.putIf(map, { ConditionExpression: 'attribute_not_exists(#key)', ExpressionAttributeNames: KEY_ALIAS });
  }

  public replace(map: ShardMap): Promise<boolean> {
    return this.putIf(map, {
      ConditionExpression: '#epoch = :before',
      ExpressionAttributeNames: { '#epoch': 'epoch' },
      ExpressionAttributeValues: marshall({ ':before': map.epoch - 1 }),
    });
  }

  public async setTargets(table: string, targets: ShardMap['targets'] = {}): Promise<void> {
    await this.client.send(
      new UpdateItemCommand({
        TableName: this.mapTable,
        Key: keyOf(table),
        // If there is no map, the update must fail. Otherwise it would create an incomplete map.
        ConditionExpression: 'attribute_exists(#key)',
        UpdateExpression: 'SET #targets = :targets',
        ExpressionAttributeNames: { ...KEY_ALIAS, '#targets': 'targets' },
        ExpressionAttributeValues: marshall({ ':targets': targets }),
      }),
    );
  }

  public async remove(table: string, shards: readonly string[]): Promise<void> {
    await succeeds(
      this.client.send(
        new DeleteItemCommand({
          TableName: this.mapTable,
          Key: keyOf(table),
          ConditionExpression: '#shards = :shards',
          ExpressionAttributeNames: { '#shards': 'shards' },
          ExpressionAttributeValues: marshall({ ':shards': shards }),
        }),
      ),
    );
  }

  public async putEntry(entry: StreamEntry): Promise<void> {
    await this.client.send(new PutItemCommand({ TableName: this.mapTable, Item: marshall(entry) }));
  }

  public async removeEntry(key: string): Promise<void> {
    await this.client.send(new DeleteItemCommand({ TableName: this.mapTable, Key: keyOf(key) }));
  }

  private putIf(map: ShardMap, condition: Partial<PutItemCommand['input']>): Promise<boolean> {
    return succeeds(
      this.client.send(new PutItemCommand({ TableName: this.mapTable, Item: marshall(map), ...condition })),
    );
  }
}

function keyOf(key: string) {
  return marshall({ [MAP_TABLE_KEY]: key });
}

/** @returns whether the condition of a write held */
async function succeeds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
