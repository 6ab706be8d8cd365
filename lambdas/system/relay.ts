import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { Environment } from '../../lib/protocol';
import { DynamoDbQuarantine } from './quarantine/dynamodb-quarantine';
import { publishingOfMaps } from './relay/map-reader';
import { relay } from './relay/relay';
import { sqsSender } from './relay/sqs-sender';
import { requiredEnvironment } from './resource/required-environment';
import { type RunContext, runLog } from './run-log';

const dynamodb = new DynamoDBClient({
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
});
const send = sqsSender();
const publishing = publishingOfMaps(dynamodb);
const quarantine = new DynamoDbQuarantine(dynamodb, () => requiredEnvironment(Environment.QUARANTINE_TABLE));
/** URLs of failing queues. They are remembered while the execution environment lives. */
const broken = new Set<string>();

interface RelayContext extends RunContext {
  getRemainingTimeInMillis(): number;
}

/** Sends the outbox messages of the stack's sharded tables. */
export const handler = (event: DynamoDBStreamEvent, context: RelayContext): Promise<void> =>
  relay(event, {
    entryOf: (shard, names) => publishing.entryOf(shard, names),
    quarantine,
    send,
    remainingMs: () => context.getRemainingTimeInMillis(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random: Math.random,
    now: Date.now,
    broken,
    log: runLog('Relay', context),
  });
