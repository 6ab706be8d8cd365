import {
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import {
  entryKey,
  entryToItem,
  heldKey,
  itemToEntry,
  laneKey,
  MAX_QUARANTINE_CONTENT_BYTES,
  QUARANTINE_KEY,
  type QuarantineEntry,
} from '../../../lib/protocol';
import { dynamoSettings, timeoutMs } from '../client-settings';
import { isNamed } from '../table/errors';
import type { HeldKey, HeldMessages } from './held-messages';

/**
 * Settings with short timeouts, because a message that can't be moved stays in its queue, and is
 * moved later.
 */
const clientOptions = () => ({
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: timeoutMs(500),
    requestTimeout: timeoutMs(1_000),
    throwOnRequestTimeout: true,
  },
});

/** The held messages of one worker, in DynamoDB. */
export class HeldTable implements HeldMessages {
  constructor(
    private readonly table: string,
    private readonly target: string,
    private readonly client = new DynamoDBClient({ ...dynamoSettings(), ...clientOptions() }),
  ) {}

  async put(entry: QuarantineEntry): Promise<void> {
    await this.client.send(new PutItemCommand({ TableName: this.table, Item: itemOf(entry) }));
  }

  putNew(entry: QuarantineEntry): Promise<boolean> {
    return this.putIf(entry, { ConditionExpression: `attribute_not_exists(${QUARANTINE_KEY.partition})` });
  }

  putTried(entry: QuarantineEntry, trial: string): Promise<boolean> {
    return this.putIf(entry, {
      ConditionExpression: '#trial = :trial AND #state = :sent',
      ExpressionAttributeNames: { '#trial': 'trial', '#state': 'state' },
      ExpressionAttributeValues: { ':trial': { S: trial }, ':sent': { S: 'sent' } },
    });
  }

  private putIf(entry: QuarantineEntry, condition: Partial<PutItemCommandInput>): Promise<boolean> {
    const command = new PutItemCommand({ TableName: this.table, Item: itemOf(entry), ...condition });
    return isMet(() => this.client.send(command));
  }

  async get(sortKey: string): Promise<QuarantineEntry | undefined> {
    const Key = entryKey({ pk: heldKey(this.target), sk: sortKey });
    const { Item } = await this.client.send(new GetItemCommand({ TableName: this.table, Key, ConsistentRead: true }));
    return Item && itemToEntry(Item);
  }

  async delete(entry: HeldKey): Promise<void> {
    const command = new DeleteItemCommand({
      TableName: this.table,
      Key: entryKey(entry),
      ConditionExpression: '#id = :id',
      ExpressionAttributeNames: { '#id': 'id' },
      ExpressionAttributeValues: { ':id': { S: entry.id } },
    });
    await isMet(() => this.client.send(command));
  }

  async last(group: string): Promise<QuarantineEntry | undefined> {
    const answer = await this.client.send(
      new QueryCommand({
        TableName: this.table,
        KeyConditionExpression: '#p = :p AND begins_with(#s, :s)',
        ExpressionAttributeNames: { '#p': QUARANTINE_KEY.partition, '#s': QUARANTINE_KEY.sort },
        ExpressionAttributeValues: { ':p': { S: heldKey(this.target) }, ':s': { S: laneKey(group) } },
        ScanIndexForward: false,
        ConsistentRead: true,
        Limit: 1,
      }),
    );
    const [item] = answer.Items ?? [];
    return item && itemToEntry(item);
  }
}

/** @returns false if the condition of a write isn't met */
async function isMet(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (isNamed(error, 'ConditionalCheckFailedException')) return false;
    throw error;
  }
}

function itemOf(entry: QuarantineEntry) {
  const bytes = Buffer.byteLength(entry.content);
  if (bytes > MAX_QUARANTINE_CONTENT_BYTES) {
    throw new RangeError(
      `content of an entry must have at most ${MAX_QUARANTINE_CONTENT_BYTES} bytes, got ${bytes}: the message stays in its queue`,
    );
  }
  return entryToItem(entry);
}
