import type { CloudApi, Json, JsonObject } from '../../testing';
import { findAll, text } from '../../testing/xml';

/** Names of the stores and functions in the emulator. */
export interface Names {
  readonly tables: readonly string[];
  readonly functions: readonly string[];
  /** Addresses. */
  readonly queues: readonly string[];
  readonly buckets: readonly string[];
}

const DYNAMO = 'DynamoDB_20120810';
const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
];

/** Everything of these kinds in the whole account, of all stacks. */
export async function namesIn(api: CloudApi): Promise<Names> {
  const [tables, functions, queues, buckets] = await Promise.all([
    pages(async (start) => {
      const from: JsonObject = start === undefined ? {} : { ExclusiveStartTableName: start };
      const page = await api.json('dynamodb', `${DYNAMO}.ListTables`, from);
      return [list(page['TableNames']), page['LastEvaluatedTableName']];
    }),
    pages(async (start) => {
      const from = start === undefined ? '' : `?Marker=${encodeURIComponent(String(start))}`;
      const page = (await (await api.rest('lambda', 'GET', `/2015-03-31/functions${from}`)).json()) as JsonObject;
      const names = list(page['Functions']).map((each) => (each as JsonObject)['FunctionName']!);
      return [names, page['NextMarker'] ?? undefined];
    }),
    pages(async (start) => {
      const from: JsonObject = start === undefined ? {} : { NextToken: start };
      const page = await api.json('sqs', 'AmazonSQS.ListQueues', { MaxResults: 1000, ...from });
      return [list(page['QueueUrls']), page['NextToken']];
    }),
    api.xml('s3', '/').then((answer) => findAll(answer, 'Bucket').map((node) => text(node, 'Name'))),
  ]);
  return { tables: sorted(tables), functions: sorted(functions), queues: sorted(queues), buckets: [...buckets].sort() };
}

/**
 * Everything that the account stores, one sorted line each: every item of every physical table with all attributes, every
 * version of every object with its etag, and the number of messages of each queue.
 */
export async function contentsOf(api: CloudApi): Promise<string[]> {
  const { tables, queues, buckets } = await namesIn(api);
  const lines = await Promise.all([
    ...tables.map(async (table) =>
      (await itemsOf(api, table)).map((item) => `table ${table} ${JSON.stringify(ordered(item))}`),
    ),
    ...buckets.map(async (bucket) => (await versionsOf(api, bucket)).map((object) => `bucket ${bucket} ${object}`)),
    ...queues.map(async (queue) => {
      const input = { QueueUrl: queue, AttributeNames: COUNTS };
      const { Attributes: counts } = await api.json('sqs', 'AmazonSQS.GetQueueAttributes', input);
      return [`queue ${queue} ${JSON.stringify(ordered(counts!))}`];
    }),
  ]);
  return lines.flat().sort();
}

export function itemsOf(api: CloudApi, table: string): Promise<Json[]> {
  return pages(async (start) => {
    const from: JsonObject = start === undefined ? {} : { ExclusiveStartKey: start };
    const input = { TableName: table, ConsistentRead: true, ...from };
    const page = await api.json('dynamodb', `${DYNAMO}.Scan`, input);
    return [list(page['Items']), page['LastEvaluatedKey']];
  });
}

/** Every version and every delete marker. */
async function versionsOf(api: CloudApi, bucket: string): Promise<string[]> {
  const found: string[] = [];
  let from = '';
  do {
    const page = await api.xml('s3', `/${bucket}?versions${from}`);
    for (const kind of ['Version', 'DeleteMarker']) {
      for (const node of findAll(page, kind)) {
        found.push(`${kind} ${['Key', 'VersionId', 'ETag', 'Size'].map((name) => text(node, name)).join(' ')}`);
      }
    }
    const next = text(page, 'IsTruncated') === 'true';
    const marker = (name: string): string => encodeURIComponent(text(page, name));
    from = next ? `&key-marker=${marker('NextKeyMarker')}&version-id-marker=${marker('NextVersionIdMarker')}` : '';
  } while (from !== '');
  return found;
}

/** All entries of a paged answer. Each call gets the position to start from and returns the next one. */
async function pages(read: (start: Json | undefined) => Promise<[Json[], Json | undefined]>): Promise<Json[]> {
  const found: Json[] = [];
  let start: Json | undefined;
  do {
    const [entries, next] = await read(start);
    found.push(...entries);
    start = next;
  } while (start !== undefined && start !== '');
  return found;
}

/** The value with sorted object keys, so that equal values have equal texts. */
function ordered(value: Json): Json {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, part]): [string, Json] => [name, ordered(part)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function sorted(values: readonly Json[]): string[] {
  return values.map(String).sort();
}
