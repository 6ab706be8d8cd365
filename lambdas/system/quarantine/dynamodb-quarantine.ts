import {
  type AttributeValue,
  type ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
  paginateQuery,
  paginateScan,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import {
  awaitsPerson,
  entryKey,
  entryToItem,
  itemToEntry,
  laneKey,
  parsePositionKey,
  positionKey,
  QUARANTINE_INDEXES,
  QUARANTINE_KEY,
  type QuarantineEntry,
  waitingKey,
} from '../../../lib/protocol';
import { isConditionMet, isRefusal } from '../aws-errors';
import { inParallel } from '../in-parallel';
import type { WaitingMessages } from '../relay/lanes';

/**
 * Partition with one item for each target for which a message ever waited. Its sort key is the
 * target's name.
 */
const TARGETS = waitingKey('');
/**
 * Increment of an entry's index, if another entry has the same key. It is larger than the number of
 * messages in one write, so the new key sorts after all messages of that write.
 */
const NEXT_INDEX = 1_000;
const DELETES = 16;

/** Condition of a put that replaces no entry. */
const IS_ABSENT = {
  ConditionExpression: 'attribute_not_exists(#pk)',
  ExpressionAttributeNames: { '#pk': QUARANTINE_KEY.partition },
};

/** Number of waiting messages of a target, counted in one read of 1 MB. */
export interface WaitingCount {
  readonly count: number;
  /** Time at which the oldest was written, ISO 8601. */
  readonly oldest: string;
  /** Whether one read showed all of them. */
  readonly isComplete: boolean;
}

/** Held messages, as far as a few reads of 1 MB show them. */
export interface HeldCount {
  /** By target. */
  readonly counts: ReadonlyMap<string, number>;
  /** Whether these are all held messages. */
  readonly isComplete: boolean;
}

/**
 * Pages of 1 MB that the tick reads to count held messages: about 8,000 messages. Each further page
 * costs more, because the tick counts every minute: these pages cost about $6 a month.
 */
const MAX_COUNTED_PAGES = 4;

/** The quarantine table of the stack. */
export class DynamoDbQuarantine implements WaitingMessages {
  /** Targets that have an item in the table. They are never removed. */
  private readonly announced = new Set<string>();

  constructor(
    private readonly client: DynamoDBClient,
    private readonly table: () => string,
  ) {}

  readonly isBusy = async (target: string, lane?: string): Promise<boolean> => {
    const { Items = [] } = await this.client.send(
      new QueryCommand({
        TableName: this.table(),
        KeyConditionExpression: lane === undefined ? '#pk = :pk' : '#pk = :pk AND begins_with(#sk, :lane)',
        ExpressionAttributeNames: {
          '#pk': QUARANTINE_KEY.partition,
          ...(lane === undefined ? undefined : { '#sk': QUARANTINE_KEY.sort }),
        },
        ExpressionAttributeValues: {
          ':pk': { S: waitingKey(target) },
          ...(lane === undefined ? undefined : { ':lane': { S: laneKey(lane) } }),
        },
        ProjectionExpression: '#pk',
        Limit: 1,
        ConsistentRead: true,
      }),
    );
    return Items.length > 0;
  };

  readonly put = async (entry: QuarantineEntry): Promise<void> => {
    if (entry.state === 'waiting') await this.announce(entry.to);
    const refused = await this.putIf(entry, {
      // Two tables may have the same sequence number in the same second.
      ConditionExpression: 'attribute_not_exists(#pk) OR #id = :id',
      ExpressionAttributeNames: { '#pk': QUARANTINE_KEY.partition, '#id': 'id' },
      ExpressionAttributeValues: { ':id': { S: entry.id } },
    });
    if (refused !== undefined) await this.put(behind(entry, refused));
  };

  readonly putNew = async (entry: QuarantineEntry): Promise<boolean> => {
    // SQS gives a dead letter of a FIFO queue a new time and sequence number. So if its worker has
    // put an entry, the entry has another key.
    const others = entry.group === undefined ? [] : await this.placesOf(entry);
    let refused: ConditionalCheckFailedException | undefined;
    for (const sk of [...others, entry.sk]) {
      refused = await this.putIf({ ...entry, sk }, IS_ABSENT);
      if (refused === undefined) return true;
      if (refused.Item?.['content']?.S === entry.content) return false;
    }
    return refused === undefined || this.putNew(behind(entry, refused));
  };

  readonly putTried = async (entry: QuarantineEntry, trial: string): Promise<boolean> => {
    const refused = await this.putIf(entry, {
      ConditionExpression: '#trial = :trial AND #state = :sent AND #content = :content',
      ExpressionAttributeNames: { '#trial': 'trial', '#state': 'state', '#content': 'content' },
      ExpressionAttributeValues: { ':trial': { S: trial }, ':sent': { S: 'sent' }, ':content': { S: entry.content } },
    });
    // Without an entry, the message was settled.
    return refused?.Item === undefined || refused.Item['content']?.S === entry.content;
  };

  /**
   * Sort keys of held entries that have the same id as an entry. The content may be of another
   * message.
   */
  private async placesOf({ id, to }: QuarantineEntry): Promise<readonly string[]> {
    const keys: string[] = [];
    const pages = paginateScan(
      { client: this.client },
      {
        TableName: this.table(),
        IndexName: QUARANTINE_INDEXES.byFingerprint.name,
        FilterExpression: '#id = :id AND #to = :to',
        ProjectionExpression: '#sk',
        ExpressionAttributeNames: { '#id': 'id', '#to': 'to', '#sk': QUARANTINE_KEY.sort },
        ExpressionAttributeValues: { ':id': { S: id }, ':to': { S: to } },
      },
    );
    for await (const { Items = [] } of pages) keys.push(...Items.map((item) => textOf(item, QUARANTINE_KEY.sort)));
    return keys;
  }

  /** @returns an error with the stored entry, if the condition doesn't hold */
  private readonly putIf = async (
    entry: QuarantineEntry,
    condition: Partial<PutItemCommandInput>,
  ): Promise<ConditionalCheckFailedException | undefined> => {
    try {
      await this.client.send(
        new PutItemCommand({
          TableName: this.table(),
          Item: entryToItem(entry),
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          ...condition,
        }),
      );
      return undefined;
    } catch (error) {
      if (!isRefusal(error, 'ConditionalCheckFailedException')) throw error;
      return error as ConditionalCheckFailedException;
    }
  };

  readonly read = async (target: string, after: string, limit: number): Promise<readonly QuarantineEntry[]> => {
    const { Items = [] } = await this.client.send(
      new QueryCommand({
        TableName: this.table(),
        KeyConditionExpression: '#pk = :pk AND #sk > :after',
        ExpressionAttributeNames: { '#pk': QUARANTINE_KEY.partition, '#sk': QUARANTINE_KEY.sort },
        ExpressionAttributeValues: { ':pk': { S: waitingKey(target) }, ':after': { S: after } },
        Limit: limit,
        ConsistentRead: true,
      }),
    );
    return Items.map(itemToEntry);
  };

  readonly remove = (entries: readonly QuarantineEntry[]): Promise<void> =>
    inParallel(
      entries,
      async (entry) => {
        const command = new DeleteItemCommand({
          TableName: this.table(),
          Key: entryKey(entry),
          ConditionExpression: '#at = :at',
          ExpressionAttributeNames: { '#at': 'at' },
          ExpressionAttributeValues: { ':at': { S: entry.at } },
        });
        await isConditionMet(() => this.client.send(command));
      },
      DELETES,
    );

  /** Targets for which messages may wait. */
  readonly targets = async (): Promise<readonly string[]> => {
    const names: string[] = [];
    const pages = paginateQuery(
      { client: this.client },
      {
        TableName: this.table(),
        KeyConditionExpression: '#pk = :pk',
        ExpressionAttributeNames: { '#pk': QUARANTINE_KEY.partition },
        ExpressionAttributeValues: { ':pk': { S: TARGETS } },
        ConsistentRead: true,
      },
    );
    for await (const { Items = [] } of pages) names.push(...Items.map((item) => textOf(item, QUARANTINE_KEY.sort)));
    return names;
  };

  /** Counts the waiting messages of a target. @returns undefined if there are none */
  readonly count = async (target: string): Promise<WaitingCount | undefined> => {
    const { Items = [], LastEvaluatedKey } = await this.client.send(
      new QueryCommand({
        TableName: this.table(),
        KeyConditionExpression: '#pk = :pk',
        ExpressionAttributeNames: { '#pk': QUARANTINE_KEY.partition, '#first': 'first' },
        ExpressionAttributeValues: { ':pk': { S: waitingKey(target) } },
        ProjectionExpression: '#first',
      }),
    );
    const times = Items.map((item) => textOf(item, 'first')).sort();
    if (times[0] === undefined) return undefined;
    return { count: times.length, oldest: times[0], isComplete: LastEvaluatedKey === undefined };
  };

  /**
   * Number of held messages by target, and how many of them have a stale trial. It reads a limited
   * part of the index, because the tick counts every minute.
   * @param now milliseconds since 1970
   */
  readonly held = async (now: number): Promise<HeldCount> => {
    const counts = new Map<string, number>();
    let read = 0;
    const pages = paginateScan(
      { client: this.client },
      {
        TableName: this.table(),
        IndexName: QUARANTINE_INDEXES.byFingerprint.name,
        ProjectionExpression: '#to, #state, triedAt',
        ExpressionAttributeNames: { '#to': 'to', '#state': 'state' },
      },
    );
    for await (const { Items = [], LastEvaluatedKey } of pages) {
      for (const { to } of Items.map(itemToEntry).filter((entry) => awaitsPerson(entry, now))) {
        counts.set(to, (counts.get(to) ?? 0) + 1);
      }
      if (++read === MAX_COUNTED_PAGES) return { counts, isComplete: LastEvaluatedKey === undefined };
    }
    return { counts, isComplete: true };
  };

  private async announce(target: string): Promise<void> {
    if (this.announced.has(target)) return;
    const Item = entryKey({ pk: TARGETS, sk: target });
    await this.client.send(new PutItemCommand({ TableName: this.table(), Item }));
    this.announced.add(target);
  }
}

/** An entry with the next key. @param refused thrown if the entry has no position */
function behind(entry: QuarantineEntry, refused: Error): QuarantineEntry {
  const position = parsePositionKey(entry.sk);
  if (position === undefined) throw refused;
  return { ...entry, sk: positionKey({ ...position, index: position.index + NEXT_INDEX }) };
}

function textOf(item: Record<string, AttributeValue>, name: string): string {
  return item[name]?.S ?? '';
}
