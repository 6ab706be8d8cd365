import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { initialSlots, SLOT_COUNT, slotOf } from '../../lib/protocol';
import {
  type Attribute,
  applyUpdate,
  compare,
  holds,
  type Placeholders,
  type StoredItem,
} from './dynamodb-expressions';

/** Keys of a stub table. */
export interface StubTable {
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly indexes?: Readonly<Record<string, { readonly partitionKeys: readonly string[]; readonly sortKey?: string }>>;
}

type Input = Record<string, unknown>;
type Answer = Record<string, unknown>;

/** A call that the stub received. */
export interface Call {
  readonly operation: string;
  readonly input: Input;
}

/** A physical table, and its items before the last write of each. */
interface StoredTable {
  readonly schema: StubTable;
  readonly items: Map<string, StoredItem>;
  readonly replica: Map<string, StoredItem | undefined>;
}

/** Decides about a call before the table does: an answer, an error to throw, or nothing. */
export type Intervention = (call: Call) => Answer | undefined | Promise<Answer | undefined>;

/** An error as DynamoDB words it on the wire. */
export class StubError extends Error {
  constructor(
    readonly type: string,
    message: string,
    readonly extra: Answer = {},
    readonly status = 400,
  ) {
    super(message);
  }
}

/** A partition key that lies in a shard of an even map. */
export function customerOfShard(shard: number, shards: number): string {
  for (let i = 0; ; i++) if (Math.floor((slotOf(`c${i}`) * shards) / SLOT_COUNT) === shard) return `c${i}`;
}

/**
 * DynamoDB in memory behind a real socket, so that the SDK's serialisation, retries and errors are part of each test. It knows the
 * operations and expressions that the runtime uses, and complains about any other.
 */
export class DynamoStub {
  static async start(): Promise<DynamoStub> {
    const stub = new DynamoStub();
    await new Promise<void>((resolve) => stub.server.listen(0, '127.0.0.1', resolve));
    return stub;
  }

  readonly calls: Call[] = [];
  /** Looks at each call first. */
  intervene: Intervention = () => undefined;
  /** Does the call, then throws the answer away and breaks the connection: as often as this says. */
  loseAnswers = 0;
  /** Whether reads without `ConsistentRead` miss the last write of each item, as a replica that lags does. */
  lags = false;
  /** Takes calls of these operations and never answers them. */
  readonly hangs = new Set<string>();
  /** Whether a transaction with a known token is answered from memory, as DynamoDB does for ten minutes. */
  remembersTokens = true;

  private readonly tables = new Map<string, StoredTable>();
  private readonly tokens = new Set<unknown>();
  private readonly server: Server;
  private readonly clients = new Map<number, DynamoDBClient>();

  private constructor() {
    this.server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const operation = String(request.headers['x-amz-target']).split('.')[1]!;
        const call = { operation, input: JSON.parse(Buffer.concat(parts).toString()) as Input };
        if (this.hangs.has(operation)) {
          this.calls.push(call);
          return;
        }
        void this.answer(call)
          .then(
            (answer) => ({ status: 200, answer }),
            (error: unknown) => {
              const known = error instanceof StubError ? error : new StubError('ValidationException', String(error));
              const { type, message, extra, status } = known;
              return { status, answer: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message, ...extra } };
            },
          )
          .then(({ status, answer }) => {
            if (this.loseAnswers > 0) {
              this.loseAnswers--;
              request.socket.destroy();
              return;
            }
            response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
          });
      });
    });
  }

  get client(): DynamoDBClient {
    return this.clientTrying(3);
  }

  /** A client that makes so many attempts. */
  clientTrying(maxAttempts: number): DynamoDBClient {
    const client =
      this.clients.get(maxAttempts) ??
      new DynamoDBClient({
        endpoint: `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`,
        region: 'us-east-1',
        credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
        maxAttempts,
        cacheMiddleware: true,
      });
    this.clients.set(maxAttempts, client);
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.clients.values()) client.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  createTable(name: string, schema: StubTable): void {
    this.tables.set(name, { schema, items: new Map(), replica: new Map() });
  }

  dropTable(name: string): void {
    this.tables.delete(name);
  }

  /** Physical tables `<name>-0`... and the map's entry. */
  createSharded(
    name: string,
    schema: StubTable,
    shards: number,
    more: { readonly epoch?: number; readonly timeToLive?: string } = {},
  ): void {
    if (!this.tables.has('map')) this.createTable('map', { partitionKey: 'table' });
    const names = Array.from({ length: shards }, (_, i) => `${name}-${i}`);
    for (const shard of names) if (!this.tables.has(shard)) this.createTable(shard, schema);
    this.putRaw('map', {
      table: { S: name },
      epoch: { N: String(more.epoch ?? 1) },
      shards: { L: names.map((shard) => ({ S: shard })) },
      slots: { S: initialSlots(shards) },
      partitionKey: { S: schema.partitionKey },
      ...(schema.sortKey === undefined ? {} : { sortKey: { S: schema.sortKey } }),
      ...(more.timeToLive === undefined ? {} : { timeToLive: { S: more.timeToLive } }),
    });
  }

  putRaw(table: string, item: StoredItem): void {
    const { items, replica, schema } = this.table(table);
    const key = keyText(schema, item);
    replica.set(key, items.get(key));
    items.set(key, item);
  }

  /** All items of a physical table as they are stored. */
  items(table: string): StoredItem[] {
    return [...this.table(table).items.values()];
  }

  count(operation: string): number {
    return this.calls.filter((call) => call.operation === operation).length;
  }

  private table(name: unknown) {
    const table = this.tables.get(String(name));
    if (table === undefined) throw new StubError('ResourceNotFoundException', `no table ${String(name)}`);
    return table;
  }

  private async answer(call: Call): Promise<Answer> {
    this.calls.push(call);
    const given = await this.intervene(call);
    if (given !== undefined) return given;
    const { operation, input } = call;
    switch (operation) {
      case 'GetItem':
        return this.get(input);
      case 'PutItem':
      case 'UpdateItem':
      case 'DeleteItem':
        return this.write(operation.replace('Item', ''), input);
      case 'Query':
      case 'Scan':
        return this.read(operation, input);
      case 'BatchGetItem':
        return this.batchGet(input);
      case 'BatchWriteItem':
        return this.batchWrite(input);
      case 'TransactWriteItems':
        return this.transact(input);
      default:
        throw new StubError('UnknownOperationException', operation);
    }
  }

  /** The items that a read sees. */
  private visible(name: unknown, { ConsistentRead }: Input): Map<string, StoredItem> {
    const { items, replica } = this.table(name);
    if (!this.lags || ConsistentRead === true) return items;
    const seen = new Map(items);
    for (const [key, before] of replica) {
      if (before === undefined) seen.delete(key);
      else seen.set(key, before);
    }
    return seen;
  }

  private get(input: Input): Answer {
    const { schema } = this.table(input['TableName']);
    const items = this.visible(input['TableName'], input);
    const item = items.get(keyText(schema, input['Key'] as StoredItem));
    return item === undefined ? {} : { Item: project(item, input) };
  }

  private write(kind: string, input: Input): Answer {
    const { schema, items } = this.table(input['TableName']);
    const key = (input['Key'] ?? input['Item']) as StoredItem;
    const text = keyText(schema, key);
    const before = items.get(text);
    const condition = input['ConditionExpression'] as string | undefined;
    if (condition !== undefined && !holds(condition, before, placeholdersOf(input))) {
      throw new StubError(
        'ConditionalCheckFailedException',
        'The conditional request failed',
        before ? { Item: before } : {},
      );
    }
    this.table(input['TableName']).replica.set(text, before);
    if (kind === 'Put') items.set(text, input['Item'] as StoredItem);
    if (kind === 'Delete') items.delete(text);
    if (kind === 'Update') {
      const after = applyUpdate(input['UpdateExpression'] as string, before ?? key, placeholdersOf(input));
      items.set(text, after);
      return { Attributes: after };
    }
    return {};
  }

  private read(operation: string, input: Input): Answer {
    const { schema } = this.table(input['TableName']);
    const items = this.visible(input['TableName'], input);
    const index = input['IndexName'] === undefined ? undefined : schema.indexes?.[String(input['IndexName'])];
    if (index !== undefined && input['ConsistentRead'] === true)
      throw new StubError('ValidationException', 'consistent index read');
    const sortKey = index === undefined ? schema.sortKey : index.sortKey;
    const condition = operation === 'Query' ? String(input['KeyConditionExpression']) : undefined;
    const keys = [
      ...new Set([...(index?.partitionKeys ?? []), ...(index?.sortKey ? [index.sortKey] : []), ...keysOf(schema)]),
    ];
    const all = [...items.values()]
      .filter((item) => condition === undefined || holds(condition, item, placeholdersOf(input)))
      .filter((item) => (index?.partitionKeys ?? []).every((name) => Object.hasOwn(item, name)))
      .sort(
        (a, b) =>
          (sortKey === undefined ? 0 : compare(a[sortKey], b[sortKey])) ||
          (keyText(schema, a) < keyText(schema, b) ? -1 : 1),
      );
    if (input['ScanIndexForward'] === false) all.reverse();
    const start = input['ExclusiveStartKey'] as StoredItem | undefined;
    if (start !== undefined) checkStart(start, keys, all[0]);
    const from =
      start === undefined
        ? 0
        : all.findIndex((item) => keys.every((name) => compare(item[name], start[name]) === 0)) + 1;
    const limit = (input['Limit'] as number | undefined) ?? 1_000_000;
    const page = all.slice(from, from + limit);
    const filter = input['FilterExpression'] as string | undefined;
    const last = page.at(-1);
    return {
      Items: page
        .filter((item) => filter === undefined || holds(filter, item, placeholdersOf(input)))
        .map((item) => project(item, input)),
      // As DynamoDB does: a full page has a next one, even if that turns out to be empty.
      ...(page.length === limit && last !== undefined
        ? { LastEvaluatedKey: Object.fromEntries(keys.map((name) => [name, last[name]])) }
        : {}),
    };
  }

  private batchGet(input: Input): Answer {
    const requests = input['RequestItems'] as Record<string, Input>;
    return {
      Responses: Object.fromEntries(
        Object.entries(requests).map(([name, request]) => {
          const { schema } = this.table(name);
          const items = this.visible(name, request);
          const texts = (request['Keys'] as StoredItem[]).map((key) => keyText(schema, key));
          if (texts.length > 100 || new Set(texts).size < texts.length)
            throw new StubError('ValidationException', 'too many keys, or one twice');
          // DynamoDB promises no order.
          return [
            name,
            texts.reverse().flatMap((text) => (items.has(text) ? [project(items.get(text)!, request)] : [])),
          ];
        }),
      ),
      UnprocessedKeys: {},
    };
  }

  private batchWrite(input: Input): Answer {
    for (const [name, requests] of Object.entries(input['RequestItems'] as Record<string, Input[]>)) {
      if (requests.length > 25) throw new StubError('ValidationException', 'too many writes');
      for (const request of requests) {
        if (request['PutRequest'] !== undefined)
          this.write('Put', { TableName: name, ...(request['PutRequest'] as Input) });
        else this.write('Delete', { TableName: name, ...(request['DeleteRequest'] as Input) });
      }
    }
    return { UnprocessedItems: {} };
  }

  private transact(input: Input): Answer {
    const token = input['ClientRequestToken'];
    if (this.remembersTokens && this.tokens.has(token)) return {};
    const operations = (input['TransactItems'] as Record<string, Input>[]).map((item) => Object.entries(item)[0]!);
    const reasons = operations.map(([, part]) => {
      const { schema, items } = this.table(part['TableName']);
      const before = items.get(keyText(schema, (part['Key'] ?? part['Item']) as StoredItem));
      const condition = part['ConditionExpression'] as string | undefined;
      if (condition === undefined || holds(condition, before, placeholdersOf(part))) return { Code: 'None' };
      return {
        Code: 'ConditionalCheckFailed',
        Message: 'The conditional request failed',
        ...(before ? { Item: before } : {}),
      };
    });
    if (reasons.some((reason) => reason.Code !== 'None')) {
      throw new StubError('TransactionCanceledException', 'Transaction cancelled', { CancellationReasons: reasons });
    }
    for (const [kind, part] of operations)
      if (kind !== 'ConditionCheck') this.write(kind, { ...part, ConditionExpression: undefined });
    this.tokens.add(token);
    return {};
  }
}

/** DynamoDB knows names and types of the keys; the stub learns the types from an item. */
function checkStart(start: StoredItem, keys: readonly string[], example: StoredItem | undefined): void {
  const typeOf = (item: StoredItem, name: string) => Object.keys(item[name] ?? {})[0];
  if (Object.keys(start).length !== keys.length || keys.some((name) => start[name] === undefined))
    throw new StubError('ValidationException', "Exclusive Start Key must have same size as table's key schema");
  if (example !== undefined && keys.some((name) => typeOf(start, name) !== typeOf(example, name)))
    throw new StubError('ValidationException', 'The provided starting key is invalid');
}

function keysOf(schema: StubTable): string[] {
  return schema.sortKey === undefined ? [schema.partitionKey] : [schema.partitionKey, schema.sortKey];
}

function keyText(schema: StubTable, item: StoredItem): string {
  return JSON.stringify(
    keysOf(schema).map((name) => {
      if (item[name] === undefined) throw new StubError('ValidationException', `key ${name} is missing`);
      return item[name];
    }),
  );
}

function placeholdersOf(input: Input): Placeholders {
  return {
    names: (input['ExpressionAttributeNames'] ?? {}) as Record<string, string>,
    values: (input['ExpressionAttributeValues'] ?? {}) as Record<string, Attribute>,
  };
}

function project(item: StoredItem, input: Input): StoredItem {
  const projection = input['ProjectionExpression'] as string | undefined;
  if (projection === undefined) return item;
  const { names } = placeholdersOf(input);
  const wanted = projection.split(',').map((part) => names[part.trim()] ?? part.trim());
  return Object.fromEntries(Object.entries(item).filter(([name]) => wanted.includes(name)));
}
