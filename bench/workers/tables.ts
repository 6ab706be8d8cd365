import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { initialSlots, MAP_TABLE_KEY, QUARANTINE_KEY, type ShardMap } from '../../lib/protocol';

export const MAP_TABLE = 'ShardMaps';
export const ORDERS = 'Orders';
export const SHARD = 'Orders-0';
export const QUARANTINE = 'Quarantine';
export const IDEMPOTENCY = 'Idempotency';

/** The tables that each candidate has. It uses some of them. */
export const TABLES: readonly (CreateTableCommandInput & { readonly TableName: string })[] = [
  tableOf(MAP_TABLE, MAP_TABLE_KEY),
  tableOf(SHARD, 'customerId', 'orderId'),
  tableOf(QUARANTINE, QUARANTINE_KEY.partition, QUARANTINE_KEY.sort),
  tableOf(IDEMPOTENCY, 'id'),
];

/** The shard map of the orders. */
export const ORDERS_MAP: Readonly<Record<string, unknown>> = {
  table: ORDERS,
  epoch: 1,
  shards: [SHARD],
  slots: initialSlots(1),
  partitionKey: 'customerId',
  sortKey: 'orderId',
} satisfies Partial<Record<keyof ShardMap, unknown>>;

const LINES = Array.from({ length: 5 }, (_, i) => ({ sku: `8512${i}A`, quantity: i + 1, price: '2.55' }));

/** The key of an order. It is also the body of the order's message. */
export function orderKey(number: number): { readonly customerId: string; readonly orderId: string } {
  return { customerId: `c${number % 997}`, orderId: String(number) };
}

/** An order of about half a kilobyte. */
export function order(number: number) {
  return {
    ...orderKey(number),
    status: 'placed',
    placedAt: '2010-12-01T08:26:00.000Z',
    total: '38.25',
    currency: 'GBP',
    lines: LINES,
  };
}

function tableOf(name: string, partitionKey: string, sortKey?: string) {
  const keys = sortKey === undefined ? [partitionKey] : [partitionKey, sortKey];
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: keys.map((AttributeName, i) => ({ AttributeName, KeyType: i === 0 ? 'HASH' : 'RANGE' })),
  } satisfies CreateTableCommandInput;
}
