import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { OpenShardMap } from '../../../lib/protocol';
import { isProvisioned } from '../preload';
import { batchGet, batchWrite } from './batch';
import { type Connection, type Loaded, sharedConnection } from './connection';
import { openCursor, packCursor } from './cursor';
import { ConditionFailed, isNamed, UsageError } from './errors';
import { Expression } from './expression';
import { checkKey, physicalTable } from './keys';
import { openPosition, resume } from './position';
import { planQuery, queryShape, View } from './reads';
import { VERSION_ATTRIBUTE, withoutReserved } from './reserved';
import { scatter } from './scatter';
import type {
  BatchWrite,
  Changes,
  DeleteOptions,
  GetOptions,
  Item,
  Key,
  Page,
  QueryOptions,
  ScatterOptions,
  TableClient,
  UpdateOptions,
  WriteOptions,
} from './types';
import { newWrite, planDelete, planPut, planUpdate } from './writes';

export interface TableOptions {
  /** @default one connection, shared by all tables of the process */
  readonly connection?: Connection;
}

/**
 * A client of a sharded table. Nothing is loaded or read before the first call, unless capacity is being provisioned.
 *
 * @param name the table's name in the stack: by default the id of its construct
 *
 * @example
 * const orders = table<Order>('Orders');
 * await orders.put(order, { condition: ifAbsent('orderId'), outbox: [{ to: 'Payments', body: { orderId } }] });
 */
export function table<T extends object = Item>(name: string, options: TableOptions = {}): TableClient<T> {
  if (!name) throw new UsageError('table() needs the name of a sharded table');
  const connection = options.connection ?? sharedConnection();
  // A failure here shows again, and better, at the first call.
  if (isProvisioned()) connection.load().catch(() => undefined);
  return new ShardedClient(name, connection) as TableClient<object> as TableClient<T>;
}

/** Finds the shard of each item by the table's map, and reads the map again when a shard isn't there any more. */
export class ShardedClient implements TableClient {
  constructor(
    readonly name: string,
    readonly connection: Connection,
  ) {}

  get(key: Key, options: GetOptions = {}): Promise<Item | undefined> {
    return this.run(async (map, { client, sdk, marshall, unmarshall }) => {
      const view = new View(map, options.attributes, this.connection.now());
      const expression = new Expression();
      const checked = checkKey(map, key);
      const answer = await client.send(
        new sdk.GetItemCommand({
          TableName: physicalTable(map, checked),
          Key: marshall(checked),
          ConsistentRead: options.eventual !== true,
          ...view.projection(expression),
          ...expression.placeholders(marshall),
        }),
      );
      const item = answer.Item && unmarshall(answer.Item);
      return item === undefined || view.isExpired(item) ? undefined : view.show(item);
    });
  }

  async put(item: Item, options: WriteOptions = {}): Promise<void> {
    const write = newWrite(this.connection.newId, options.outbox);
    await this.run(async (map, loaded) => {
      const { key, input } = planPut({ ...write, map, loaded }, item, options.condition);
      await this.conditional(map, key, write.stamp, loaded, () =>
        loaded.client.send(new loaded.sdk.PutItemCommand({ ...input, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })),
      );
    });
  }

  async update(key: Key, changes: Changes, options: UpdateOptions = {}): Promise<Item> {
    const write = newWrite(this.connection.newId, options.outbox);
    return this.run(async (map, loaded) => {
      const planned = planUpdate({ ...write, map, loaded }, key, changes, options);
      const answer = await this.conditional(map, planned.key, write.stamp, loaded, async () => {
        const { Attributes } = await loaded.client.send(
          new loaded.sdk.UpdateItemCommand({
            ...planned.input,
            ReturnValues: 'ALL_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return loaded.unmarshall(Attributes ?? {});
      });
      return withoutReserved(answer);
    });
  }

  async delete(key: Key, options: DeleteOptions = {}): Promise<void> {
    const write = newWrite(this.connection.newId);
    await this.run(async (map, loaded) => {
      const planned = planDelete({ ...write, map, loaded }, key, options.condition);
      await this.conditional(map, planned.key, write.stamp, loaded, () =>
        loaded.client.send(
          new loaded.sdk.DeleteItemCommand({ ...planned.input, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
        ),
      );
    });
  }

  query(where: Key, options: QueryOptions = {}): Promise<Page> {
    return this.run(async (map, loaded) => {
      checkWhere(map, where, options.index);
      const view = new View(map, options.attributes, this.connection.now());
      const shape = queryShape(where, options);
      const start =
        options.cursor === undefined
          ? undefined
          : openPosition(map, loaded, where, options, openCursor(map.table, shape, options.cursor));
      const input = planQuery(map, loaded, physicalTable(map, where), where, options, view, start, []);
      const answer = await resume(start, () => loaded.client.send(new loaded.sdk.QueryCommand(input)));
      const items = (answer.Items ?? [])
        .map((item) => loaded.unmarshall(item))
        .filter((item) => !view.isExpired(item))
        .map((item) => view.show(item));
      if (answer.LastEvaluatedKey === undefined) return { items };
      return { items, cursor: packCursor(map.table, shape, answer.LastEvaluatedKey) };
    });
  }

  batchGet(keys: readonly Key[], options: GetOptions = {}): Promise<(Item | undefined)[]> {
    return this.run((map) => batchGet(this.connection, map, keys, options));
  }

  async batchWrite(writes: readonly BatchWrite[]): Promise<void> {
    const begun = writes.map(
      (write) => [write, newWrite(this.connection.newId, 'put' in write ? write.outbox : undefined)] as const,
    );
    await this.run((map) => batchWrite(this.connection, map, begun));
  }

  scatter(options: ScatterOptions = {}): Promise<Page> {
    return this.run((map) => scatter(this.connection, map, options));
  }

  private run<R>(call: (map: OpenShardMap, loaded: Loaded) => Promise<R>): Promise<R> {
    return this.connection.underMaps([this.name], (maps, loaded) => call(maps.get(this.name)!, loaded));
  }

  /**
   * Sends a write with a condition. The SDK tries again when an answer got lost, and then the condition may fail because of the
   * write itself: the item's stamp tells.
   */
  private async conditional<R>(
    map: OpenShardMap,
    key: Key,
    stamp: string,
    { unmarshall }: Loaded,
    send: () => Promise<R>,
  ): Promise<R> {
    try {
      return await send();
    } catch (error) {
      if (!isNamed(error, 'ConditionalCheckFailedException')) throw error;
      const stored = (error as { readonly Item?: Record<string, AttributeValue> }).Item;
      const current = stored && unmarshall(stored);
      if (current?.[VERSION_ATTRIBUTE] === stamp) return current as R;
      throw new ConditionFailed(map.table, key, current && withoutReserved(current));
    }
  }
}

function checkWhere(map: OpenShardMap, where: Key, index: string | undefined): void {
  const names = Object.keys(where);
  if (!Object.hasOwn(where, map.partitionKey)) {
    throw new UsageError(
      `a query of '${map.table}' stays inside one partition, so it needs '${map.partitionKey}', got ${names.join(', ') || 'nothing'}; scatter() reads all shards`,
    );
  }
  if (index === undefined && names.length > 1) {
    throw new UsageError(
      `a query of '${map.table}' takes '${map.partitionKey}' alone, got ${names.join(', ')}; narrow the sort key with 'sort'`,
    );
  }
}
