import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ReplayedShop } from '../running-shop';
import type { Found, FoundOrder } from './compare';
import { headersOf } from './mail-headers';
import { textsOfPdf } from './pdf-text';
import { ownerOf, slotFor } from './slots';

type Attributes = Record<string, AttributeValue>;

/** Data of a sharded table in the map table. */
interface Sharding {
  readonly shards: readonly string[];
  readonly slots: string;
  readonly partitionKey: string;
}

/** All items of a sharded table, and the keys of items in a shard that doesn't own their slot. */
interface TableContent {
  readonly items: readonly Attributes[];
  readonly misplaced: readonly string[];
}

/** Maximum number of concurrent reads of documents. */
const PARALLEL_READS = 8;

/**
 * Reads every DynamoDB table and bucket of the shop. No code of the shop or the runtime is used.
 */
export async function readStores(context: ReplayedShop): Promise<Omit<Found, 'refused'>> {
  const [dynamo, s3] = await Promise.all([dynamoOf(context), s3Of(context)]);
  const maps = await shardMaps(dynamo, context);
  const [orders, ledger, catalogue, invoices, mails] = await Promise.all([
    contentOf(dynamo, maps, 'Orders'),
    contentOf(dynamo, maps, 'Ledger'),
    contentOf(dynamo, maps, 'Catalogue'),
    objectsOf(s3, bucketNamed(context, 'InvoiceDocuments')),
    objectsOf(s3, bucketNamed(context, 'MailOutbox')),
  ]);
  return {
    orders: orders.items.filter((item) => item['item']?.S === 'order').map(asFoundOrder),
    payments: orders.items
      .filter((item) => item['item']?.S === 'payment')
      .map((item) => ({
        orderId: text(item['orderId']).replace(/^payment#/, ''),
        customerId: text(item['customerId']),
        amount: text(item['amount']),
      })),
    charges: ledger.items.map((item) => ({
      chargeKey: text(item['chargeKey']),
      amount: text(item['amount']),
      charges: Number(item['charges']?.N ?? '0'),
    })),
    invoices: invoices.map(({ key, bytes }) => ({
      orderId: key.replace(/^.*\/|\.pdf$/g, ''),
      texts: textsOfPdf(bytes),
    })),
    mails: mails.map(({ key, bytes }) => ({
      orderId: key.replace(/^.*\/|\.eml$/g, ''),
      ...headersOf(Buffer.from(bytes).toString('utf8')),
    })),
    products: catalogue.items.filter((item) => item['sk']?.S === 'product').map((item) => text(item['sku'])),
    misplaced: [orders, ledger, catalogue].flatMap((content) => content.misplaced),
  };
}

function asFoundOrder(item: Attributes): FoundOrder {
  const outcome = item['mail']?.M?.['outcome']?.S;
  const email = item['email']?.S;
  return {
    orderId: text(item['orderId']),
    customerId: text(item['customerId']),
    kind: text(item['kind']),
    status: text(item['status']),
    placedAt: text(item['placedAt']),
    country: text(item['country']),
    currency: text(item['currency']),
    ...(email === undefined ? {} : { email }),
    total: text(item['total']),
    ...(outcome === undefined ? {} : { mail: outcome }),
    lines: (item['lines']?.L ?? []).map((line) => ({
      sku: text(line.M?.['sku']),
      description: text(line.M?.['description']),
      quantity: Number(line.M?.['quantity']?.N),
      unitPrice: text(line.M?.['unitPrice']),
    })),
  };
}

const text = (value: AttributeValue | undefined): string => value?.S ?? '';

async function dynamoOf({ endpoint, region }: ReplayedShop): Promise<DynamoDBClient> {
  const { DynamoDBClient: Client } = await import('@aws-sdk/client-dynamodb');
  return new Client({ endpoint, region });
}

async function s3Of({ endpoint, region }: ReplayedShop): Promise<S3Client> {
  const { S3Client: Client } = await import('@aws-sdk/client-s3');
  // An emulator has one host name, not one for each bucket.
  return new Client({ endpoint, region, forcePathStyle: endpoint !== undefined });
}

/** Physical name of the stack's map table: the table whose partition key is `table`. */
export async function mapTableOf(dynamo: DynamoDBClient, context: ReplayedShop): Promise<string> {
  const { DescribeTableCommand } = await import('@aws-sdk/client-dynamodb');
  for (const { type, physicalId } of context.resources) {
    if (type !== 'AWS::DynamoDB::Table' && type !== 'AWS::DynamoDB::GlobalTable') continue;
    const { Table } = await dynamo.send(new DescribeTableCommand({ TableName: physicalId }));
    if (Table?.KeySchema?.some((key) => key.KeyType === 'HASH' && key.AttributeName === 'table')) return physicalId;
  }
  throw new Error(`stack '${context.stackName}' must have a map table: a table with the partition key 'table'`);
}

/** Shards and slots of each sharded table. */
async function shardMaps(dynamo: DynamoDBClient, context: ReplayedShop): Promise<Map<string, Sharding>> {
  const items = await scan(dynamo, await mapTableOf(dynamo, context));
  // The table also has items with the targets of each shard, which are ignored.
  const maps = items.filter((item) => item['slots'] !== undefined);
  return new Map(
    maps.map((map) => [
      text(map['table']),
      {
        shards: (map['shards']?.L ?? []).map(text),
        slots: text(map['slots']),
        partitionKey: text(map['partitionKey']),
      },
    ]),
  );
}

async function contentOf(
  dynamo: DynamoDBClient,
  maps: ReadonlyMap<string, Sharding>,
  table: string,
): Promise<TableContent> {
  const sharding = maps.get(table);
  if (!sharding)
    throw new Error(`the shard map must name table '${table}', it names ${[...maps.keys()].join(', ') || 'none'}`);
  const perShard = await Promise.all(sharding.shards.map((shard) => scan(dynamo, shard)));
  return { items: perShard.flat(), misplaced: misplacedOf(table, sharding, perShard) };
}

/**
 * Keys of items in a shard that doesn't own their slot. A client would look for such an item in
 * another shard.
 */
export function misplacedOf(
  table: string,
  { slots, partitionKey }: Pick<Sharding, 'slots' | 'partitionKey'>,
  perShard: readonly (readonly Attributes[])[],
): string[] {
  return perShard.flatMap((items, shard) =>
    items
      .map((item) => item[partitionKey]?.S ?? item[partitionKey]?.N ?? '')
      .filter((key) => ownerOf(slots, slotFor(key)) !== shard)
      .map((key) => `${table} ${key}`),
  );
}

async function scan(dynamo: DynamoDBClient, table: string): Promise<Attributes[]> {
  const { ScanCommand } = await import('@aws-sdk/client-dynamodb');
  const items: Attributes[] = [];
  let start: Attributes | undefined;
  do {
    const page = await dynamo.send(
      new ScanCommand({ TableName: table, ConsistentRead: true, ...(start ? { ExclusiveStartKey: start } : {}) }),
    );
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start);
  return items;
}

/** Physical name of a document store's bucket, found by the store's construct ID. */
function bucketNamed(context: ReplayedShop, id: string): string {
  const bucket = context.resources.find(
    ({ type, path, logicalId }) =>
      type === 'AWS::S3::Bucket' && (path?.split('/').includes(id) ?? logicalId.includes(id)),
  );
  if (!bucket) throw new Error(`stack '${context.stackName}' must have a bucket of document store '${id}'`);
  return bucket.physicalId;
}

async function objectsOf(s3: S3Client, bucket: string): Promise<{ key: string; bytes: Uint8Array }[]> {
  const { GetObjectCommand, ListObjectsV2Command } = await import('@aws-sdk/client-s3');
  const keys: string[] = [];
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, ...(token === undefined ? {} : { ContinuationToken: token }) }),
    );
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
    token = page.NextContinuationToken;
  } while (token !== undefined);
  const objects: { key: string; bytes: Uint8Array }[] = [];
  const reader = async (): Promise<void> => {
    for (let key = keys.shift(); key !== undefined; key = keys.shift()) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      objects.push({ key, bytes: (await Body?.transformToByteArray()) ?? new Uint8Array() });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_READS }, reader));
  return objects;
}
