import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbError } from '../../testing/dynamodb/attributes';
import type { MemoryDynamoDb } from '../../testing/dynamodb/memory-dynamodb';

/** A command of the SDK. */
interface Command {
  readonly constructor: { readonly name: string };
  readonly input: object;
}

/**
 * A client of the SDK for a database in memory.
 * @param call makes a call of the process that has the client
 */
export function simulatedClient(
  database: MemoryDynamoDb,
  call: (act: () => Promise<unknown>) => Promise<unknown>,
): DynamoDBClient {
  const send = (command: Command) => call(() => answerOf(database, command));
  // The SDK's paginators accept only instances of its client.
  return Object.assign(Object.create(DynamoDBClient.prototype) as DynamoDBClient, { send });
}

async function answerOf(database: MemoryDynamoDb, { constructor: { name }, input }: Command): Promise<unknown> {
  try {
    return await database.answer({ operation: name.replace('Command', ''), input: { ...input } });
  } catch (error) {
    if (!(error instanceof DynamoDbError)) throw error;
    throw Object.assign(new Error(error.message), { name: error.type, ...error.extra });
  }
}
