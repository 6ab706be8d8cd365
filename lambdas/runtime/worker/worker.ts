import { Environment, readMessageForm } from '../../../lib/protocol';
import { Run, serviceOf } from '../invocation';
import { jsonLog, type Log } from '../log';
import { after, type Timer } from './after';
import { Batch, type BatchSettings, type QueueResult, type WorkerContext } from './batch';
import { type HeldMessages, heldMessages } from './held-messages';
import { Judge, type JudgeProps } from './judge';
import { type MessageReader, messageReader } from './message-forms';
import { Pace } from './pace';
import { type QueueEvent, recordsOf } from './records';
import { type SourceQueue, sourceQueue } from './source-queue';
import type { MessageHandler, WorkerOptions } from './types';

export type { QueueResult, WorkerContext };

/** Dependencies of a worker. Tests replace them. */
export interface WorkerDependencies {
  /** @default SQS, if BREAKWATER_QUEUE_URL is set */
  readonly queue: SourceQueue;
  /** @default DynamoDB, if BREAKWATER_QUARANTINE_TABLE is set */
  readonly held: HeldMessages;
  /** @default one line of JSON on standard output for each message */
  readonly log: Log;
  /** @default Math.random */
  readonly random: () => number;
  /** Milliseconds since 1970. @default Date.now */
  readonly now: () => number;
  /** Milliseconds of a monotonic clock. @default performance.now */
  readonly monotonic: () => number;
  /** Starts a timer. @default setTimeout */
  readonly after: (ms: number) => Timer;
  /** @default process.env */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const DEFAULT_CONCURRENCY = 10;
const DEFAULT_RESERVE_MS = 1_000;

/**
 * Makes the handler of a queue worker. It handles the messages of a batch concurrently and reports
 * the failed ones, so that SQS redelivers only those. Delivery is at least once: deduplicate by
 * `id` or by a business key.
 *
 * A message that fails for longer than the worker's `giveUpAfter`, or that no retry can help, moves
 * to the quarantine of the stack. From its third delivery on, a message runs alone, so that it
 * can't harm others if it ends the process.
 *
 * @throws Error if the event isn't from SQS
 *
 * @example
 * export const handler = worker(async ({ body }) => charge(body.orderId), {
 *   schema: Payment,
 *   concurrency: 5,
 * });
 */
export function worker<Body = unknown>(
  handle: MessageHandler<Body>,
  options: WorkerOptions<Body> = {},
  dependencies: Partial<WorkerDependencies> = {},
): (event: QueueEvent, context: WorkerContext) => Promise<QueueResult> {
  const { concurrency = DEFAULT_CONCURRENCY, reserveMs = DEFAULT_RESERVE_MS, maxAgeSeconds } = options;
  if (!(Number.isInteger(concurrency) && concurrency >= 1)) {
    throw new Error(`concurrency of a worker must be an integer of 1 or more, got ${concurrency}`);
  }
  if (!(reserveMs >= 0)) throw new Error(`reserveMs of a worker must be 0 or more, got ${reserveMs}`);
  if (maxAgeSeconds !== undefined && !(maxAgeSeconds > 0)) {
    throw new Error(`maxAgeSeconds of a worker must be above 0, got ${maxAgeSeconds}`);
  }
  // The first event reads the environment, so that a test can import a handler before it sets it.
  // In a test, several workers of a stack may share the handler and the process.
  const made = new Map<string | undefined, WorkerSettings<Body>>();
  return async (event, context) => {
    const queueUrl = (dependencies.environment ?? process.env)[Environment.QUEUE_URL];
    const known = made.get(queueUrl) ?? settingsOf(handle, { ...options, concurrency, reserveMs }, dependencies);
    made.set(queueUrl, known);
    const { settings, judged, ...ofRun } = known;
    const records = recordsOf(event);
    const run = new Run({ ...ofRun, requestId: context.awsRequestId });
    const judge = judged && new Judge({ ...judged, log: run.log });
    return new Batch({ ...settings, judge, run }, records, context).run();
  };
}

/** Settings that all invocations share. */
interface WorkerSettings<Body> {
  readonly settings: Omit<BatchSettings<Body>, 'judge' | 'run'>;
  readonly judged: Omit<JudgeProps, 'log'> | undefined;
  readonly log: Log;
  readonly service: string | undefined;
  readonly environment: WorkerDependencies['environment'];
}

function settingsOf<Body>(
  handle: MessageHandler<Body>,
  options: WorkerOptions<Body> & Required<Pick<WorkerOptions<Body>, 'concurrency' | 'reserveMs'>>,
  dependencies: Partial<WorkerDependencies>,
): WorkerSettings<Body> {
  const environment = dependencies.environment ?? process.env;
  const queueUrl = environment[Environment.QUEUE_URL];
  const form = readMessageForm(environment[Environment.MESSAGE_FORM]);
  const read = messageReader(form, environment[Environment.NAME] ?? '');
  const settings = {
    handle,
    read,
    schema: options.schema,
    maxAgeMs: (options.maxAgeSeconds ?? Number.POSITIVE_INFINITY) * 1_000,
    now: dependencies.now ?? Date.now,
    concurrency: options.concurrency,
    paces: { first: new Pace(options.concurrency), again: new Pace(options.concurrency) },
    reserveMs: options.reserveMs,
    retryDelay: options.retryDelay ?? {},
    queue: dependencies.queue ?? (queueUrl ? sourceQueue(queueUrl) : undefined),
    random: dependencies.random ?? Math.random,
    monotonic: dependencies.monotonic ?? (() => performance.now()),
    after: dependencies.after ?? after,
  };
  const log = dependencies.log ?? jsonLog;
  const service = serviceOf(environment);
  return {
    settings,
    judged: judgeProps(environment, read, settings.now, dependencies.held),
    log,
    service,
    environment,
  };
}

/** @returns undefined if the worker has no quarantine, so that SQS gives messages up */
function judgeProps(
  environment: WorkerDependencies['environment'],
  read: MessageReader,
  now: WorkerDependencies['now'],
  held: HeldMessages | undefined,
): Omit<JudgeProps, 'log'> | undefined {
  const table = environment[Environment.QUARANTINE_TABLE];
  const target = environment[Environment.NAME];
  if (!table || !target) return undefined;
  const seconds = Number(environment[Environment.GIVE_UP_AFTER]);
  if (!(seconds > 0)) {
    throw new Error(
      `${Environment.GIVE_UP_AFTER} must be a number of seconds above 0 if ${Environment.QUARANTINE_TABLE} is set, got ${environment[Environment.GIVE_UP_AFTER]}`,
    );
  }
  const patience = { giveUpAfterMs: seconds * 1_000 };
  return { patience, held: held ?? heldMessages(table, target), read, target, now };
}
