import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import {
  entryKey,
  entryToItem,
  itemToEntry,
  QUARANTINE_INDEXES,
  type QuarantineEntry,
  type QuarantineKey,
  type RedriveWaiting,
} from '../../../lib/protocol';
import { isConditionMet } from '../aws-errors';
import { inParallel } from '../in-parallel';
import type { ListedEntry, RedriveEntries } from '../redrive/dependencies';
import { DynamoDbQuarantine } from './dynamodb-quarantine';

/** The quarantine table of the stack. */
export class DynamoDbEntries implements RedriveEntries {
  constructor(
    private readonly client: DynamoDBClient,
    readonly table: string,
  ) {}

  async *list(fingerprint?: string): AsyncIterable<ListedEntry> {
    const { name: IndexName, partition } = QUARANTINE_INDEXES.byFingerprint;
    const input = { TableName: this.table, IndexName };
    const pages =
      fingerprint === undefined
        ? paginateScan({ client: this.client }, input)
        : paginateQuery(
            { client: this.client },
            {
              ...input,
              KeyConditionExpression: '#fingerprint = :fingerprint',
              ExpressionAttributeNames: { '#fingerprint': partition },
              ExpressionAttributeValues: { ':fingerprint': { S: fingerprint } },
            },
          );
    for await (const { Items = [] } of pages) for (const item of Items) yield itemToEntry(item) as ListedEntry;
  }

  async waiting(): Promise<readonly RedriveWaiting[]> {
    const quarantine = new DynamoDbQuarantine(this.client, () => this.table);
    const found: RedriveWaiting[] = [];
    await inParallel(await quarantine.targets(), async (target) => {
      const counted = await quarantine.count(target);
      if (counted !== undefined) found.push({ target, ...counted });
    });
    return found.sort((a, b) => (a.target < b.target ? -1 : 1));
  }

  async get(key: QuarantineKey): Promise<QuarantineEntry | undefined> {
    const { Item } = await this.client.send(
      new GetItemCommand({ TableName: this.table, Key: entryKey(key), ConsistentRead: true }),
    );
    return Item && itemToEntry(Item);
  }

  replace(known: QuarantineEntry, entry: QuarantineEntry): Promise<boolean> {
    const Item = entryToItem(entry);
    return isConditionMet(() =>
      this.client.send(new PutItemCommand({ TableName: this.table, Item, ...isUnchanged(known) })),
    );
  }

  wait(entry: QuarantineEntry): Promise<void> {
    return new DynamoDbQuarantine(this.client, () => this.table).put(entry);
  }

  remove(known: QuarantineEntry): Promise<boolean> {
    return isConditionMet(() =>
      this.client.send(new DeleteItemCommand({ TableName: this.table, Key: entryKey(known), ...isUnchanged(known) })),
    );
  }
}

/** Condition that an entry is in the same trial and state as it was read. */
function isUnchanged({ state, trial, at }: QuarantineEntry) {
  return {
    ConditionExpression: `#state = :state AND #at = :at AND ${trial === undefined ? 'attribute_not_exists(#trial)' : '#trial = :trial'}`,
    ExpressionAttributeNames: { '#state': 'state', '#at': 'at', '#trial': 'trial' },
    ExpressionAttributeValues: {
      ':state': { S: state },
      ':at': { S: at },
      ...(trial === undefined ? {} : { ':trial': { S: trial } }),
    },
  };
}
