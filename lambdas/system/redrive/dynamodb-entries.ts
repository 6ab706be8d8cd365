import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import {
  entryToItem,
  itemToEntry,
  QUARANTINE_INDEXES,
  QUARANTINE_KEY,
  type QuarantineEntry,
  type QuarantineKey,
} from '../../../lib/protocol';
import { DynamoDbQuarantine } from '../relay/dynamodb-quarantine';
import type { ListedEntry, RedriveEntries } from './redrive';

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

  async get({ pk, sk }: QuarantineKey): Promise<QuarantineEntry | undefined> {
    const { Item } = await this.client.send(
      new GetItemCommand({ TableName: this.table, Key: itemKey({ pk, sk }), ConsistentRead: true }),
    );
    return Item && itemToEntry(Item);
  }

  replace(known: QuarantineEntry, entry: QuarantineEntry): Promise<boolean> {
    const Item = entryToItem(entry);
    return unlessChanged(() =>
      this.client.send(new PutItemCommand({ TableName: this.table, Item, ...isUnchanged(known) })),
    );
  }

  wait(entry: QuarantineEntry): Promise<void> {
    return new DynamoDbQuarantine(this.client, () => this.table).put(entry);
  }

  remove(known: QuarantineEntry): Promise<boolean> {
    return unlessChanged(() =>
      this.client.send(new DeleteItemCommand({ TableName: this.table, Key: itemKey(known), ...isUnchanged(known) })),
    );
  }
}

function itemKey({ pk, sk }: QuarantineKey) {
  return { [QUARANTINE_KEY.partition]: { S: pk }, [QUARANTINE_KEY.sort]: { S: sk } };
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

async function unlessChanged(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}
