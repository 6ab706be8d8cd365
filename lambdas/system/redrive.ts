import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Environment, type RedriveRequest } from '../../lib/protocol';
import { DynamoDbEntries } from './quarantine/dynamodb-entries';
import { redrive } from './redrive/redrive';
import { WorkerQueues } from './redrive/worker-queues';
import { requiredEnvironment } from './resource/required-environment';
import { type RunContext, runLog } from './run-log';

const requestHandler = { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true };
const entries = new DynamoDbEntries(
  new DynamoDBClient({ requestHandler }),
  requiredEnvironment(Environment.QUARANTINE_TABLE),
);
const queues = new WorkerQueues(
  new SQSClient({ requestHandler }),
  JSON.parse(process.env[Environment.WORKER_QUEUES] ?? '{}') as Record<string, string>,
);

interface RedriveContext extends RunContext {
  readonly invokedFunctionArn: string;
  getRemainingTimeInMillis(): number;
}

/** Lists the stack's held messages, sends them again, or discards them. A person invokes it. */
export const handler = (request: RedriveRequest, context: RedriveContext): ReturnType<typeof redrive> =>
  redrive(request, aliasIn(context.invokedFunctionArn), {
    entries,
    send: queues.send,
    now: Date.now,
    newId: randomUUID,
    remainingMs: () => context.getRemainingTimeInMillis(),
    log: runLog('Redrive', context),
  });

/** Alias in `arn:aws:lambda:REGION:ACCOUNT:function:NAME:ALIAS`. */
function aliasIn(arn: string): string | undefined {
  return arn.split(':')[7];
}
