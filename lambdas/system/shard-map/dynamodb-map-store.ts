import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { MAP_TABLE_KEY, type ShardMap } from '../../../lib/protocol';
import type { MapStore } from './map-store';

/** Names that DynamoDB reserves need an alias in an expression; `table` is one of them. */
const KEY_ALIAS = { '#key': MAP_TABLE_KEY };

/** Maps in the stack's map table. */
export class DynamoDbMapStore implements MapStore {
  public constructor(
    private readonly client: DynamoDBClient,
    private readonly mapTable: string,
  ) {}

  public async find(table: string): Promise<ShardMap | undefined> {
    const { Item } = await this.client.send(
      new GetItemCommand({ TableName: this.mapTable, Key: marshall({ [MAP_TABLE_KEY]: table }), ConsistentRead: true }),
    );
    return Item === undefined ? undefined : (unmarshall(Item) as ShardMap);
  }

  public create(map: ShardMap): Promise<boolean> {
    return this.put(map, { ConditionExpression: 'attribute_not_exists(#key)', ExpressionAttributeNames: KEY_ALIAS });
  }

  public replace(map: ShardMap): Promise<boolean> {
    return this.put(map, {
      ConditionExpression: '#epoch = :before',
      ExpressionAttributeNames: { '#epoch': 'epoch' },
      ExpressionAttributeValues: marshall({ ':before': map.epoch - 1 }),
    });
  }

  public async remove(table: string): Promise<void> {
    await this.client.send(
      new DeleteItemCommand({ TableName: this.mapTable, Key: marshall({ [MAP_TABLE_KEY]: table }) }),
    );
  }

  private async put(map: ShardMap, condition: Partial<PutItemCommand['input']>): Promise<boolean> {
    try {
      await this.client.send(new PutItemCommand({ TableName: this.mapTable, Item: marshall(map), ...condition }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}
