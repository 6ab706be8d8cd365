import type { Service, ServiceRequest } from '../../testing/aws/memory-server';
import { type StoredItem, sizeOfItem } from '../../testing/dynamodb/attributes';
import { MemoryDynamoDb, schemaOf } from '../../testing/dynamodb/memory-dynamodb';
import { answerDynamoDb } from '../../testing/dynamodb/wire';
import { TABLES } from './tables';

/** Calls and write units of one account. */
export interface Usage {
  calls: number;
  writeUnits: number;
}

interface Write {
  readonly table: string;
  readonly key: StoredItem;
}

/** Input of a write, alone or in a transaction. */
interface WriteInput {
  readonly TableName: string;
  readonly Item?: StoredItem;
  readonly Key?: StoredItem;
}

/** The call by which the bench fills tables. It isn't counted. */
const FILL = 'BatchWriteItem';
const SINGLE = ['PutItem', 'UpdateItem', 'DeleteItem'];

/** An account with its own tables. Each call counts. */
export class Account {
  readonly database = new MemoryDynamoDb();
  usage: Usage = { calls: 0, writeUnits: 0 };

  constructor() {
    for (const table of TABLES) this.database.createTable(table.TableName, schemaOf({ ...table }));
  }

  async answer(request: ServiceRequest): ReturnType<Service> {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const writes = writesOf(operation, JSON.parse(request.body.toString('utf8')));
    const before = writes.map((write) => this.sizeOf(write));
    const answer = await answerDynamoDb(this.database, request);
    if (operation !== FILL) this.usage.calls++;
    this.usage.writeUnits += writes
      .map((write, i) => unitsOf(before[i]!, this.sizeOf(write), operation === 'TransactWriteItems'))
      .reduce((sum, units) => sum + units, 0);
    // The bench runs for many calls, and nobody reads them again.
    this.database.calls.length = 0;
    for (const { table } of writes) this.database.table(table).takeChanges();
    return answer;
  }

  private sizeOf({ table, key }: Write): number {
    const found = this.database.table(table);
    const item = found.items.get(found.textOfItem(key));
    return item === undefined ? 0 : sizeOfItem(item);
  }
}

/** The items that a call writes, apart from batch writes. */
export function writesOf(operation: string, input: object): Write[] {
  const inputs: (WriteInput | undefined)[] = SINGLE.includes(operation)
    ? [input as WriteInput]
    : ((input as { readonly TransactItems?: readonly Record<string, WriteInput>[] }).TransactItems ?? []).map(
        ({ Put, Update, Delete, ConditionCheck }) => Put ?? Update ?? Delete ?? ConditionCheck,
      );
  return inputs.flatMap((one) => {
    const key = one?.Item ?? one?.Key;
    return one === undefined || key === undefined ? [] : [{ table: one.TableName, key }];
  });
}

/**
 * Write units of one item: one for each started kilobyte of the larger of the item before and after
 * the write, and twice that in a transaction. A write whose condition fails costs as much as the
 * stored item, and at least one unit.
 */
export function unitsOf(bytesBefore: number, bytesAfter: number, isInTransaction: boolean): number {
  const units = Math.max(1, Math.ceil(Math.max(bytesBefore, bytesAfter) / 1_024));
  return isInTransaction ? 2 * units : units;
}

/** The account of a request: the access key of its signature. */
export function accountOf({ headers }: ServiceRequest): string {
  return /Credential=([^/]+)\//.exec(String(headers.authorization))?.[1] ?? 'none';
}
