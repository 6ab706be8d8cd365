import type { DynamoDbError } from '../dynamodb/attributes';
import type { DynamoDbCall, MemoryDynamoDb } from '../dynamodb/memory-dynamodb';

/** A fault of the next calls on some tables. */
export interface Fault {
  /** Operation of DynamoDB, or `*` for all operations. */
  readonly operation: string;
  /** Makes the error. If undefined, the call is done and its answer is lost. */
  readonly error: (() => DynamoDbError) | undefined;
  /** Number of calls to which the fault still applies. */
  left: number;
  /** Names of the DynamoDB tables. */
  readonly tables: readonly string[];
}

/** Makes a database apply a list of faults. Each fault applies to its number of calls. */
export function applyFaults(database: MemoryDynamoDb, faults: readonly Fault[]): void {
  database.intervene = (call) => {
    const names = tablesOf(call);
    const fault = faults.find(
      ({ operation, left, tables }) =>
        left > 0 && ['*', call.operation].includes(operation) && tables.some((table) => names.has(table)),
    );
    if (fault === undefined) return undefined;
    fault.left--;
    if (fault.error !== undefined) throw fault.error();
    database.loseAnswers++;
    return undefined;
  };
}

function tablesOf({ input }: DynamoDbCall): ReadonlySet<unknown> {
  const {
    TableName,
    RequestItems = {},
    TransactItems = [],
  } = input as {
    readonly TableName?: string;
    readonly RequestItems?: object;
    readonly TransactItems?: readonly Record<string, { readonly TableName: string }>[];
  };
  const parts = TransactItems.flatMap((item) => Object.values(item).map((part) => part.TableName));
  return new Set([TableName, ...Object.keys(RequestItems), ...parts]);
}
