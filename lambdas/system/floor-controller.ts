import { randomUUID } from 'node:crypto';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { decide, HISTORY_DAYS } from '../../forecast/decide';
import { type CapacityTarget, Environment, resourceIdOf } from '../../lib/protocol';
import { ApplicationAutoScaling } from './floor-controller/application-auto-scaling';
import { type AwsClients, awsClients } from './floor-controller/aws-clients';
import { type ReadTarget, readTarget } from './floor-controller/capacity-target';
import { CloudWatchMetrics } from './floor-controller/cloudwatch-metrics';
import { DynamoDbCapacityStore } from './floor-controller/dynamodb-capacity-store';
import { LambdaAliases } from './floor-controller/lambda-aliases';
import type { Memory } from './floor-controller/memory';
import { scalableTargetResource } from './floor-controller/resource';
import type { Line } from './floor-controller/telemetry';
import { tick } from './floor-controller/tick';
import { customResource, type ResourceHandlers } from './resource/custom-resource';
import { requiredEnvironment } from './resource/required-environment';

/** Data of a target that stays in memory between invocations. */
interface Known {
  readonly text: string;
  readonly read: ReadTarget;
  readonly memory: Memory;
  /** Milliseconds since 1970. */
  seenAt: number;
}

/**
 * If no schedule names a target for this time, the memory for the target is freed. Either the
 * target was deleted, or another execution environment handles it.
 */
const FORGET_MS = 60 * 60_000;

/**
 * Calls to AWS are aborted this many milliseconds before Lambda's timeout, so that the log line can
 * still be written.
 */
const RESERVE_MS = 1_000;

type RunContext = Pick<Context, 'getRemainingTimeInMillis'>;

/** Dependencies of the handler, which tests replace. */
export interface FloorControllerDependencies {
  readonly clients: AwsClients;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly newId: () => string;
  readonly log: (line: Line) => void;
}

/** Makes the function's handler. */
export function floorController(dependencies: Partial<FloorControllerDependencies> = {}) {
  const {
    now = Date.now,
    sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
    random = Math.random,
    newId = randomUUID,
    // `console` isn't used, because Lambda would put the line into another JSON object. CloudWatch
    // finds metrics only at the top level of a line.
    log = (line: Line) => void process.stdout.write(`${JSON.stringify(line)}\n`),
  } = dependencies;
  const known = new Map<string, Known>();
  let clients = dependencies.clients;

  function services(context: RunContext) {
    clients ??= awsClients();
    const signal = AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - RESERVE_MS));
    const stack = requiredEnvironment(Environment.STACK);
    return {
      store: new DynamoDbCapacityStore(clients.dynamoDb, signal, requiredEnvironment(Environment.CAPACITY_TABLE)),
      metrics: new CloudWatchMetrics(clients.cloudWatch, signal),
      aliases: new LambdaAliases(clients.lambda, signal),
      targets: new ApplicationAutoScaling(clients.autoScaling, signal, stack, { sleep, random }),
      log,
      now,
    };
  }

  function recall(event: CapacityTarget): Known {
    for (const [id, { seenAt }] of known) if (now() - seenAt > FORGET_MS) known.delete(id);
    const read = readTarget(event);
    const id = resourceIdOf(read.target);
    const text = JSON.stringify(event);
    const before = known.get(id);
    if (before?.text === text) {
      before.seenAt = now();
      return before;
    }
    // The goal or an indicator has changed, so the learned state no longer applies.
    const fresh = { text, read, memory: {}, seenAt: now() };
    known.set(id, fresh);
    return fresh;
  }

  /**
   * Creates the dependencies inside each call. So if an environment variable is missing, the custom
   * resource reports the variable's name, and the deployment fails. An error outside of the call
   * would leave CloudFormation without an answer.
   */
  function registration(context: RunContext): ResourceHandlers {
    const handlers = () => scalableTargetResource(services(context));
    return {
      create: async (properties) => handlers().create(properties),
      update: async (properties, before, id) => handlers().update(properties, before, id),
      remove: async (properties, id) => handlers().remove(properties, id),
    };
  }

  return async (event: CloudFormationCustomResourceEvent | CapacityTarget, context: RunContext): Promise<void> => {
    if ('RequestType' in event) return customResource(registration(context))(event);
    const { read, memory } = recall(event);
    await tick(read, memory, {
      ...services(context),
      decide,
      historyDays: HISTORY_DAYS,
      functionName: requiredEnvironment('AWS_LAMBDA_FUNCTION_NAME'),
      remainingMs: () => context.getRemainingTimeInMillis(),
      run: newId(),
    });
  };
}

/**
 * Handles two kinds of events. A schedule's event starts a run for one target and minute. A
 * deployment's event registers or deregisters a target.
 */
export const handler = floorController();
