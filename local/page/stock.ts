import type { CloudApi, JsonObject } from '../../testing';
import type { QuarantinedMessages } from '../quarantine';
import type { QueueMessages } from '../queues';
import type { LocalResource } from '../running-app';

/** A deployed stack, with a client for its account and Region. */
export interface WatchedStack {
  readonly resources: readonly LocalResource[];
  readonly api: CloudApi;
}

/** A queue and the number of its messages. */
export interface QueueStock {
  /** Construct path: `Shop/Payments/Queue`. */
  readonly name: string;
  /** Messages that wait to be received. */
  readonly waiting: number;
  /** Messages that were received and not deleted, and messages that are delayed. */
  readonly inFlight: number;
  /** Seconds since the oldest message was sent; undefined if the queue is empty. */
  readonly oldestSeconds?: number;
  /** Whether it is a worker's dead-letter queue, or messages that are held in the quarantine. */
  readonly isDeadLetters: boolean;
}

/** A table with its shards. A table without sharding has one shard. */
export interface TableStock {
  /** Construct path: `Shop/Orders`. */
  readonly name: string;
  readonly shards: readonly ShardStock[];
}

/** A physical table. */
export interface ShardStock {
  /** Last part of the construct path: `Shard0`. */
  readonly name: string;
  readonly tableName: string;
  readonly items: number;
  /** Whether the table has more items than were counted. */
  readonly isMore: boolean;
}

/** The content of an app's queues and tables at one moment. */
export interface Stock {
  readonly queues: readonly QueueStock[];
  readonly tables: readonly TableStock[];
}

const DEAD_LETTERS = /dead-?letters?|dlq/i;
const SHARD = /\/(Shard\d+)$/;
/** Maximum number of items that are counted, because counting more would take long. */
const MAX_COUNTED = 5_000;

/** The queues of an app, those with dead letters last. */
export function queueStock(
  queues: readonly QueueMessages[],
  resources: readonly LocalResource[],
  now: number,
): QueueStock[] {
  const held = new Map(queues.map(({ url, messages }) => [url, messages]));
  return resources
    .filter(({ type }) => type === 'AWS::SQS::Queue')
    .map((resource) => {
      const messages = held.get(resource.physicalId) ?? [];
      const sent = messages.map(({ SentTimestamp }) => SentTimestamp);
      const waiting = messages.filter(({ IsVisible }) => IsVisible).length;
      const name = nameOf(resource);
      return {
        name,
        waiting,
        inFlight: messages.length - waiting,
        ...(sent.length > 0 && { oldestSeconds: Math.max(0, Math.round(now / 1000 - Math.min(...sent))) }),
        isDeadLetters: DEAD_LETTERS.test(name),
      };
    })
    .sort((a, b) => Number(a.isDeadLetters) - Number(b.isDeadLetters) || a.name.localeCompare(b.name));
}

/** Messages in quarantine, in the form of queues. */
export function quarantineStock(rows: readonly QuarantinedMessages[]): QueueStock[] {
  return rows
    .map(({ target, waits, count, oldestSeconds }) => ({
      name: `Quarantine/${target}/${waits ? 'waiting' : 'held'}`,
      waiting: count,
      inFlight: 0,
      oldestSeconds,
      isDeadLetters: !waits,
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** The tables of an app, with the items of each shard. */
export async function tableStock(stacks: readonly WatchedStack[]): Promise<TableStock[]> {
  const shards = await Promise.all(
    stacks.flatMap(({ api, resources }) =>
      resources.filter(({ type }) => type.startsWith('AWS::DynamoDB::')).map((resource) => countItems(api, resource)),
    ),
  );
  const tables = new Map<string, ShardStock[]>();
  for (const { path, ...shard } of shards) {
    const name = path.replace(SHARD, '');
    tables.set(name, [...(tables.get(name) ?? []), shard]);
  }
  return [...tables]
    .map(([name, of]) => ({ name, shards: of.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })) }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

async function countItems(api: CloudApi, resource: LocalResource): Promise<ShardStock & { readonly path: string }> {
  const path = nameOf(resource);
  const input = { TableName: resource.physicalId, Select: 'COUNT', Limit: MAX_COUNTED };
  const answer = await api.json('dynamodb', 'DynamoDB_20120810.Scan', input);
  return {
    path,
    name: SHARD.exec(path)?.[1] ?? path.split('/').at(-1)!,
    tableName: resource.physicalId,
    items: Number(answer['Count'] ?? 0),
    isMore: answer['LastEvaluatedKey'] !== undefined,
  };
}

/**
 * An item as the page shows it: names and types of its attributes, and their values if the viewer
 * asked for them.
 */
export type ShownItem = Readonly<Record<string, { readonly type: string; readonly value?: unknown }>>;

/**
 * The first items of a physical table.
 * @param showValues whether the viewer asked for the values, which may be personal data
 */
export async function readItems(
  api: CloudApi,
  tableName: string,
  limit: number,
  showValues: boolean,
): Promise<ShownItem[]> {
  const answer = await api.json('dynamodb', 'DynamoDB_20120810.Scan', { TableName: tableName, Limit: limit });
  return ((answer['Items'] ?? []) as JsonObject[]).map((item) => shown(item, showValues));
}

function shown(item: JsonObject, showValues: boolean): ShownItem {
  return Object.fromEntries(
    Object.entries(item).map(([name, typed]) => {
      const [[type, value] = ['?', null]] = Object.entries(typed as JsonObject);
      return [name, showValues ? { type, value } : { type }];
    }),
  );
}

/**
 * Path in the construct tree, without the last part `Resource` of an L1 construct. If the template
 * states no path, the logical ID.
 */
function nameOf({ path, logicalId }: LocalResource): string {
  return path?.replace(/\/Resource$/, '') ?? logicalId;
}
