import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { DYNAMODB } from '../../../lib/limits';
import type { OpenShardMap } from '../../../lib/protocol';
import { batchGet, batchWrite } from './batch';
import type { Connection, Loaded } from './connection';
import { openCursor, packCursor } from './cursor';
import { ConditionFailed, ItemTooLarge, isNamed, UsageError } from './errors';
import { Expression } from './expression';
import { checkKey, physicalTable } from './keys';
import { checkOptions } from './known-options';
import { markOf } from './mark';
import { openPosition, resume } from './position';
import { planQuery, queryShape, View } from './reads';
import { isWrittenBy, withoutReserved } from './reserved';
import { scatter } from './scatter';
import type {
  BatchWrite,
  CallOptions,
  Changes,
  DeleteOptions,
  GetOptions,
  Item,
  Key,
  Page,
  QueryOptions,
  ScatterOptions,
  UpdateOptions,
  WriteOptions,
} from './types';
import { newWrite, planDelete, planPut, planReplacement, planUpdate, type Write, type WriteContext } from './writes';

/** If the condition of a write fails, DynamoDB returns the stored item. */
const WITH_CURRENT = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;

/**
 * Client of a sharded table. It finds the shard of each item by the table's shard map. If a shard
 * no longer exists, it reads the map again.
 */
export class ShardedClient {
  constructor(
    readonly name: string,
    readonly connection: Connection,
  ) {}

  async get(key: Key, options: GetOptions = {}): Promise<Item | undefined> {
    checkOptions('get', this.name, options);
    return (await this.find(key, options))?.item;
  }

  /**
   * Reads an item, and the value of an attribute of the library. Calls that begin together are sent
   * as one request.
   */
  async getMarked(key: Key, attribute: string): Promise<{ readonly item: Item; readonly mark: unknown } | undefined> {
    const found = (await this.findJointly(key)) ?? (await this.find(key, {}));
    return found && { item: found.item, mark: found.stored[attribute] };
  }

  async put(item: Item, options: WriteOptions = {}): Promise<void> {
    checkOptions('put', this.name, options);
    return this.write(options, async (context) => {
      const { loaded } = context;
      const { key, input } = planPut(context, item, options.condition);
      const command = new loaded.sdk.PutItemCommand({ ...input, ...WITH_CURRENT });
      await this.conditional(context, key, options, () => loaded.client.send(command));
    });
  }

  async update(key: Key, changes: Changes, options: UpdateOptions = {}): Promise<Item> {
    checkOptions('update', this.name, options);
    return this.write(options, async (context) => {
      try {
        return withoutReserved(await this.updateOnce(context, key, changes, options));
      } catch (error) {
        if (!(options.upsert && error instanceof ConditionFailed && error.current === undefined)) throw error;
        return withoutReserved(await this.replaceOrUpdate(context, key, changes, options, error));
      }
    });
  }

  async delete(key: Key, options: DeleteOptions = {}): Promise<void> {
    checkOptions('delete', this.name, options);
    return this.write(options, async (context) => {
      const { loaded } = context;
      const planned = planDelete(context, key, options.condition);
      const command = new loaded.sdk.DeleteItemCommand({ ...planned.input, ...WITH_CURRENT });
      await this.conditional(context, planned.key, options, () => loaded.client.send(command));
    });
  }

  async query(where: Key, options: QueryOptions = {}): Promise<Page> {
    checkOptions('query', this.name, options);
    return this.run(async (map, loaded) => {
      checkWhere(map, where, options.index);
      const view = new View(map, options.attributes, this.connection.now());
      const shape = queryShape(where, options);
      const start =
        options.cursor === undefined
          ? undefined
          : openPosition(map, loaded, where, options, openCursor(map.table, shape, options.cursor));
      const input = planQuery(map, loaded, physicalTable(map, where), where, options, view, start, []);
      const command = new loaded.sdk.QueryCommand(input);
      const answer = await resume(start, () => this.read(options, () => loaded.client.send(command), true));
      const items = (answer.Items ?? [])
        .map((item) => loaded.unmarshall(item))
        .filter((item) => !view.isExpired(item))
        .map((item) => view.show(item));
      if (answer.LastEvaluatedKey === undefined) return { items };
      return { items, cursor: packCursor(map.table, shape, answer.LastEvaluatedKey) };
    });
  }

  async batchGet(keys: readonly Key[], options: GetOptions = {}): Promise<(Item | undefined)[]> {
    checkOptions('batchGet', this.name, options);
    return this.run((map) => batchGet(this.connection, map, keys, options));
  }

  async batchWrite(writes: readonly BatchWrite[], options: CallOptions = {}): Promise<void> {
    const begun = writes.map(
      (write) => [write, newWrite(this.connection.newId, 'put' in write ? write.outbox : undefined)] as const,
    );
    await this.run((map) => batchWrite(this.connection, map, begun, options));
  }

  async scatter(options: ScatterOptions = {}): Promise<Page> {
    checkOptions('scatter', this.name, options);
    return this.run((map) => scatter(this.connection, map, options));
  }

  private find(key: Key, options: GetOptions): Promise<{ readonly item: Item; readonly stored: Item } | undefined> {
    return this.run(async (map, { client, sdk, marshall, unmarshall }) => {
      const view = new View(map, options.attributes, this.connection.now());
      const expression = new Expression();
      const checked = checkKey(map, key);
      const command = new sdk.GetItemCommand({
        TableName: physicalTable(map, checked),
        Key: marshall(checked),
        ConsistentRead: options.eventual !== true,
        ...view.projection(expression),
        ...expression.placeholders(marshall),
      });
      const answer = await this.read(options, () => client.send(command));
      const stored = answer.Item && unmarshall(answer.Item);
      return stored === undefined || view.isExpired(stored) ? undefined : { item: view.show(stored), stored };
    });
  }

  private findJointly(key: Key): Promise<{ readonly item: Item; readonly stored: Item } | undefined> {
    return this.run(async (map) => {
      const stored = await this.connection.jointReads.read(map, checkKey(map, key));
      const view = new View(map, undefined, this.connection.now());
      return stored === undefined || view.isExpired(stored) ? undefined : { item: view.show(stored), stored };
    });
  }

  private run<R>(call: (map: OpenShardMap, loaded: Loaded) => Promise<R>): Promise<R> {
    return this.connection.withShardMaps([this.name], ([map], loaded) => call(map, loaded));
  }

  /** Runs a write. All its attempts have the same token and messages. */
  private async write<R>(
    options: WriteOptions | (DeleteOptions & { readonly outbox?: undefined }),
    attempt: (context: WriteContext) => Promise<R>,
  ): Promise<R> {
    const begun: Write = newWrite(this.connection.newId, options.outbox, markOf(options));
    return this.run((map, loaded) => attempt({ ...begun, map, loaded, nowMs: this.connection.now() }));
  }

  private read<R>({ signal }: CallOptions, send: () => Promise<R>, isLong = false): Promise<R> {
    return this.connection.send({ table: this.name, isWrite: false, isLong, signal, send });
  }

  private async updateOnce(context: WriteContext, key: Key, changes: Changes, options: UpdateOptions): Promise<Item> {
    const { loaded } = context;
    const planned = planUpdate(context, key, changes, options);
    // After a write with a mark, nobody reads the new item.
    const ReturnValues = context.mark === undefined ? 'ALL_NEW' : 'NONE';
    const command = new loaded.sdk.UpdateItemCommand({ ...planned.input, ReturnValues, ...WITH_CURRENT });
    return this.conditional(context, planned.key, options, async () => {
      const { Attributes } = await loaded.client.send(command);
      return loaded.unmarshall(Attributes ?? {});
    });
  }

  /**
   * Replaces an expired item. If another write or DynamoDB's time to live has removed the expired
   * item in the meantime, the update is retried.
   */
  private async replaceOrUpdate(
    context: WriteContext,
    key: Key,
    changes: Changes,
    options: UpdateOptions,
    refused: ConditionFailed,
  ): Promise<Item> {
    try {
      const replaced = await this.replaceExpired(context, key, changes, options);
      if (replaced !== undefined) return replaced;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      return this.updateOnce(context, key, changes, options);
    }
    throw refused;
  }

  /** @returns the new item; undefined if the condition doesn't hold for an absent item */
  private async replaceExpired(
    context: WriteContext,
    key: Key,
    changes: Changes,
    options: UpdateOptions,
  ): Promise<Item | undefined> {
    const { loaded } = context;
    const planned = planReplacement(context, key, changes, options.condition);
    if (planned === undefined) return undefined;
    const command = new loaded.sdk.PutItemCommand({ ...planned.input, ...WITH_CURRENT });
    return this.conditional(context, planned.key, options, async () => {
      await loaded.client.send(command);
      return loaded.unmarshall(planned.input.Item);
    });
  }

  /**
   * Sends a write with a condition. If an answer is lost, the SDK retries the write. If the first
   * attempt took effect, the condition of the retry fails, but the stored item has the write's own
   * token. Then the write counts as successful.
   */
  private async conditional<R>(
    { map, token, loaded, nowMs }: WriteContext,
    key: Key,
    { signal }: CallOptions,
    send: () => Promise<R>,
  ): Promise<R> {
    try {
      return await this.connection.send({ table: this.name, isWrite: true, signal, send });
    } catch (error) {
      if (isTooLarge(error)) throw new ItemTooLarge(map.table, DYNAMODB.MAX_ITEM_BYTES, undefined, { cause: error });
      if (!isNamed(error, 'ConditionalCheckFailedException')) throw error;
      const stored = (error as { readonly Item?: Record<string, AttributeValue> }).Item;
      const current = stored && loaded.unmarshall(stored);
      if (current !== undefined && isWrittenBy(current, token)) return current as R;
      const isAbsent = current === undefined || new View(map, undefined, nowMs).isExpired(current);
      throw new ConditionFailed(map.table, key, isAbsent ? undefined : withoutReserved(current));
    }
  }
}

/**
 * Recognises DynamoDB's error for an update that makes an item too large. Only DynamoDB knows the
 * size of the updated item.
 */
function isTooLarge(error: unknown): boolean {
  return isNamed(error, 'ValidationException') && /item size .*exceeded/i.test((error as Error).message);
}

function checkWhere(map: OpenShardMap, where: Key, index: string | undefined): void {
  const names = Object.keys(where);
  if (!Object.hasOwn(where, map.partitionKey)) {
    throw new UsageError(
      `a query of '${map.table}' reads one partition, so it needs '${map.partitionKey}', got ${names.join(', ') || 'nothing'}; scatter() reads all shards`,
    );
  }
  if (index === undefined && names.length > 1) {
    throw new UsageError(
      `a query of '${map.table}' takes '${map.partitionKey}' alone, got ${names.join(', ')}; narrow the sort key with 'sort'`,
    );
  }
}
