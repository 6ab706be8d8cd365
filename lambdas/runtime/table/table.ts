import { isProvisioned } from '../preload';
import { type Connection, sharedConnection } from './connection';
import { UsageError } from './errors';
import { ShardedClient } from './sharded-client';
import type { Item, TableClient } from './types';

export interface TableDependencies {
  /** @default one connection, shared by all tables of the process */
  readonly connection: Connection;
}

/**
 * Makes a client of a sharded table. The first call loads the SDK and the shard map. With
 * provisioned concurrency they are loaded before the first request.
 *
 * @param name the table's name in the stack: by default the ID of its construct
 * @typeParam T the table's items
 * @typeParam K names of the key attributes, so that the compiler checks keys
 *
 * @example
 * const orders = table<Order, 'customerId' | 'orderId'>('Orders');
 * await orders.put(order, {
 *   condition: ifAbsent('orderId'),
 *   outbox: [{ to: 'Payments', body: { orderId } }],
 * });
 */
export function table<T extends object = Item, K extends keyof T & string = never>(
  name: string,
  dependencies: Partial<TableDependencies> = {},
): TableClient<T, K> {
  if (!name) throw new UsageError('table() needs the name of a sharded table, got an empty string');
  const connection = dependencies.connection ?? sharedConnection();
  // If loading fails here, the first call loads the SDK again.
  if (isProvisioned()) connection.load().catch(() => undefined);
  return new ShardedClient(name, connection) as unknown as TableClient<T, K>;
}
