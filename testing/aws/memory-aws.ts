import { DynamoDbError } from '../dynamodb/attributes';
import { type DynamoDbCall, MemoryDynamoDb } from '../dynamodb/memory-dynamodb';
import { answerDynamoDb } from '../dynamodb/wire';
import { TestIssuer } from '../handlers/issuer';
import type { Statement } from '../template/deployed-app';
import { isAllowed } from '../template/permissions';
import { answerS3, type MemoryBucket } from './answer-s3';
import { answerSqs } from './answer-sqs';
import type { MemoryQueue } from './memory-queue';
import type { ServiceAnswer, ServiceRequest } from './memory-server';

/** A running invocation of a function. */
export interface RunningCall {
  readonly functionPath: string;
  readonly statements: readonly Statement[];
  /** Calls to AWS that no grant allows, as sentences. */
  readonly denied: string[];
}

/** A call to AWS that is about to be done. */
export interface AwsCall {
  /**
   * Path of the module or worker that makes the call. Undefined if the test itself makes the call.
   */
  readonly functionPath: string | undefined;
  /** `GetItem`, `TransactWriteItems`, `PutObject`, `SendMessage` and so on. */
  readonly operation: string;
  /** Names of the sharded tables that the call uses. Empty if it isn't a call to DynamoDB. */
  readonly tables: readonly string[];
}

/**
 * Header in which the AWS SDK sends the environment variable `_X_AMZN_TRACE_ID` with each request.
 * The value identifies the invocation that makes the call.
 */
const TRACE_HEADER = 'x-amzn-trace-id';

const OBJECT_OPERATIONS: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  PUT: 'PutObject',
  DELETE: 'DeleteObject',
};

/** IAM actions of the parts of a transaction. */
const ACTION_OF_PART: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
};

/** The AWS services that handlers call, in memory. Calls that no grant allows are refused. */
export class MemoryAws {
  readonly database = new MemoryDynamoDb();
  readonly issuer = new TestIssuer();
  /** Queues by URL. */
  readonly queues = new Map<string, MemoryQueue>();
  /** Buckets by name. */
  readonly buckets = new Map<string, MemoryBucket>();
  /** ARNs of tables by name. */
  readonly tableArns = new Map<string, string>();
  /** Running invocations by trace id. A request without a trace id comes from the test itself. */
  readonly running = new Map<string, RunningCall>();

  /** Names of sharded tables, by the names of their DynamoDB tables. */
  readonly shardedNames = new Map<string, string>();
  /** Runs before each call. The call waits until it is finished. */
  beforeCall: (call: AwsCall) => void | Promise<void> = () => undefined;

  async answer(request: ServiceRequest): Promise<ServiceAnswer | 'hang' | 'lose'> {
    const target = String(request.headers['x-amz-target'] ?? '');
    const call = this.running.get(String(request.headers[TRACE_HEADER]));
    const check = (action: string, arn: string) => refusal(call, action, arn);
    if (request.path === TestIssuer.KEYS_PATH) return { status: 200, body: this.issuer.keySet };
    await this.beforeCall({ functionPath: call?.functionPath, ...this.described(target, request) });
    if (target.startsWith('DynamoDB_')) {
      return answerDynamoDb(this.database, request, (dynamoDbCall) => this.checkDynamoDb(dynamoDbCall, check));
    }
    if (target.startsWith('AmazonSQS.')) {
      return answerSqs(this.queues, request, (operation, arn) => check(`sqs:${operation}`, arn));
    }
    if (/\/s3\/aws4_request/.test(String(request.headers.authorization))) return answerS3(this.buckets, request, check);
    const service = /\/([\w-]+)\/aws4_request/.exec(String(request.headers.authorization))?.[1] ?? 'this service';
    return {
      status: 501,
      headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'NotModelled' },
      body: JSON.stringify({ message: `tests of handlers don't support ${service}: replace its client in the test` }),
    };
  }

  private described(target: string, { method, body }: ServiceRequest): Pick<AwsCall, 'operation' | 'tables'> {
    const operation = target.split('.')[1];
    if (operation === undefined) return { operation: OBJECT_OPERATIONS[method] ?? method, tables: [] };
    if (!target.startsWith('DynamoDB_')) return { operation, tables: [] };
    const names = actionsOf(operation, JSON.parse(body.toString('utf8'))).map(([, table]) => table);
    return { operation, tables: [...new Set(names.map((name) => this.shardedNames.get(name) ?? name))] };
  }

  private checkDynamoDb({ operation, input }: DynamoDbCall, check: Check): void {
    for (const [action, table, index] of actionsOf(operation, input)) {
      const arn = this.tableArns.get(table);
      if (arn === undefined) continue;
      const reason = check(`dynamodb:${action}`, index === undefined ? arn : `${arn}/index/${index}`);
      if (reason !== undefined) throw new DynamoDbError('AccessDeniedException', reason);
    }
  }
}

type Check = (action: string, arn: string) => string | undefined;

function refusal(call: RunningCall | undefined, action: string, arn: string): string | undefined {
  if (call === undefined || isAllowed(call.statements, action, arn)) return undefined;
  const reason = `${call.functionPath} is not authorized to perform ${action} on ${arn}: no grant of the stack allows it`;
  call.denied.push(reason);
  return reason;
}

/**
 * Returns the actions that an operation needs, each with its table and, if it has one, its index.
 */
function actionsOf(operation: string, input: DynamoDbCall['input']): [string, string, string?][] {
  if (operation.startsWith('Transact')) {
    return (input['TransactItems'] as Record<string, { readonly TableName: string }>[]).map((item) => {
      const [[kind, { TableName }] = ['', { TableName: '' }]] = Object.entries(item);
      return [ACTION_OF_PART[kind] ?? kind, TableName];
    });
  }
  if (operation.startsWith('Batch')) {
    return Object.keys((input['RequestItems'] ?? {}) as object).map((table) => [operation, table]);
  }
  return [[operation, String(input['TableName']), input['IndexName'] as string | undefined]];
}
