import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Log } from '../../lambdas/runtime/log';
import type { QueueRecord } from '../../lambdas/runtime/worker/records';
import type { Message, WorkerOptions } from '../../lambdas/runtime/worker/types';
import type { QueueResult, WorkerDependencies } from '../../lambdas/runtime/worker/worker';
import type { SimulatedQueue } from './simulated-queue';
import type { WorkerCode } from './worker-code';
import type { Process, WorkerScheduler } from './worker-scheduler';

export const TARGET = 'Payments';
export const TABLE = 'quarantine';

/** A history has thousands of errors whose traces nobody reads. Jest maps each frame, which takes long. */
Error.stackTraceLimit = 2;

/** The run of a worker for one batch. */
export interface WorkerRun {
  readonly code: Pick<WorkerCode, 'worker' | 'HeldTable'>;
  readonly scheduler: WorkerScheduler;
  readonly queue: SimulatedQueue;
  readonly process: Process;
  readonly batch: ReturnType<SimulatedQueue['receive']>;
  /** Give-up time of a worker with a quarantine. Without one, SQS alone gives messages up. */
  readonly giveUpAfterMs: number | undefined;
  readonly options?: WorkerOptions<{ readonly i: number }>;
  readonly client: DynamoDBClient;
  readonly handle: (message: Message<{ readonly i: number }>) => Promise<void>;
}

/** The world of a worker's process in a history. */
export interface SimulatedWorld extends Pick<WorkerRun, 'code' | 'scheduler' | 'queue' | 'giveUpAfterMs' | 'client'> {
  /** The process that runs now. */
  readonly process: () => Process;
  readonly log?: Log;
}

/** Dependencies of a worker in a history. */
export function workerDependencies(world: SimulatedWorld): Partial<WorkerDependencies> {
  const { code, scheduler, queue, process, giveUpAfterMs, client, log = () => undefined } = world;
  return {
    log,
    random: scheduler.random,
    now: () => scheduler.now,
    monotonic: () => scheduler.now,
    after: (ms) => scheduler.after(process(), ms),
    environment: {
      BREAKWATER_NAME: TARGET,
      ...(giveUpAfterMs !== undefined && {
        BREAKWATER_QUARANTINE_TABLE: TABLE,
        BREAKWATER_GIVE_UP_AFTER: String(giveUpAfterMs / 1_000),
      }),
    },
    queue: {
      changeVisibility: (receipt, seconds) =>
        scheduler.call(process(), () => queue.changeVisibility(receipt, scheduler.now + seconds * 1_000)),
      delete: (receipt) => scheduler.call(process(), () => queue.delete(receipt)),
    },
    held: new code.HeldTable(TABLE, TARGET, client),
  };
}

/** Deletes the messages that aren't reported as failed, as Lambda does. */
export function deleteDone(
  queue: SimulatedQueue,
  records: readonly QueueRecord[],
  { batchItemFailures }: QueueResult,
): void {
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  for (const { messageId, receiptHandle } of records) if (!failed.has(messageId)) queue.delete(receiptHandle);
}

/**
 * Runs a worker for a batch, and deletes the messages that aren't reported as failed, as Lambda
 * does.
 * @param end called when the run ends without a crash
 */
export function runWorker(run: WorkerRun, end: () => void): void {
  const { code, scheduler, queue, process, batch, options = {}, handle } = run;
  const handler = code.worker(handle, options, workerDependencies({ ...run, process: () => process }));
  const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => process.end - scheduler.now };
  const records = batch.map((message) => queue.recordOf(message));
  void handler({ Records: records }, context).then((result) => {
    if (process.isDead) return;
    process.isDead = true;
    end();
    deleteDone(queue, records, result);
  });
}
