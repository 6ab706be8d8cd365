import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { MINUTES_PER_DAY, MS_PER_MINUTE } from '../../../../forecast/minutes';
import { CAPACITY_TABLE_KEY } from '../../../../lib/protocol';
import type { CapacityStore, StoredDay, TickRecord, VersionedState } from '../capacity-store';
import { type AwsApi, DYNAMODB } from './aws-api';
import { isAwsError } from './aws-error';

type Attribute = { readonly S?: string; readonly N?: string; readonly B?: string };
type Item = Readonly<Record<string, Attribute>>;

/** Parts of a target: one record, one state, and a part for each day of each series. */
const RECORD = 'record';
const STATE = 'state';
const DAY = 'day#';

/**
 * The stack's capacity table.
 *
 * A target costs about one write unit a minute for its record, 44,000 a month; one more every five minutes while it acts, 9,000; and for each
 * series 96 writes a day of 1 to 2 KB, up to 6,000. At 0.625 USD a million that is 4 cents a month.
 */
export class DynamoDbCapacityStore implements CapacityStore {
  public constructor(
    private readonly api: AwsApi,
    private readonly table: string,
  ) {}

  public async record(target: string): Promise<TickRecord | undefined> {
    const item = await this.get(target, RECORD);
    if (item === undefined) return undefined;
    return {
      minute: Number(item['minute']!.N),
      run: item['run']!.S!,
      fallBackAt: Number(item['fallBackAt']!.N),
      stateVersion: Number(item['stateVersion']!.N),
    };
  }

  public replaceRecord(target: string, record: TickRecord, before: TickRecord): Promise<boolean> {
    return this.put(recordItem(target, record), {
      ConditionExpression: '#minute = :minute AND #run = :run',
      ExpressionAttributeNames: { '#minute': 'minute', '#run': 'run' },
      ExpressionAttributeValues: { ':minute': number(before.minute), ':run': { S: before.run } },
    });
  }

  public async createRecord(target: string): Promise<void> {
    await this.put(recordItem(target, { minute: 0, run: 'created', fallBackAt: 0, stateVersion: 0 }), {
      ConditionExpression: 'attribute_not_exists(#target)',
      ExpressionAttributeNames: { '#target': CAPACITY_TABLE_KEY.partition },
    });
  }

  public async state(target: string): Promise<VersionedState | undefined> {
    const item = await this.get(target, STATE);
    if (item === undefined) return undefined;
    const text = inflateRawSync(Buffer.from(item['packed']!.B!, 'base64')).toString();
    return { version: Number(item['version']!.N), text };
  }

  public replaceState(target: string, { version, text }: VersionedState): Promise<boolean> {
    const packed = deflateRawSync(text).toString('base64');
    const item = { ...key(target, STATE), version: number(version), packed: { B: packed } };
    return this.put(
      item,
      version === 1
        ? {
            ConditionExpression: 'attribute_not_exists(#target)',
            ExpressionAttributeNames: { '#target': CAPACITY_TABLE_KEY.partition },
          }
        : {
            ConditionExpression: '#version = :before',
            ExpressionAttributeNames: { '#version': 'version' },
            ExpressionAttributeValues: { ':before': number(version - 1) },
          },
    );
  }

  public async days(target: string): Promise<StoredDay[]> {
    return (await this.query(target, DAY)).map((item) => {
      const part = item[CAPACITY_TABLE_KEY.sort]!.S!;
      const hash = part.lastIndexOf('#');
      return {
        series: part.slice(DAY.length, hash),
        day: Date.parse(`${part.slice(hash + 1)}T00:00:00Z`) / MS_PER_MINUTE / MINUTES_PER_DAY,
        until: Number(item['until']!.N),
        packed: Buffer.from(item['packed']!.B!, 'base64'),
      };
    });
  }

  public async putDay(target: string, { series, day, until, packed }: StoredDay): Promise<void> {
    await this.put({
      ...key(target, dayPart(series, day)),
      until: number(until),
      packed: { B: Buffer.from(packed).toString('base64') },
    });
  }

  public async removeDay(target: string, { series, day }: Pick<StoredDay, 'series' | 'day'>): Promise<void> {
    await this.remove(target, dayPart(series, day));
  }

  public async removeAll(target: string): Promise<void> {
    await this.remove(target, RECORD);
    for (const item of await this.query(target)) await this.remove(target, item[CAPACITY_TABLE_KEY.sort]!.S!);
  }

  private async get(target: string, part: string): Promise<Item | undefined> {
    const { Item } = await this.call<{ Item?: Item }>('GetItem', { Key: key(target, part), ConsistentRead: true });
    return Item;
  }

  private async query(target: string, prefix?: string): Promise<Item[]> {
    const items: Item[] = [];
    let start: Item | undefined;
    do {
      const page = await this.call<{ Items?: Item[]; LastEvaluatedKey?: Item }>('Query', {
        KeyConditionExpression: prefix === undefined ? '#target = :t' : '#target = :t AND begins_with(#part, :p)',
        ExpressionAttributeNames: {
          '#target': CAPACITY_TABLE_KEY.partition,
          ...(prefix === undefined ? {} : { '#part': CAPACITY_TABLE_KEY.sort }),
        },
        ExpressionAttributeValues: { ':t': { S: target }, ...(prefix === undefined ? {} : { ':p': { S: prefix } }) },
        // What an earlier run stored a moment ago is asked for and stored again otherwise; that is harmless, but this costs little.
        ConsistentRead: true,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      });
      items.push(...(page.Items ?? []));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    return items;
  }

  private async put(item: Item, condition: Record<string, unknown> = {}): Promise<boolean> {
    try {
      await this.call('PutItem', { Item: item, ...condition });
      return true;
    } catch (error) {
      if (isAwsError(error, 'ConditionalCheckFailedException')) return false;
      throw error;
    }
  }

  private async remove(target: string, part: string): Promise<void> {
    await this.call('DeleteItem', { Key: key(target, part) });
  }

  private call<T = unknown>(action: string, input: Record<string, unknown>): Promise<T> {
    return this.api.json<T>(DYNAMODB, '1.0', 'DynamoDB_20120810', action, { TableName: this.table, ...input });
  }
}

function recordItem(target: string, { minute, run, fallBackAt, stateVersion }: TickRecord): Item {
  return {
    ...key(target, RECORD),
    minute: number(minute),
    run: { S: run },
    fallBackAt: number(fallBackAt),
    stateVersion: number(stateVersion),
  };
}

function key(target: string, part: string): Item {
  return { [CAPACITY_TABLE_KEY.partition]: { S: target }, [CAPACITY_TABLE_KEY.sort]: { S: part } };
}

function dayPart(series: string, day: number): string {
  return `${DAY}${series}#${new Date(day * MINUTES_PER_DAY * MS_PER_MINUTE).toISOString().slice(0, 10)}`;
}

function number(value: number): Attribute {
  return { N: String(value) };
}
