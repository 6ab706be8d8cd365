import { itemToEntry, parsePartitionKey, QUARANTINE_KEY } from '../lib/protocol';
import type { CloudApi, JsonObject } from '../testing';
import type { LocalResource } from './running-app';

/** Logical ID of a stack's quarantine table. */
const TABLE = /^BreakwaterQuarantineTable[0-9A-F]{8}$/;
/** Maximum number of entries that are counted, because counting more would take long. */
const MAX_COUNTED = 1_000;

/** Messages for one target in the quarantine. */
export interface QuarantinedMessages {
  readonly target: string;
  /** Whether they wait for the target, or are held for a person. */
  readonly waits: boolean;
  readonly count: number;
  /** Seconds since the oldest was written or first received. */
  readonly oldestSeconds: number;
}

/** Reads the quarantine of a stack. @returns nothing if the stack has none */
export async function readQuarantine(
  api: CloudApi,
  resources: readonly LocalResource[],
  now: number,
): Promise<QuarantinedMessages[]> {
  const table = resources.find(({ logicalId }) => TABLE.test(logicalId));
  if (table === undefined) return [];
  const answer = await api.json('dynamodb', 'DynamoDB_20120810.Scan', {
    TableName: table.physicalId,
    Limit: MAX_COUNTED,
    ProjectionExpression: '#pk, #first',
    ExpressionAttributeNames: { '#pk': QUARANTINE_KEY.partition, '#first': 'first' },
  });
  const times = new Map<string, number[]>();
  for (const { pk, first } of ((answer['Items'] ?? []) as JsonObject[]).map(itemToEntry)) {
    times.set(pk, [...(times.get(pk) ?? []), Date.parse(first)]);
  }
  return [...times].flatMap(([pk, of]) => {
    const key = parsePartitionKey(pk);
    if (key === undefined) return [];
    const oldestSeconds = Math.max(0, Math.round((now - Math.min(...of)) / 1_000));
    return [{ ...key, count: of.length, oldestSeconds }];
  });
}
