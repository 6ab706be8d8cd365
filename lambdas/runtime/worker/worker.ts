import { type Envelope, Environment, parseEnvelope } from '../../../lib/protocol';
import { withDeadline } from '../deadline';
import { errorFields, jsonLog, type Log, type LogFields } from '../log';
import { check, type StandardSchemaV1 } from '../standard-schema';
import { PermanentFailure } from './permanent-failure';
import { type Lane, type Outcome, type QueueEvent, type QueueRecord, receiveCount, toLanes, waitsFor } from './records';
import type { MessageHandler, RetryDelay, WorkerOptions } from './types';
import { queueVisibility, type Visibility } from './visibility';

/** What Lambda expects back: which messages are not done. */
export interface QueueResult {
  batchItemFailures: { itemIdentifier: string }[];
}

/** The part of Lambda's context that is read. */
export interface WorkerContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** Ports, for tests; a function needs none of them. */
export interface WorkerPorts {
  /** @default SQS, if BREAKWATER_QUEUE_URL is set */
  readonly visibility?: Visibility;
  /** @default one line of JSON on standard output for each message */
  readonly log?: Log;
  /** @default Math.random */
  readonly random?: () => number;
  /** @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

const DEFAULT_CONCURRENCY = 10;
const DEFAULT_RESERVE_MS = 1_000;
/**
 * The handler of a queue worker: works on a batch with bounded concurrency and reports exactly what isn't done, so that nothing else
 * comes again. A message can come more than once; handlers deduplicate by its id or by what it is about.
 *
 * @example
 * export const handler = worker(async ({ body }) => charge(body.orderId), { schema: Payment, concurrency: 5 });
 */
export function worker<Body = unknown>(
  handle: MessageHandler<Body>,
  options: WorkerOptions<Body> = {},
  ports: WorkerPorts = {},
): (event: QueueEvent, context: WorkerContext) => Promise<QueueResult> {
  const { concurrency = DEFAULT_CONCURRENCY, reserveMs = DEFAULT_RESERVE_MS } = options;
  if (!(Number.isInteger(concurrency) && concurrency >= 1)) {
    throw new Error(`concurrency of a worker must be a whole number from 1, got ${concurrency}`);
  }
  if (!(reserveMs >= 0)) throw new Error(`reserveMs of a worker must be 0 or more, got ${reserveMs}`);
  const environment = ports.environment ?? process.env;
  const queueUrl = environment[Environment.QUEUE_URL];
  const settings: Settings<Body> = {
    handle,
    schema: options.schema,
    concurrency,
    reserveMs,
    retryDelay: options.retryDelay ?? {},
    visibility: ports.visibility ?? (queueUrl ? queueVisibility(queueUrl) : undefined),
    log: ports.log ?? jsonLog,
    random: ports.random ?? Math.random,
    name: environment[Environment.NAME],
  };
  return (event, context) => new Batch(settings, event.Records, context).run();
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
  readonly name: string | undefined;
}

/** One invocation: nothing of it outlives it. */
class Batch<Body> {
  private readonly outcomes = new Map<string, Outcome>();
  private readonly deadline = new AbortController();

  constructor(
    private readonly settings: Settings<Body>,
    private readonly records: readonly QueueRecord[],
    private readonly context: WorkerContext,
  ) {}

  async run(): Promise<QueueResult> {
    const lanes = toLanes(this.records);
    let next = 0;
    const crew = async () => {
      while (next < lanes.length && !this.isOver()) await this.runLane(lanes[next++]!);
    };
    const left = this.context.getRemainingTimeInMillis() - this.settings.reserveMs;
    const { promise: over, cancel } = after(left);
    // What is needed to end a batch badly is loaded while there is time for it: half-way, or at the first failure.
    const halfway = after(left / 2);
    void halfway.promise.then(() => this.prepareToReschedule());
    await Promise.race([
      Promise.all(Array.from({ length: Math.min(this.settings.concurrency, lanes.length) }, crew)),
      over,
    ]);
    cancel();
    halfway.cancel();
    this.deadline.abort(new Error('the time for this batch is over'));
    // From here on what is still running can't change the answer any more.
    const undone = this.records.filter((record) => this.outcomes.get(record.messageId) !== 'done');
    for (const record of undone) this.logUnbegun(record);
    await this.reschedule(undone);
    return { batchItemFailures: undone.map((record) => ({ itemIdentifier: record.messageId })) };
  }

  private isOver(): boolean {
    return this.deadline.signal.aborted || this.context.getRemainingTimeInMillis() <= this.settings.reserveMs;
  }

  /** A failure here shows again, and is logged, when a message is to be rescheduled. */
  private prepareToReschedule(): void {
    if (this.settings.retryDelay !== false) this.settings.visibility?.preload?.().catch(() => undefined);
  }

  private async runLane(lane: Lane): Promise<void> {
    for (const [i, record] of lane.entries()) {
      if (this.isOver()) return;
      if (await this.runOne(record)) continue;
      for (const behind of lane.slice(i + 1)) this.settle(behind, 'behind a failure');
      return;
    }
  }

  /** @returns whether the message is done */
  private async runOne(record: QueueRecord): Promise<boolean> {
    const started = performance.now();
    const finish = (outcome: Outcome, extra: Readonly<Record<string, unknown>> = {}) =>
      this.settle(record, outcome, { ms: Math.round(performance.now() - started), ...extra });

    let envelope: Envelope;
    try {
      envelope = parseEnvelope(record.body);
    } catch (error) {
      // Whoever wrote it, its text isn't for the log: it may be anything.
      return finish('malformed', { reason: error instanceof SyntaxError ? 'not JSON' : envelopeProblem(error) });
    }
    const about = {
      id: envelope.id,
      to: envelope.to,
      ...(envelope.group === undefined ? {} : { group: envelope.group }),
    };
    this.outcomes.set(record.messageId, 'unfinished');
    try {
      const checked = this.settings.schema === undefined ? undefined : await check(this.settings.schema, envelope.body);
      if (checked !== undefined && 'issues' in checked) {
        return finish('refused', {
          ...about,
          reason: 'body does not fit the schema',
          issues: checked.issues.map(({ path, message }) => `${path}: ${message}`),
        });
      }
      const message = {
        ...about,
        body: (checked === undefined ? envelope.body : checked.value) as Body,
        time: envelope.time,
        receiveCount: receiveCount(record),
        senderId: record.attributes.SenderId,
        signal: this.deadline.signal,
        remainingMs: () => this.context.getRemainingTimeInMillis(),
      };
      await withDeadline(message.remainingMs, () => this.settings.handle(message));
      return finish('done', about);
    } catch (error) {
      return finish(error instanceof PermanentFailure ? 'refused' : 'failed', { ...about, ...errorFields(error) });
    }
  }

  /** Notes and logs how a message ended; after the deadline only the log still hears of it. */
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

  /** Tells the queue when to bring undone messages back, within half of the time that is left: the answer must still get out. */
  private async reschedule(undone: readonly QueueRecord[]): Promise<void> {
    const { visibility, retryDelay, random, log } = this.settings;
    if (visibility === undefined || retryDelay === false) return;
    const waits = waitsFor(undone, this.outcomes, retryDelay, random);
    const patience = new AbortController();
    const { promise: over, cancel } = after(this.context.getRemainingTimeInMillis() / 2);
    const calls = waits.map(async ({ record, seconds }) => {
      try {
        await visibility.change(record.receiptHandle, seconds, patience.signal);
      } catch (error) {
        if (!patience.signal.aborted) this.logVisibility(log, { messageId: record.messageId, ...errorFields(error) });
      }
    });
    const late = await Promise.race([Promise.all(calls).then(() => false), over.then(() => true)]);
    cancel();
    if (!late) return;
    patience.abort();
    this.logVisibility(log, { reason: 'the queue did not answer in time; its visibility timeout decides' });
  }

  private logVisibility(log: Log, fields: LogFields): void {
    log('WARN', 'visibility', { requestId: this.context.awsRequestId, ...fields });
  }
}

/** Comes true after some milliseconds, unless it is cancelled. */
function after(ms: number): { readonly promise: Promise<void>; readonly cancel: () => void } {
  let cancel = () => {};
  const promise = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, ms));
    cancel = () => clearTimeout(timer);
  });
  return { promise, cancel };
}

function envelopeProblem(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/, got [\s\S]*$/, '');
}
