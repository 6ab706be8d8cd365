import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type DeclaredPolicies, Environment } from '../../lib/protocol';
import { DynamoDbQuarantine } from './quarantine/dynamodb-quarantine';
import { publishingOfMaps } from './relay/map-reader';
import { sqsSender } from './relay/sqs-sender';
import { requiredEnvironment } from './resource/required-environment';
import { type RunContext, runLog } from './run-log';
import { Backoffs } from './tick/backoffs';
import { sqsDeadLetters } from './tick/sqs-dead-letters';
import { sqsPolicies } from './tick/sqs-policies';
import { tick } from './tick/tick';

const dynamodb = new DynamoDBClient({
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
});
const send = sqsSender();
const publishing = publishingOfMaps(dynamodb);
const quarantine = new DynamoDbQuarantine(dynamodb, () => requiredEnvironment(Environment.QUARANTINE_TABLE));
const backoffs = new Backoffs(Math.random);
const positions = new Map<string, string>();
const sqs = new SQSClient({
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
});
const deadLetterNames = JSON.parse(process.env[Environment.DEAD_LETTERS] ?? '{}') as Record<string, string>;
const deadLetters = new Map(
  Object.entries(deadLetterNames).map(([target, name]) => [target, sqsDeadLetters(sqs, name)] as const),
);

const policyOf = sqsPolicies(sqs);

/** The schedule's event has policies. A person's event can have `now`. */
interface TickEvent extends DeclaredPolicies {
  /** Whether the run also tries targets that were down a moment ago. */
  readonly now?: boolean;
}

interface TickContext extends RunContext {
  getRemainingTimeInMillis(): number;
}

/**
 * Sends waiting messages, adopts dead letters, and compares queue policies. A schedule calls it
 * every minute.
 */
export const handler = (event: TickEvent, context: TickContext): Promise<void> =>
  tick({
    entryOf: (shard, names) => publishing.entryOf(shard, names),
    quarantine,
    send,
    backoffs: event.now === true ? new Backoffs(Math.random) : backoffs,
    positions,
    deadLetters,
    policies: event.policies ?? {},
    policyOf,
    stack: requiredEnvironment(Environment.STACK),
    remainingMs: () => context.getRemainingTimeInMillis(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random: Math.random,
    now: Date.now,
    broken: new Set(),
    log: runLog('Tick', context),
  });
