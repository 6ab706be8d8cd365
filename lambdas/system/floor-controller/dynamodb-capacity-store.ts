import { deflateRawSync, inflateRawSync } from 'node:zlib';
import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { MINUTES_PER_DAY, MS_PER_MINUTE } from '../../../forecast/minutes';
import { CAPACITY_TABLE_KEY } from '../../../lib/protocol';
import { isConditionMet } from '../aws-errors';
import type { AwsClients } from './aws-clients';
import type { CapacityStore, StoredDay, TickRecord, VersionedState } from './capacity-store';

type Item = Record<string, AttributeValue>;
type Condition = Pick<
  PutItemCommandInput,
  'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
>;

/**
 * Sort keys of a target's items: one record, one state, and one item for each day of each series.
 */
const RECORD = 'record';
const STATE = 'state';
const DAY = 'day#';

const IS_ABSENT: Condition = {
  ConditionExpression: 'attribute_not_exists(#target)',
  ExpressionAttributeNames: { '#target': CAPACITY_TABLE_KEY.partition },
};

/**
 * The stack's capacity table.
 *
 * A target needs about one write unit a minute for its record, 44,000 a month. While the target's
 * forecast acts, one more unit every five minutes is needed, 9,000 a month. Each series needs 96
 * writes of 1 to 2 KB a day, up to 6,000 units a month. At $0.625 for a million units, the sum is 4
 * cents a month.
 */
export class DynamoDbCapacityStore implements CapacityStore {
  public constructor(
    private readonly client: AwsClients['dynamoDb'],
    private readonly abortSignal: AbortSignal,
    private readonly table: string,
  ) {}

  public async record(target: string): Promise<TickRecord | undefined> {
    const item = await this.get(target, RECORD);
    if (item === undefined) return undefined;
    const { minute, run, fallBackAt, stateVersion, pausedSince } = item as unknown as TickRecord;
    return { minute, run, fallBackAt, stateVersion, ...(pausedSince === undefined ? {} : { pausedSince }) };
  }

  public replaceRecord(target: string, record: TickRecord, before: TickRecord): Promise<boolean> {
    return this.put(target, RECORD, record, {
      ConditionExpression: '#minute = :minute AND #run = :run',
      ExpressionAttributeNames: { '#minute': 'minute', '#run': 'run' },
      ExpressionAttributeValues: marshall({ ':minute': before.minute, ':run': before.run }),
    });
  }

  public async createRecord(target: string): Promise<void> {
    await this.put(target, RECORD, { minute: 0, run: 'created', fallBackAt: 0, stateVersion: 0 }, IS_ABSENT);
  }

  public async state(target: string): Promise<VersionedState | undefined> {
    const item = await this.get(target, STATE);
    if (item === undefined) return undefined;
    return { version: Number(item['version']), text: inflateRawSync(item['packed'] as Uint8Array).toString() };
  }

  public replaceState(target: string, { version, text }: VersionedState): Promise<boolean> {
    const isNext: Condition = {
      ConditionExpression: '#version = :before',
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: marshall({ ':before': version - 1 }),
    };
    return this.put(target, STATE, { version, packed: deflateRawSync(text) }, version === 1 ? IS_ABSENT : isNext);
  }

  public async days(target: string): Promise<StoredDay[]> {
    return (await this.query(target, DAY)).map((item) => {
      const part = String(item[CAPACITY_TABLE_KEY.sort]);
      const hash = part.lastIndexOf('#');
      return {
        series: part.slice(DAY.length, hash),
        day: Date.parse(`${part.slice(hash + 1)}T00:00:00Z`) / MS_PER_MINUTE / MINUTES_PER_DAY,
        until: Number(item['until']),
        packed: item['packed'] as Uint8Array,
      };
    });
  }

  public async putDay(target: string, { series, day, until, packed }: StoredDay): Promise<void> {
    await this.put(target, dayPart(series, day), { until, packed }, {});
  }

  public async removeDay(target: string, { series, day }: Pick<StoredDay, 'series' | 'day'>): Promise<void> {
    await this.remove(target, dayPart(series, day));
  }

  public async removeAll(target: string): Promise<void> {
    await this.remove(target, RECORD);
    for (const item of await this.query(target)) await this.remove(target, String(item[CAPACITY_TABLE_KEY.sort]));
  }

  private async get(target: string, part: string): Promise<Record<string, unknown> | undefined> {
    const command = new GetItemCommand({ TableName: this.table, Key: keyOf(target, part), ConsistentRead: true });
    const { Item } = await this.client.send(command, { abortSignal: this.abortSignal });
    return Item && unmarshall(Item);
  }

  private async query(target: string, prefix?: string): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    let start: Item | undefined;
    do {
      const command = new QueryCommand({
        TableName: this.table,
        KeyConditionExpression: prefix === undefined ? '#target = :t' : '#target = :t AND begins_with(#part, :p)',
        ExpressionAttributeNames: {
          '#target': CAPACITY_TABLE_KEY.partition,
          ...(prefix === undefined ? {} : { '#part': CAPACITY_TABLE_KEY.sort }),
        },
        ExpressionAttributeValues: marshall({ ':t': target, ...(prefix === undefined ? {} : { ':p': prefix }) }),
        // Without a consistent read, a day that was just stored could be missing. The run would
        // then request the day from CloudWatch again.
        ConsistentRead: true,
        ExclusiveStartKey: start,
      });
      const page = await this.client.send(command, { abortSignal: this.abortSignal });
      items.push(...(page.Items ?? []).map((item) => unmarshall(item)));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    return items;
  }

  /** @returns false if the condition doesn't hold */
  private async put(target: string, part: string, values: object, condition: Condition): Promise<boolean> {
    const Item = { ...marshall(values, { removeUndefinedValues: true }), ...keyOf(target, part) };
    const command = new PutItemCommand({ TableName: this.table, Item, ...condition });
    return isConditionMet(() => this.client.send(command, { abortSignal: this.abortSignal }));
  }

  private async remove(target: string, part: string): Promise<void> {
    const command = new DeleteItemCommand({ TableName: this.table, Key: keyOf(target, part) });
    await this.client.send(command, { abortSignal: this.abortSignal });
  }
}

function keyOf(target: string, part: string): Item {
  return marshall({ [CAPACITY_TABLE_KEY.partition]: target, [CAPACITY_TABLE_KEY.sort]: part });
}

function dayPart(series: string, day: number): string {
  return `${DAY}${series}#${new Date(day * MINUTES_PER_DAY * MS_PER_MINUTE).toISOString().slice(0, 10)}`;
}
