import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { decide, HISTORY_DAYS } from '../../forecast/decide';
import { type CapacityTarget, Environment, resourceIdOf } from '../../lib/protocol';
import { ApplicationAutoScaling } from './floor-controller/aws/application-auto-scaling';
import { AwsApi } from './floor-controller/aws/aws-api';
import { CloudWatchMetrics } from './floor-controller/aws/cloudwatch-metrics';
import { DynamoDbCapacityStore } from './floor-controller/aws/dynamodb-capacity-store';
import { LambdaAliases } from './floor-controller/aws/lambda-aliases';
import { type ReadTarget, readTarget } from './floor-controller/capacity-target';
import type { Memory } from './floor-controller/memory';
import { scalableTargetResource } from './floor-controller/resource';
import type { Line } from './floor-controller/telemetry';
import { tick } from './floor-controller/tick';
import { customResource, type ResourceHandlers } from './resource/custom-resource';
import { requiredEnvironment } from './resource/required-environment';

/** What is remembered of a target. */
interface Known {
  readonly text: string;
  readonly read: ReadTarget;
  readonly memory: Memory;
  /** Milliseconds since 1970. */
  seenAt: number;
}

/** Targets by resource id. */
const known = new Map<string, Known>();

/** A target that no schedule has asked about for so long is another environment's, or gone: its weeks of minutes make room. */
const FORGET_MS = 60 * 60_000;

/** Past `console`, which would wrap the line once more: CloudWatch finds metrics only at its top. */
function log(line: Line): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function cloud(context: Pick<Context, 'getRemainingTimeInMillis'>) {
  const api = new AwsApi({
    fetch: (input, init) => fetch(input, init),
    env: process.env,
    remainingMs: () => context.getRemainingTimeInMillis(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random: Math.random,
  });
  return {
    store: new DynamoDbCapacityStore(api, requiredEnvironment(Environment.CAPACITY_TABLE)),
    metrics: new CloudWatchMetrics(api),
    aliases: new LambdaAliases(api),
    targets: new ApplicationAutoScaling(api),
    log,
    now: Date.now,
  };
}

function recall(event: CapacityTarget, now: number): Known {
  for (const [id, { seenAt }] of known) if (now - seenAt > FORGET_MS) known.delete(id);
  const read = readTarget(event);
  const id = resourceIdOf(read.target);
  const text = JSON.stringify(event);
  const before = known.get(id);
  if (before?.text === text) {
    before.seenAt = now;
    return before;
  }
  // Another goal or indicator: what was remembered was learned for the old one.
  const fresh = { text, read, memory: {}, seenAt: now };
  known.set(id, fresh);
  return fresh;
}

/** Made at each turn, so that a missing variable fails the deployment with its name instead of leaving it without an answer. */
function registration(context: Pick<Context, 'getRemainingTimeInMillis'>): ResourceHandlers {
  const handlers = () => scalableTargetResource(cloud(context));
  return {
    create: async (properties) => handlers().create(properties),
    update: async (properties, before, id) => handlers().update(properties, before, id),
    remove: async (properties, id) => handlers().remove(properties, id),
  };
}

/** Works on a minute of a target when its schedule says so, and registers targets when stacks are deployed. */
export async function handler(
  event: CloudFormationCustomResourceEvent | CapacityTarget,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<void> {
  if ('RequestType' in event) return customResource(registration(context))(event);
  const { read, memory } = recall(event, Date.now());
  await tick(read, memory, {
    ...cloud(context),
    decide,
    historyDays: HISTORY_DAYS,
    functionName: requiredEnvironment('AWS_LAMBDA_FUNCTION_NAME'),
    remainingMs: () => context.getRemainingTimeInMillis(),
    run: crypto.randomUUID(),
  });
}
