import { DynamoDbError, invalid, type StoredItem } from './attributes';
import { type IndexSchema, MemoryTable, type TableSchema } from './memory-table';
import {
  type Answer,
  batchGet,
  batchWrite,
  get,
  type Input,
  plan,
  read,
  returned,
  transactGet,
  transactWrite,
} from './operations';

/** A call that the tables received. */
export interface DynamoDbCall {
  /** `GetItem`, `TransactWriteItems` and so on. */
  readonly operation: string;
  readonly input: Input;
}

/**
 * Runs before a call is done. It can return an answer or throw an error, which then is the call's
 * result. If it returns undefined, the call is done.
 */
export type Intervention = (call: DynamoDbCall) => Answer | undefined | Promise<Answer | undefined>;

/** Parameters that are accepted, but have no effect. */
const WITHOUT_EFFECT = ['ReturnConsumedCapacity', 'ReturnItemCollectionMetrics'];
const EXPRESSIONS = ['ExpressionAttributeNames', 'ExpressionAttributeValues'];
const WRITE = [
  'TableName',
  'ConditionExpression',
  'ReturnValues',
  'ReturnValuesOnConditionCheckFailure',
  ...EXPRESSIONS,
];
const READ = [
  'TableName',
  'IndexName',
  'ConsistentRead',
  'FilterExpression',
  'ProjectionExpression',
  'Limit',
  'Select',
];
/**
 * The supported parameters of each operation. Other parameters are refused.
 */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  GetItem: ['TableName', 'Key', 'ConsistentRead', 'ProjectionExpression', 'ExpressionAttributeNames'],
  PutItem: [...WRITE, 'Item'],
  UpdateItem: [...WRITE, 'Key', 'UpdateExpression'],
  DeleteItem: [...WRITE, 'Key'],
  Query: [...READ, ...EXPRESSIONS, 'ExclusiveStartKey', 'KeyConditionExpression', 'ScanIndexForward'],
  Scan: [...READ, ...EXPRESSIONS, 'ExclusiveStartKey'],
  BatchGetItem: ['RequestItems'],
  BatchWriteItem: ['RequestItems'],
  TransactWriteItems: ['TransactItems', 'ClientRequestToken'],
  TransactGetItems: ['TransactItems'],
};
/** Milliseconds for which DynamoDB remembers the token of a transaction. */
const TOKEN_TTL_MS = 600_000;

/**
 * DynamoDB in memory. It supports the operations and expressions that handlers use, with DynamoDB's
 * limits, errors and order. It refuses unknown operations and parameters. Tests can cause faults
 * that are rare on AWS: throttling, lost answers and stale reads.
 */
export class MemoryDynamoDb {
  /** Every call, in the order of arrival. */
  readonly calls: DynamoDbCall[] = [];
  /** Runs before each call is done. */
  intervene: Intervention = () => undefined;
  /**
   * Number of next calls whose answers are lost. Such a call is done, but then the connection
   * breaks.
   */
  loseAnswers = 0;
  /** Whether reads without `ConsistentRead` miss the last write of each item. */
  lags = false;
  /** Operations whose calls are never answered. */
  readonly hangs = new Set<string>();
  /**
   * Whether a repeated transaction with the same token isn't done again. DynamoDB remembers tokens
   * for 10 minutes.
   */
  remembersTokens = true;

  private readonly tables = new Map<string, MemoryTable>();
  private readonly tokens = new Map<unknown, { readonly input: string; readonly time: number }>();

  createTable(name: string, schema: TableSchema): MemoryTable {
    const table = new MemoryTable(name, schema);
    this.tables.set(name, table);
    return table;
  }

  get tableNames(): readonly string[] {
    return [...this.tables.keys()];
  }

  dropTable(name: string): void {
    this.tables.delete(name);
  }

  /** @throws DynamoDbError if there is no such table */
  table(name: unknown): MemoryTable {
    const table = this.tables.get(String(name));
    if (table === undefined) {
      throw new DynamoDbError(
        'ResourceNotFoundException',
        `Requested resource not found: Table: ${String(name)} not found`,
      );
    }
    return table;
  }

  /** Writes an item without checks, and without recording a call. */
  putRaw(table: string, item: StoredItem): void {
    const found = this.table(table);
    const text = found.textOfItem(item);
    found.commit({ table: found, text, keys: found.keysOf(item), before: found.items.get(text), after: item });
  }

  /** All items of a DynamoDB table in their stored form. */
  items(table: string): StoredItem[] {
    return [...this.table(table).items.values()];
  }

  /** Number of calls of an operation. */
  count(operation: string): number {
    return this.calls.filter((call) => call.operation === operation).length;
  }

  /** @throws DynamoDbError */
  async answer(call: DynamoDbCall): Promise<Answer> {
    const given = await this.intervene(call);
    if (given !== undefined) return given;
    checkParameters(call);
    return this.run(call);
  }

  private run({ operation, input }: DynamoDbCall): Answer {
    const find = (name: unknown) => this.table(name);
    const seen = (table: MemoryTable, { ConsistentRead }: Input) =>
      table.visible((this.lags || table.lags) && ConsistentRead !== true);
    const named = () => find(input['TableName']);
    switch (operation) {
      case 'GetItem':
        return get(named(), seen(named(), input), input);
      case 'PutItem':
      case 'UpdateItem':
      case 'DeleteItem': {
        const write = plan(operation.replace('Item', ''), named(), input);
        write.table.commit(write);
        return returned(input, write);
      }
      case 'Query':
      case 'Scan':
        return read(named(), seen(named(), input), input, operation === 'Query');
      case 'BatchGetItem':
        return batchGet(input, find, seen);
      case 'BatchWriteItem':
        return batchWrite(input, find);
      case 'TransactGetItems':
        return transactGet(input, find);
      case 'TransactWriteItems':
        return this.once(input, () => transactWrite(input, find));
      case 'CreateTable':
        this.createTable(String(input['TableName']), schemaOf(input));
        return { TableDescription: { TableName: input['TableName'], TableStatus: 'ACTIVE' } };
      case 'DeleteTable':
        this.dropTable(named().name);
        return { TableDescription: { TableName: input['TableName'], TableStatus: 'DELETING' } };
      case 'DescribeTable':
        return { Table: { TableName: named().name, TableStatus: 'ACTIVE' } };
      default:
        throw new DynamoDbError('UnknownOperationException', `the memory tables do not support ${operation}`);
    }
  }

  private once(input: Input, run: () => Answer): Answer {
    const token = input['ClientRequestToken'];
    const text = JSON.stringify(input['TransactItems']);
    const known = token === undefined || !this.remembersTokens ? undefined : this.tokens.get(token);
    if (known !== undefined && Date.now() - known.time < TOKEN_TTL_MS) {
      if (known.input === text) return {};
      throw new DynamoDbError(
        'IdempotentParameterMismatchException',
        'The request uses the same client token as a previous, but non-identical request.',
      );
    }
    const answer = run();
    this.tokens.set(token, { input: text, time: Date.now() });
    return answer;
  }
}

function checkParameters({ operation, input }: DynamoDbCall): void {
  const known = PARAMETERS[operation];
  const unknown = known && Object.keys(input).filter((name) => ![...known, ...WITHOUT_EFFECT].includes(name));
  if (unknown?.length) throw invalid(`the memory tables do not support ${unknown.join(', ')} of ${operation}`);
}

interface KeyElement {
  readonly AttributeName: string;
  readonly KeyType: string;
}

/** Properties of a table, in the notation that CloudFormation and DynamoDB share. */
interface KeyedInput {
  readonly KeySchema?: readonly KeyElement[];
  readonly AttributeDefinitions?: readonly { readonly AttributeName: string; readonly AttributeType: string }[];
  readonly GlobalSecondaryIndexes?: readonly {
    readonly IndexName: string;
    readonly KeySchema: readonly KeyElement[];
    readonly Projection?: { readonly ProjectionType?: string; readonly NonKeyAttributes?: readonly string[] };
  }[];
  readonly TimeToLiveSpecification?: { readonly AttributeName?: string };
}

/**
 * Reads the schema from the input of CreateTable, or from the properties of an
 * `AWS::DynamoDB::Table`.
 */
export function schemaOf(input: Input): TableSchema {
  const {
    KeySchema = [],
    AttributeDefinitions = [],
    GlobalSecondaryIndexes = [],
    TimeToLiveSpecification,
  } = input as KeyedInput;
  const named = (keys: readonly KeyElement[], type: string) =>
    keys.filter(({ KeyType }) => KeyType === type).map(({ AttributeName }) => AttributeName);
  const indexes = GlobalSecondaryIndexes.map(({ IndexName, KeySchema: keys, Projection }): [string, IndexSchema] => [
    IndexName,
    {
      partitionKeys: named(keys, 'HASH'),
      sortKeys: named(keys, 'RANGE'),
      ...((Projection?.ProjectionType ?? 'ALL') === 'ALL' ? {} : { projected: Projection?.NonKeyAttributes ?? [] }),
    },
  ]);
  const [sortKey] = named(KeySchema, 'RANGE');
  const timeToLive = TimeToLiveSpecification?.AttributeName;
  return {
    partitionKey: named(KeySchema, 'HASH')[0] ?? '',
    ...(sortKey === undefined ? {} : { sortKey }),
    ...(timeToLive === undefined ? {} : { timeToLive }),
    indexes: Object.fromEntries(indexes),
    types: Object.fromEntries(
      AttributeDefinitions.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]),
    ),
  };
}
