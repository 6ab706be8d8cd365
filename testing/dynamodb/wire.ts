import type { ServiceAnswer, ServiceRequest } from '../aws/memory-server';
import { DynamoDbError } from './attributes';
import type { DynamoDbCall, MemoryDynamoDb } from './memory-dynamodb';

const TARGET = 'x-amz-target';
const CONTENT_TYPE = { 'content-type': 'application/x-amz-json-1.0' };

/**
 * Answers an HTTP request that the SDK sends.
 * @param check runs before the call is done, and throws if the caller may not make the call
 */
export async function answerDynamoDb(
  database: MemoryDynamoDb,
  { headers, body }: ServiceRequest,
  check: (call: DynamoDbCall) => void = () => undefined,
): Promise<ServiceAnswer | 'hang' | 'lose'> {
  const operation = String(headers[TARGET]).split('.')[1] ?? '';
  const call: DynamoDbCall = { operation, input: JSON.parse(body.toString('utf8')) };
  database.calls.push(call);
  if (database.hangs.has(operation)) return 'hang';
  const answer = await answerCall(database, call, check);
  if (database.loseAnswers <= 0) return answer;
  database.loseAnswers--;
  return 'lose';
}

async function answerCall(
  database: MemoryDynamoDb,
  call: DynamoDbCall,
  check: (call: DynamoDbCall) => void,
): Promise<ServiceAnswer> {
  try {
    check(call);
    return { status: 200, headers: CONTENT_TYPE, body: JSON.stringify(await database.answer(call)) };
  } catch (error) {
    if (!(error instanceof DynamoDbError)) throw error;
    const { type, message, extra, status } = error;
    const body = { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message, ...extra };
    return { status, headers: CONTENT_TYPE, body: JSON.stringify(body) };
  }
}
