import { type Envelope, Environment, parseEnvelope } from '../../../lib/protocol';
import { Invocation, withInvocation } from '../invocation';
import { errorFields, jsonLog, type Log, type LogFields } from '../log';
import { check, type StandardSchemaV1 } from '../standard-schema';
import { after } from './after';
import { PermanentFailure } from './permanent-failure';
import {
  type OrderedGroup,
  type Outcome,
  type QueueEvent,
  type QueueRecord,
  receiveCount,
  recordsOf,
  toOrderedGroups,
  waitsFor,
} from './records';
import type { MessageHandler, RetryDelay, WorkerOptions } from './types';
import { queueVisibility, type Visibility } from './visibility';

/** The failed messages, in the form that Lambda expects. */
export interface QueueResult {
  batchItemFailures: { itemIdentifier: string }[];
}

/** The used part of Lambda's context. */
export interface WorkerContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** Dependencies of a worker. Tests replace them. */
export interface WorkerDependencies {
  /** @default SQS, if BREAKWATER_QUEUE_URL is set */
  readonly visibility: Visibility;
  /** @default one line of JSON on standard output for each message */
  readonly log: Log;
  /** @default Math.random */
  readonly random: () => number;
  /** Milliseconds of a monotonic clock. @default performance.now */
  readonly monotonic: () => number;
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
  const { concurrency = DEFAULT_CONCURRENCY, reserveMs = DEFAULT_RESERVE_MS } = options;
  if (!(Number.isInteger(concurrency) && concurrency >= 1)) {
    throw new Error(`concurrency of a worker must be an integer of 1 or more, got ${concurrency}`);
  }
  if (!(reserveMs >= 0)) throw new Error(`reserveMs of a worker must be 0 or more, got ${reserveMs}`);
  const environment = dependencies.environment ?? process.env;
  const queueUrl = environment[Environment.QUEUE_URL];
  const settings: Settings<Body> = {
    handle,
    schema: options.schema,
    concurrency,
    reserveMs,
    retryDelay: options.retryDelay ?? {},
    visibility: dependencies.visibility ?? (queueUrl ? queueVisibility(queueUrl) : undefined),
    log: dependencies.log ?? jsonLog,
    random: dependencies.random ?? Math.random,
    monotonic: dependencies.monotonic ?? (() => performance.now()),
    name: environment[Environment.NAME],
  };
  return async (event, context) => new Batch(settings, recordsOf(event), context).run();
}

interface Settings<Body> {
  readonly handle: MessageHandler<Body>;
  readonly schema: StandardSchemaV1<unknown, Body> | undefined;
  readonly concurrency: number;
  readonly reserveMs: number;
  readonly retryDelay: RetryDelay | false;
  readonly visibility: Visibility | undefined;
  readonly log: Log;
  readonly random: () => number;
  readonly monotonic: () => number;
  readonly name: string | undefined;
}

/** State of one invocation. */
class Batch<Body> {
  private readonly outcomes = new Map<string, Outcome>();
  private readonly deadline = new AbortController();

  constructor(
    private readonly settings: Settings<Body>,
    private readonly records: readonly QueueRecord[],
    private readonly context: WorkerContext,
  ) {}

  async run(): Promise<QueueResult> {
    const groups = toOrderedGroups(this.records);
    const size = Math.min(this.settings.concurrency, groups.length);
    const runGroups = async () => {
      for (let group = groups.shift(); group !== undefined && !this.isOver(); group = groups.shift()) {
        await this.runGroup(group);
      }
    };
    const left = this.context.getRemainingTimeInMillis() - this.settings.reserveMs;
    const { promise: over, cancel } = after(left);
    // Loads the SQS client at the first failure, or after half of the time, while there is still
    // time for it.
    const halfway = after(left / 2);
    void halfway.promise.then(() => this.prepareToReschedule());
    await Promise.race([Promise.all(Array.from({ length: size }, runGroups)), over]);
    cancel();
    halfway.cancel();
    this.deadline.abort(new Error('the time for this batch is over'));
    // Handlers that still run can no longer change the result.
    const undone = this.records.filter((record) => this.outcomes.get(record.messageId) !== 'done');
    for (const record of undone) this.logUnbegun(record);
    await this.reschedule(undone);
    return { batchItemFailures: undone.map((record) => ({ itemIdentifier: record.messageId })) };
  }

  private isOver(): boolean {
    return this.deadline.signal.aborted || this.context.getRemainingTimeInMillis() <= this.settings.reserveMs;
  }

  /** An error is ignored here. It occurs again, and is logged, when a message is rescheduled. */
  private prepareToReschedule(): void {
    if (this.settings.retryDelay !== false) this.settings.visibility?.preload?.().catch(() => undefined);
  }

  private async runGroup(group: OrderedGroup): Promise<void> {
    for (const [i, record] of group.entries()) {
      if (this.isOver()) return;
      if (await this.runOne(record)) continue;
      for (const behind of group.slice(i + 1)) this.settle(behind, 'behind a failure');
      return;
    }
  }

  /** @returns whether the message is done */
  private async runOne(record: QueueRecord): Promise<boolean> {
    const started = this.settings.monotonic();
    const finish = (outcome: Outcome, extra: Readonly<Record<string, unknown>> = {}) =>
      this.settle(record, outcome, { ms: Math.round(this.settings.monotonic() - started), ...extra });

    let envelope: Envelope;
    try {
      envelope = parseEnvelope(record.body);
    } catch (error) {
      // `parseEnvelope` quotes no values.
      return finish('malformed', { reason: error instanceof Error ? error.message : 'not an envelope' });
    }
    const { id, to, group, time, correlationId } = envelope;
    // The group isn't logged, because it may name a person.
    const about = { id, to, ...(correlationId === undefined ? {} : { correlationId }) };
    this.outcomes.set(record.messageId, 'unfinished');
    try {
      const checked = this.settings.schema === undefined ? undefined : await check(this.settings.schema, envelope.body);
      if (checked !== undefined && 'issues' in checked) {
        return finish('refused', {
          ...about,
          reason: 'body does not fit the schema',
          // The schema's messages aren't logged, because they may contain values.
          issues: checked.issues.map(({ path }) => path),
        });
      }
      const message = {
        id,
        to,
        ...(correlationId === undefined ? {} : { correlationId }),
        ...(group === undefined ? {} : { group }),
        body: (checked === undefined ? envelope.body : checked.value) as Body,
        time,
        receiveCount: receiveCount(record),
        senderId: record.attributes.SenderId,
        signal: this.deadline.signal,
        remainingMs: () => this.context.getRemainingTimeInMillis(),
      };
      // The result is returned when the reserve begins. If a table call continued, it could run at
      // the same time as the redelivered message.
      const leftMs = () => message.remainingMs() - this.settings.reserveMs;
      await withInvocation(new Invocation(leftMs, correlationId), () => this.settings.handle(message));
      return finish('done', about);
    } catch (error) {
      return finish(error instanceof PermanentFailure ? 'refused' : 'failed', { ...about, ...errorFields(error) });
    }
  }

  /** Records and logs a message's outcome. After the deadline it only logs it. */
  private settle(record: QueueRecord, outcome: Outcome, fields: Readonly<Record<string, unknown>> = {}): boolean {
    this.outcomes.set(record.messageId, outcome);
    if (outcome !== 'done') this.prepareToReschedule();
    const late = this.deadline.signal.aborted;
    this.settings.log(outcome === 'done' && !late ? 'INFO' : 'ERROR', 'message', {
      requestId: this.context.awsRequestId,
      name: this.settings.name,
      messageId: record.messageId,
      receiveCount: receiveCount(record),
      outcome: late ? `${outcome}, too late` : outcome,
      ...fields,
    });
    return outcome === 'done';
  }

  private logUnbegun(record: QueueRecord): void {
    const outcome = this.outcomes.get(record.messageId);
    if (outcome !== undefined && outcome !== 'unfinished') return;
    if (outcome === undefined) this.outcomes.set(record.messageId, 'not begun');
    this.settings.log('WARN', 'message', {
      requestId: this.context.awsRequestId,
      name: this.settings.name,
      messageId: record.messageId,
      receiveCount: receiveCount(record),
      outcome: outcome ?? 'not begun',
      reason: `less than ${this.settings.reserveMs} ms were left`,
    });
  }

  /**
   * Sets the time at which SQS redelivers unhandled messages. It takes at most half of the
   * remaining time, because the result must still be returned.
   */
  private async reschedule(undone: readonly QueueRecord[]): Promise<void> {
    const { visibility, retryDelay, random, log } = this.settings;
    if (visibility === undefined || retryDelay === false) return;
    const waits = waitsFor(undone, this.outcomes, retryDelay, random);
    const timeout = new AbortController();
    const { promise: over, cancel } = after(this.context.getRemainingTimeInMillis() / 2);
    const calls = waits.map(async ({ record, seconds }) => {
      try {
        await visibility.change(record.receiptHandle, seconds, timeout.signal);
      } catch (error) {
        if (!timeout.signal.aborted) this.logVisibility(log, { messageId: record.messageId, ...errorFields(error) });
      }
    });
    const late = await Promise.race([Promise.all(calls).then(() => false), over.then(() => true)]);
    cancel();
    if (!late) return;
    timeout.abort();
    this.logVisibility(log, { reason: 'the queue did not answer in time; its visibility timeout applies' });
  }

  private logVisibility(log: Log, fields: LogFields): void {
    log('WARN', 'visibility', { requestId: this.context.awsRequestId, ...fields });
  }
}
