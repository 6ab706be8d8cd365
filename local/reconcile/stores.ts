import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { LocalContext } from '../context';
import type { Found, FoundOrder } from './compare';

type Attributes = Record<string, AttributeValue>;

/** The shop's stores, read with nothing of the shop or its runtime: every physical table and bucket as it lies there. */
export async function readStores(context: LocalContext): Promise<Omit<Found, 'refused'>> {
  const [dynamo, s3] = await Promise.all([dynamoOf(context), s3Of(context)]);
  const maps = await shardMaps(dynamo, context);
  const [orders, ledger, catalogue, invoices, mails] = await Promise.all([
    itemsOf(dynamo, maps, 'Orders'),
    itemsOf(dynamo, maps, 'Ledger'),
    itemsOf(dynamo, maps, 'Catalogue'),
    objectsOf(s3, bucketNamed(context, 'InvoiceDocuments')),
    objectsOf(s3, bucketNamed(context, 'MailOutbox')),
  ]);
  return {
    orders: orders.filter((item) => item['item']?.S === 'order').map(asFoundOrder),
    payments: orders
      .filter((item) => item['item']?.S === 'payment')
      .map((item) => text(item['orderId']).replace(/^payment#/, '')),
    charges: ledger.map((item) => ({
      chargeKey: text(item['chargeKey']),
      amount: text(item['amount']),
      charges: Number(item['charges']?.N ?? '0'),
    })),
    invoices: invoices.map(({ key, bytes }) => ({ orderId: key.replace(/^.*\/|\.pdf$/g, ''), bytes })),
    mails: mails.map(({ key }) => key.replace(/^.*\/|\.eml$/g, '')),
    products: catalogue.filter((item) => item['sk']?.S === 'product').map((item) => text(item['sku'])),
  };
}

function asFoundOrder(item: Attributes): FoundOrder {
  const outcome = item['mail']?.M?.['outcome']?.S;
  return {
    orderId: text(item['orderId']),
    customerId: text(item['customerId']),
    kind: text(item['kind']),
    status: text(item['status']),
    total: text(item['total']),
    charge: text(item['charge']),
    ...(outcome === undefined ? {} : { mail: outcome }),
    lines: (item['lines']?.L ?? []).map((line) => ({
      sku: text(line.M?.['sku']),
      quantity: Number(line.M?.['quantity']?.N),
      unitPrice: text(line.M?.['unitPrice']),
    })),
  };
}

const text = (value: AttributeValue | undefined): string => value?.S ?? '';

async function dynamoOf({ endpoint, region }: LocalContext): Promise<DynamoDBClient> {
  const { DynamoDBClient: Client } = await import('@aws-sdk/client-dynamodb');
  return new Client({ endpoint, region });
}

async function s3Of({ endpoint, region }: LocalContext): Promise<S3Client> {
  const { S3Client: Client } = await import('@aws-sdk/client-s3');
  return new Client({ endpoint, region, forcePathStyle: true });
}

/** Physical name of the stack's map table: the one table whose key is `table`. */
export async function mapTableOf(dynamo: DynamoDBClient, context: LocalContext): Promise<string> {
  const { DescribeTableCommand } = await import('@aws-sdk/client-dynamodb');
  for (const { type, physicalId } of context.resources) {
    if (type !== 'AWS::DynamoDB::Table' && type !== 'AWS::DynamoDB::GlobalTable') continue;
    const { Table } = await dynamo.send(new DescribeTableCommand({ TableName: physicalId }));
    if (Table?.KeySchema?.some((key) => key.KeyType === 'HASH' && key.AttributeName === 'table')) return physicalId;
  }
  throw new Error(`stack '${context.stackName}' must have a map table: a table with the partition key 'table'`);
}

/** Physical tables of each sharded table. */
async function shardMaps(dynamo: DynamoDBClient, context: LocalContext): Promise<Map<string, string[]>> {
  const maps = await scan(dynamo, await mapTableOf(dynamo, context));
  return new Map(maps.map((map) => [text(map['table']), (map['shards']?.L ?? []).map(text)]));
}

async function itemsOf(dynamo: DynamoDBClient, maps: Map<string, string[]>, table: string): Promise<Attributes[]> {
  const shards = maps.get(table);
  if (!shards)
    throw new Error(`the shard map must name table '${table}', it names ${[...maps.keys()].join(', ') || 'none'}`);
  return (await Promise.all(shards.map((shard) => scan(dynamo, shard)))).flat();
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

/** The bucket of a document store, by the store's id in the construct tree. */
function bucketNamed(context: LocalContext, id: string): string {
  const bucket = context.resources.find(
    ({ type, path, logicalId }) =>
      type === 'AWS::S3::Bucket' && (path?.split('/').includes(id) ?? logicalId.includes(id)),
  );
  if (!bucket) throw new Error(`stack '${context.stackName}' must have a bucket of document store '${id}'`);
  return bucket.physicalId;
}

async function objectsOf(s3: S3Client, bucket: string): Promise<{ key: string; bytes: number }[]> {
  const { ListObjectsV2Command } = await import('@aws-sdk/client-s3');
  const objects: { key: string; bytes: number }[] = [];
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, ...(token === undefined ? {} : { ContinuationToken: token }) }),
    );
    for (const { Key, Size } of page.Contents ?? []) objects.push({ key: Key ?? '', bytes: Size ?? 0 });
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return objects;
}
