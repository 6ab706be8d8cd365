import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { DYNAMODB } from '../../../lib/limits';
import type { OpenShardMap } from '../../../lib/protocol';
import { batchGet, batchWrite } from './batch';
import type { Connection, Loaded } from './connection';
import { openCursor, packCursor } from './cursor';
import { ConditionFailed, ItemTooLarge, isNamed, OutcomeUnknown, TableOverloaded, UsageError } from './errors';
import { Expression } from './expression';
import { checkKey, physicalTable } from './keys';
import { checkOptions } from './known-options';
import { markOf } from './mark';
import { openPosition, resume } from './position';
import { planQuery, queryShape, View } from './reads';
import { withoutReserved } from './reserved';
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
import { Write } from './write';
import { planDelete, planPut, planReplacement, planUpdate, type WriteContext } from './writes';

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
    const write = this.newWrite(options);
    await this.conditional(write, NO_CHANGES, options, (context) => {
      const { loaded } = context;
      const { key, input } = planPut(context, item, options.condition);
      const command = new loaded.sdk.PutItemCommand({ ...input, ...WITH_CURRENT });
      return { key, send: () => loaded.client.send(command) };
    });
  }

  async update(key: Key, changes: Changes, options: UpdateOptions = {}): Promise<Item> {
    checkOptions('update', this.name, options);
    const write = this.newWrite(options);
    try {
      return withoutReserved(await this.updateOnce(write, key, changes, options));
    } catch (error) {
      if (!(options.upsert && error instanceof ConditionFailed && error.current === undefined)) throw error;
      return withoutReserved(await this.replaceOrUpdate(write, key, changes, options, error));
    }
  }

  async delete(key: Key, options: DeleteOptions = {}): Promise<void> {
    checkOptions('delete', this.name, options);
    await this.conditional(this.newWrite(options), NO_CHANGES, options, (context) => {
      const { loaded } = context;
      const planned = planDelete(context, key, options.condition);
      const command = new loaded.sdk.DeleteItemCommand({ ...planned.input, ...WITH_CURRENT });
      return { key: planned.key, send: () => loaded.client.send(command) };
    });
  }

  async query(where: Key, options: QueryOptions = {}): Promise<Page> {
    checkOptions('query', this.name, options);
    return this.read(options, true, async (map, loaded) => {
      checkWhere(map, where, options.index);
      const view = new View(map, options.attributes, this.connection.now());
      const shape = queryShape(where, options);
      const start =
        options.cursor === undefined
          ? undefined
          : openPosition(map, loaded, where, options, openCursor(map.table, shape, options.cursor));
      const input = planQuery(map, loaded, physicalTable(map, where), where, options, view, start, []);
      const command = new loaded.sdk.QueryCommand(input);
      const answer = await resume(start, () => loaded.client.send(command));
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
    return batchGet(this.connection, this.name, keys, options);
  }

  async batchWrite(writes: readonly BatchWrite[], options: CallOptions = {}): Promise<void> {
    const begun = writes.map(
      (write) =>
        [write, this.newWrite('put' in write && write.outbox !== undefined ? { outbox: write.outbox } : {})] as const,
    );
    await batchWrite(this.connection, this.name, begun, options);
  }

  async scatter(options: ScatterOptions = {}): Promise<Page> {
    checkOptions('scatter', this.name, options);
    return scatter(this.connection, this.name, options);
  }

  private find(key: Key, options: GetOptions): Promise<{ readonly item: Item; readonly stored: Item } | undefined> {
    return this.read(options, false, async (map, { client, sdk, marshall, unmarshall }) => {
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
      const answer = await client.send(command);
      const stored = answer.Item && unmarshall(answer.Item);
      return stored === undefined || view.isExpired(stored) ? undefined : { item: view.show(stored), stored };
    });
  }

  private async findJointly(key: Key): Promise<{ readonly item: Item; readonly stored: Item } | undefined> {
    const found = await this.connection.jointReads.read(this.name, key);
    if (found === undefined) return undefined;
    const view = new View(found.map, undefined, this.connection.now());
    return view.isExpired(found.item) ? undefined : { item: view.show(found.item), stored: found.item };
  }

  private newWrite(options: WriteOptions | (DeleteOptions & { readonly outbox?: undefined })): Write {
    return new Write(this.connection.now, this.connection.newId, options.outbox, markOf(options));
  }

  private read<R>(
    { signal }: CallOptions,
    isLong: boolean,
    request: (map: OpenShardMap, loaded: Loaded) => Promise<R>,
  ): Promise<R> {
    return this.connection.withShardMaps([this.name], { isWrite: false, isLong, signal }, ([map], loaded) =>
      request(map, loaded),
    );
  }

  private async updateOnce(write: Write, key: Key, changes: Changes, options: UpdateOptions): Promise<Item> {
    // After a write with a mark, nobody reads the new item.
    const ReturnValues = write.mark === undefined ? 'ALL_NEW' : 'NONE';
    return this.conditional(write, changes, options, (context) => {
      const { loaded } = context;
      const planned = planUpdate(context, key, changes, options);
      const command = new loaded.sdk.UpdateItemCommand({ ...planned.input, ReturnValues, ...WITH_CURRENT });
      const send = async () => {
        const { Attributes } = await loaded.client.send(command);
        return loaded.unmarshall(Attributes ?? {});
      };
      return { key: planned.key, send };
    });
  }

  /**
   * Replaces an expired item. If another write or DynamoDB's time to live has removed the expired
   * item in the meantime, the update is retried.
   */
  private async replaceOrUpdate(
    write: Write,
    key: Key,
    changes: Changes,
    options: UpdateOptions,
    refused: ConditionFailed,
  ): Promise<Item> {
    try {
      const replaced = await this.replaceExpired(write, key, changes, options);
      if (replaced !== undefined) return replaced;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      return this.updateOnce(write, key, changes, options);
    }
    throw refused;
  }

  /** @returns the new item; undefined if the condition doesn't hold for an absent item */
  private async replaceExpired(
    write: Write,
    key: Key,
    changes: Changes,
    options: UpdateOptions,
  ): Promise<Item | undefined> {
    return this.conditional<Item | undefined>(write, changes, options, (context) => {
      const { loaded } = context;
      const planned = planReplacement(context, key, changes, options.condition);
      if (planned === undefined) return undefined;
      const command = new loaded.sdk.PutItemCommand({ ...planned.input, ...WITH_CURRENT });
      const send = async () => {
        await loaded.client.send(command);
        return loaded.unmarshall(planned.input.Item);
      };
      return { key: planned.key, send };
    });
  }

  /**
   * Sends a write with a condition, in one or more requests. If an answer was lost and the request
   * took effect, the condition of the next request fails, but the stored item has a stamp of this
   * write. Then the write counts as successful.
   *
   * @param plan plans one request; undefined if none is needed
   */
  private async conditional<R>(
    write: Write,
    changes: Changes,
    { signal }: CallOptions,
    plan: (context: WriteContext) => PlannedRequest<R> | undefined,
  ): Promise<R> {
    const call = { isWrite: true, signal, onUnanswered: write.loseAnswer };
    let planned: { readonly key: Key; readonly context: WriteContext } | undefined;
    try {
      return await this.connection.withShardMaps([this.name], call, async ([map], loaded) => {
        const context = { write, map, loaded, nowMs: this.connection.now() };
        const request = plan(context);
        if (request === undefined) return undefined as R;
        planned = { key: request.key, context };
        return request.send();
      });
    } catch (error) {
      if (isTooLarge(error)) throw new ItemTooLarge(this.name, DYNAMODB.MAX_ITEM_BYTES, undefined, { cause: error });
      if (planned === undefined) throw error;
      const { key, context } = planned;
      const isAddition = write.doubtBefore(changes) !== undefined;
      if (error instanceof TableOverloaded && isAddition) throw new OutcomeUnknown(this.name, [key], { cause: error });
      if (!isNamed(error, 'ConditionalCheckFailedException')) throw error;
      const stored = (error as { readonly Item?: Record<string, AttributeValue> }).Item;
      const current = stored && context.loaded.unmarshall(stored);
      if (current !== undefined && write.hasWritten(current)) return current as R;
      if (write.isUnknown(changes, current)) throw new OutcomeUnknown(this.name, [key], { cause: error });
      const isAbsent = current === undefined || new View(context.map, undefined, context.nowMs).isExpired(current);
      throw new ConditionFailed(this.name, key, isAbsent ? undefined : withoutReserved(current));
    }
  }
}

/** One request of a write. */
interface PlannedRequest<R> {
  readonly key: Key;
  readonly send: () => Promise<R>;
}

/** The changes of a put or a delete, which adds nothing. */
const NO_CHANGES: Changes = {};

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
