import { DYNAMODB } from '../../lib/limits';
import { type Attribute, DynamoDbError, invalid, type StoredItem, sizeOfItem, storedItem } from './attributes';
import { holds, projectionNames } from './expression';
import { keyConditionNames } from './key-condition';
import { type MemoryTable, type PlannedWrite, pick, type TableSchema } from './memory-table';
import { Placeholders } from './tokens';
import { applyUpdate } from './update';

/** Parameters of a call. */
export type Input = Readonly<Record<string, unknown>>;
/** Fields of an answer. */
export type Answer = Readonly<Record<string, unknown>>;
/** Finds a table by its name. */
export type FindTable = (name: unknown) => MemoryTable;

/**
 * A write that is checked, but not done yet, and the names of the attributes that it changes if it
 * is an update.
 */
type Planned = PlannedWrite & { readonly changed: readonly string[] };

/** Maximum bytes that a query or scan reads for one page. */
const MAX_PAGE_BYTES = 1024 * 1024;

export function placeholdersOf(input: Input): Placeholders {
  return new Placeholders(
    input['ExpressionAttributeNames'] as Record<string, string> | undefined,
    input['ExpressionAttributeValues'] as Record<string, Attribute> | undefined,
  );
}

/** @param items the items that the read sees */
export function get(table: MemoryTable, items: ReadonlyMap<string, StoredItem>, input: Input): Answer {
  const text = table.keyText(input['Key'] as StoredItem);
  const placeholders = placeholdersOf(input);
  const names = namesIn(input, placeholders);
  placeholders.checkUsed();
  const item = items.get(text);
  return item === undefined ? {} : { Item: names === undefined ? item : pick(item, names) };
}

/**
 * Checks a put, an update, a delete, or a condition check of a transaction.
 * @throws DynamoDbError if the write is invalid, or if its condition doesn't hold
 */
export function plan(kind: string, table: MemoryTable, input: Input): Planned {
  const placeholders = placeholdersOf(input);
  const item = kind === 'Put' ? storedItem(input['Item'] as StoredItem) : undefined;
  const text = item === undefined ? table.keyText(input['Key'] as StoredItem) : table.textOfItem(item);
  const keys = item === undefined ? storedItem(input['Key'] as StoredItem) : table.keysOf(item);
  const before = table.items.get(text);
  const condition = input['ConditionExpression'] as string | undefined;
  const isMet = condition === undefined || holds(condition, before, placeholders);
  const expression = input['UpdateExpression'] as string | undefined;
  const updated =
    kind === 'Update' && expression !== undefined ? applyUpdate(expression, before ?? keys, placeholders) : undefined;
  placeholders.checkUsed();
  if (!isMet) throw conditionFailed(before, input);
  for (const name of updated?.changed ?? []) {
    if (!table.keyNames.includes(name)) continue;
    throw invalid(
      `One or more parameter values were invalid: Cannot update attribute ${name}. This attribute is part of the key`,
    );
  }
  const after =
    kind === 'Delete' ? undefined : kind === 'ConditionCheck' ? before : (item ?? updated?.item ?? before ?? keys);
  return { ...table.plan(text, keys, after), changed: updated?.changed ?? [] };
}

function conditionFailed(
  before: StoredItem | undefined,
  { ReturnValuesOnConditionCheckFailure: returned }: Input,
): DynamoDbError {
  const extra = returned === 'ALL_OLD' && before !== undefined ? { Item: before } : {};
  return new DynamoDbError('ConditionalCheckFailedException', 'The conditional request failed', extra);
}

/** Returns the attributes that a single write returns. */
export function returned({ ReturnValues: wanted = 'NONE' }: Input, write: Planned): Answer {
  const { before, after, changed } = write;
  const item = String(wanted).endsWith('OLD') ? before : after;
  if (wanted === 'NONE' || item === undefined) return {};
  return { Attributes: String(wanted).startsWith('UPDATED') ? pick(item, changed) : item };
}

/** Does a Query or a Scan. */
export function read(
  table: MemoryTable,
  items: ReadonlyMap<string, StoredItem>,
  input: Input,
  isQuery: boolean,
): Answer {
  const index = table.index(input['IndexName']);
  if (index !== undefined && input['ConsistentRead'] === true) {
    throw invalid('Consistent reads are not supported on global secondary indexes');
  }
  const placeholders = placeholdersOf(input);
  const keyCondition = isQuery ? String(input['KeyConditionExpression'] ?? '') : undefined;
  if (keyCondition !== undefined) keyConditionNames(keyCondition, table, index, placeholders);
  const filter = input['FilterExpression'] as string | undefined;
  const names = namesIn(input, placeholders);
  // The expression is also parsed if there is no item, so that errors in it are found.
  if (filter !== undefined) holds(filter, undefined, placeholders);
  const matching = (item: StoredItem) => keyCondition === undefined || holds(keyCondition, item, placeholders);
  if (keyCondition !== undefined) matching({});
  placeholders.checkUsed();

  const sorted = table.sorted([...items.values()].filter(matching), index);
  const direction = input['ScanIndexForward'] === false ? -1 : 1;
  if (direction < 0) sorted.reverse();
  const position = table.positionNames(index);
  const start = input['ExclusiveStartKey'] as StoredItem | undefined;
  if (start !== undefined) checkStart(start, position, table.schema, sorted[0]);
  const rest = start === undefined ? sorted : sorted.filter((item) => direction * table.order(item, start, index) > 0);
  const { page, isCut } = cut(rest, (input['Limit'] as number | undefined) ?? Number.POSITIVE_INFINITY);
  const projected = index?.projected && [...index.projected, ...position];
  const found = page
    .map((item) => (projected === undefined ? item : pick(item, projected)))
    .filter((item) => filter === undefined || holds(filter, item, placeholders));
  const last = page.at(-1);
  return {
    ...(input['Select'] === 'COUNT'
      ? {}
      : { Items: found.map((item) => (names === undefined ? item : pick(item, names))) }),
    Count: found.length,
    ScannedCount: page.length,
    ...(isCut && last !== undefined ? { LastEvaluatedKey: pick(last, position) } : {}),
  };
}

/**
 * Cuts a page. As in DynamoDB, a page with `limit` items has a next page, even if that page is
 * empty.
 */
function cut(items: readonly StoredItem[], limit: number): { readonly page: StoredItem[]; readonly isCut: boolean } {
  let bytes = 0;
  const page: StoredItem[] = [];
  for (const item of items) {
    page.push(item);
    bytes += sizeOfItem(item);
    if (page.length >= limit || bytes >= MAX_PAGE_BYTES) return { page, isCut: true };
  }
  return { page, isCut: false };
}

/**
 * Checks the start key of a page. If the table declares no types, the key must have the types of
 * the example item.
 */
function checkStart(
  start: StoredItem,
  position: readonly string[],
  { types }: TableSchema,
  example?: StoredItem,
): void {
  const typeOf = (item: StoredItem | undefined, name: string) => Object.keys(item?.[name] ?? {})[0];
  if (Object.keys(start).length !== position.length || position.some((name) => start[name] === undefined)) {
    throw invalid("Exclusive Start Key must have same size as table's key schema");
  }
  const isWrong = (name: string) => {
    const expected = types?.[name] ?? typeOf(example, name);
    return expected !== undefined && typeOf(start, name) !== expected;
  };
  if (position.some(isWrong)) throw invalid('The provided starting key is invalid');
}

/** @param itemsOf the items that a read of a table sees */
export function batchGet(
  input: Input,
  find: FindTable,
  itemsOf: (table: MemoryTable, request: Input) => ReadonlyMap<string, StoredItem>,
): Answer {
  const requests = Object.entries(input['RequestItems'] as Record<string, Input>);
  checkCount(
    requests.reduce((sum, [, { Keys }]) => sum + (Keys as unknown[]).length, 0),
    DYNAMODB.MAX_BATCH_GETS,
  );
  const responses = requests.map(([name, request]) => {
    const table = find(name);
    const placeholders = placeholdersOf(request);
    const names = namesIn(request, placeholders);
    placeholders.checkUsed();
    const items = itemsOf(table, request);
    const texts = (request['Keys'] as StoredItem[]).map((key) => table.keyText(key));
    if (new Set(texts).size < texts.length) throw invalid('Provided list of item keys contains duplicates');
    // The order is reversed, because DynamoDB guarantees no order.
    const found = texts.reverse().flatMap((text): StoredItem[] => (items.has(text) ? [items.get(text)!] : []));
    return [name, found.map((item) => (names === undefined ? item : pick(item, names)))] as const;
  });
  return { Responses: Object.fromEntries(responses), UnprocessedKeys: {} };
}

export function batchWrite(input: Input, find: FindTable): Answer {
  const requests = Object.entries(input['RequestItems'] as Record<string, Input[]>);
  checkCount(
    requests.reduce((sum, [, list]) => sum + list.length, 0),
    DYNAMODB.MAX_BATCH_WRITES,
  );
  const writes = requests.flatMap(([name, list]) =>
    list.map(({ PutRequest: put, DeleteRequest: remove }) =>
      put === undefined ? plan('Delete', find(name), remove as Input) : plan('Put', find(name), put as Input),
    ),
  );
  checkDistinct(writes, 'Provided list of item keys contains duplicates');
  for (const write of writes) write.table.commit(write);
  return { UnprocessedItems: {} };
}

/** Does all writes or none. */
export function transactWrite(input: Input, find: FindTable): Answer {
  const operations = (input['TransactItems'] as Record<string, Input>[]).map((item) => Object.entries(item)[0]!);
  checkCount(operations.length, DYNAMODB.MAX_TRANSACTION_OPERATIONS);
  const results = operations.map(([kind, part]): Planned | DynamoDbError => {
    try {
      return plan(kind, find(part['TableName']), part);
    } catch (error) {
      if (!(error instanceof DynamoDbError) || isOfRequest(error)) throw error;
      return error;
    }
  });
  const writes = results.filter((result): result is Planned => !(result instanceof DynamoDbError));
  checkDistinct(writes, 'Transaction request cannot include multiple operations on one item');
  const failures = results.filter((result) => result instanceof DynamoDbError);
  if (failures.length > 0)
    throw cancelled(results.map((result) => (result instanceof DynamoDbError ? result : undefined)));
  for (const write of writes) write.table.commit(write);
  return {};
}

/**
 * Whether an error refuses the whole request. This is the case for a missing table, and for an
 * expression that can't be parsed.
 */
function isOfRequest({ type, message }: DynamoDbError): boolean {
  return type === 'ResourceNotFoundException' || /^(Invalid|Value provided)/.test(message);
}

export function transactGet(input: Input, find: FindTable): Answer {
  const gets = (input['TransactItems'] as { readonly Get: Input }[]).map(({ Get }) => Get);
  checkCount(gets.length, DYNAMODB.MAX_TRANSACTION_OPERATIONS);
  return { Responses: gets.map((part) => get(find(part['TableName']), find(part['TableName']).items, part)) };
}

function cancelled(errors: readonly (DynamoDbError | undefined)[]): DynamoDbError {
  const reasons = errors.map((error) => {
    if (error === undefined) return { Code: 'None' };
    const code = error.type === 'ConditionalCheckFailedException' ? 'ConditionalCheckFailed' : 'ValidationError';
    return { Code: code, Message: error.message, ...error.extra };
  });
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return new DynamoDbError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { CancellationReasons: reasons },
  );
}

function checkCount(count: number, max: number): void {
  if (count < 1 || count > max) {
    throw invalid(`1 validation error detected: Member must have length between 1 and ${max}, got ${count}`);
  }
}

function checkDistinct(writes: readonly PlannedWrite[], message: string): void {
  const items = new Set(writes.map(({ table, text }) => `${table.name} ${text}`));
  if (items.size < writes.length) throw invalid(message);
}

function namesIn(input: Input, placeholders: Placeholders): string[] | undefined {
  const projection = input['ProjectionExpression'] as string | undefined;
  return projection === undefined ? undefined : projectionNames(projection, placeholders);
}
