import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  type Put,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { historyKey, historyOf, MAP_TABLE_KEY, type ShardMap, type StreamEntry } from '../../../lib/protocol';
import { inParallel } from '../in-parallel';
import type { MapStore } from './map-store';

/** Expressions need an alias for attribute names that DynamoDB reserves, such as `table`. */
const KEY_ALIAS = { '#key': MAP_TABLE_KEY };
const IF_NEW = { ConditionExpression: 'attribute_not_exists(#key)', ExpressionAttributeNames: KEY_ALIAS };

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
    return this.putIf(map, IF_NEW);
  }

  public replace(map: ShardMap): Promise<boolean> {
    return this.putIf(map, {
      ConditionExpression: '#epoch = :before',
      ExpressionAttributeNames: { '#epoch': 'epoch' },
      ExpressionAttributeValues: marshall({ ':before': map.epoch - 1 }),
    });
  }

  public async keepHistory(map: ShardMap): Promise<void> {
    await succeeds(this.client.send(new PutItemCommand(this.historyPut(map))));
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
    const map = await this.find(table);
    if (map === undefined || String(map.shards) !== String(shards)) return;
    // The history goes first. If this call ends early, its repetition still finds the map.
    const epochs = Array.from({ length: map.epoch }, (_, i) => i + 1);
    await inParallel(epochs, (epoch) => this.removeEntry(historyKey(table, epoch)));
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

  /** Writes a map and its history, both or none. */
  private putIf(map: ShardMap, condition: Partial<Put>): Promise<boolean> {
    return succeeds(
      this.client.send(
        new TransactWriteItemsCommand({
          TransactItems: [
            { Put: { TableName: this.mapTable, Item: marshall(map), ...condition } },
            { Put: this.historyPut(map) },
          ],
        }),
      ),
    );
  }

  /** An epoch has one map only, so the item of an epoch never changes. */
  private historyPut(map: ShardMap) {
    return { TableName: this.mapTable, Item: marshall(historyOf(map)), ...IF_NEW };
  }
}

function keyOf(key: string) {
  return marshall({ [MAP_TABLE_KEY]: key });
}

/** @returns whether the conditions of a write held */
async function succeeds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
    if (reasons.some(({ Code }) => Code === 'ConditionalCheckFailed')) return false;
    throw error;
  }
}
