import type { Run } from '../invocation';
import type { LogFields, LogLevel } from '../log';
import type { StandardSchemaV1 } from '../standard-schema';
import type { Timer } from './after';
import { isExpiring, isSuspect, shuffled } from './fate';
import type { Judge } from './judge';
import type { MessageReader } from './message-forms';
import type { PacedBatch, Paces } from './pace';
import { deleteAll, setWaits, type Warn } from './queue-calls';
import { type OrderedGroup, type Outcome, type QueueRecord, receiveCount, SETTLED, toOrderedGroups } from './records';
import { aboutRecord, type MessageRun, type RunEnd, runMessage } from './run-message';
import type { SourceQueue } from './source-queue';
import type { MessageHandler, RetryDelay } from './types';
import { waitsFor } from './waits';

/** The failed messages, in the form that Lambda expects. */
export interface QueueResult {
  batchItemFailures: { itemIdentifier: string }[];
}

/** The used part of Lambda's context. */
export interface WorkerContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** Settings and dependencies of a worker. */
export interface BatchSettings<Body> {
  readonly handle: MessageHandler<Body>;
  readonly read: MessageReader;
  readonly schema: StandardSchemaV1<unknown, Body> | undefined;
  /** Infinite if messages have no maximum age. */
  readonly maxAgeMs: number;
  readonly concurrency: number;
  /** Shared by all batches of the environment. */
  readonly paces: Paces;
  readonly reserveMs: number;
  readonly retryDelay: RetryDelay | false;
  readonly queue: SourceQueue | undefined;
  /** Undefined if SQS alone gives messages up. */
  readonly judge: Judge | undefined;
  /** Writes log lines. */
  readonly run: Run;
  readonly random: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly after: (ms: number) => Timer;
}

/** Log levels of the outcomes that aren't errors. */
const LEVELS: Readonly<Partial<Record<Outcome, LogLevel>>> = { done: 'INFO', deferred: 'WARN' };

/** State of one invocation. */
export class Batch<Body> implements MessageRun<Body> {
  private readonly outcomes = new Map<string, Outcome>();
  private readonly paced: Readonly<Record<keyof Paces, PacedBatch>>;
  private readonly deferred = new Map<string, number>();
  private readonly deadline = new AbortController();
  /** Messages that are settled, but not deleted yet. */
  private undeleted: QueueRecord[] = [];

  constructor(
    readonly settings: BatchSettings<Body>,
    private readonly records: readonly QueueRecord[],
    readonly context: WorkerContext,
  ) {
    const { first, again } = settings.paces;
    this.paced = { first: first.batch(), again: again.batch() };
  }

  async run(): Promise<QueueResult> {
    const left = this.context.getRemainingTimeInMillis() - this.settings.reserveMs;
    const { promise: over, cancel } = this.settings.after(left);
    // Loads the SQS client at the first failure, or after half of the time, while there is still
    // time for it.
    const halfway = this.settings.after(left / 2);
    void halfway.promise.then(() => this.prepareToReschedule());
    await Promise.race([this.runGroups(), over]);
    cancel();
    halfway.cancel();
    this.deadline.abort(new Error('the time for this batch is over'));
    this.endPaces();
    // Handlers that still run can no longer change the result.
    for (const record of this.records) this.settleUnfinished(record);
    const undone = this.records.filter((record) => !this.isSettled(record));
    for (const record of undone) this.settleUnbegun(record);
    for (const record of undone) this.logUnfinished(record);
    this.logHandedBack(undone);
    await this.reschedule(undone);
    this.settings.run.end();
    return { batchItemFailures: undone.map((record) => ({ itemIdentifier: record.messageId })) };
  }

  get signal(): AbortSignal {
    return this.deadline.signal;
  }

  /** Notes that a message's run begins. */
  begin({ messageId }: QueueRecord): void {
    this.outcomes.set(messageId, 'unfinished');
  }

  private isOver(): boolean {
    return this.deadline.signal.aborted || this.context.getRemainingTimeInMillis() <= this.settings.reserveMs;
  }

  private isSettled({ messageId }: QueueRecord): boolean {
    return SETTLED.includes(this.outcomes.get(messageId));
  }

  /**
   * Ignores an error, because the same error occurs again and is logged when a message is
   * rescheduled.
   */
  private prepareToReschedule(): void {
    if (this.settings.retryDelay !== false) this.settings.queue?.preload?.().catch(() => undefined);
  }

  /**
   * Runs the messages concurrently. A message that may end the process runs alone, after the
   * others. Their order is random. Otherwise the same message could end each process before the
   * others get their turn.
   */
  private async runGroups(): Promise<void> {
    const together: OrderedGroup[] = [];
    const alone: OrderedGroup[] = [];
    for (const group of toOrderedGroups(this.records)) {
      const isAlone = this.settings.judge !== undefined && group.some(isSuspect);
      (isAlone ? alone : together).push(group);
    }
    await this.runAll(together, this.settings.concurrency, false);
    await this.runAll(shuffled(alone, this.settings.random), 1, true);
  }

  private async runAll(groups: OrderedGroup[], concurrency: number, isAlone: boolean): Promise<void> {
    const size = Math.min(concurrency, groups.length);
    const runNext = async () => {
      for (let group = this.takeNext(groups); group !== undefined; group = this.takeNext(groups)) {
        await this.runGroup(group, isAlone);
      }
    };
    await Promise.all(Array.from({ length: size }, runNext));
  }

  /** Takes the next group that may begin out of a list. */
  private takeNext(groups: OrderedGroup[]): OrderedGroup | undefined {
    if (this.isOver()) return undefined;
    const position = groups.findIndex(([head]) => this.mayBegin(head!));
    return position < 0 ? undefined : groups.splice(position, 1)[0];
  }

  private mayBegin(record: QueueRecord): boolean {
    return !this.mayWait(record) || this.paceOf(record).admits(this.settings.monotonic());
  }

  /**
   * A message that SQS would soon give up can't be handed back, because only a run decides about
   * it. If SQS alone gives messages up, none can be handed back, because SQS counts each receive.
   */
  private mayWait(record: QueueRecord): boolean {
    return this.settings.judge !== undefined && !isExpiring(record, this.settings.now());
  }

  private paceOf(record: QueueRecord): PacedBatch {
    const { first, again } = this.paced;
    return receiveCount(record) === 1 ? first : again;
  }

  private async runGroup(group: OrderedGroup, isAlone: boolean): Promise<void> {
    for (const [i, record] of group.entries()) {
      if (isAlone) await this.deleteSettled();
      if (this.isOver()) return;
      await this.runOne(record);
      if (this.isSettled(record)) continue;
      for (const behind of group.slice(i + 1))
        this.settle(behind, { outcome: 'behind a failure', fields: this.about(behind) });
      return;
    }
  }

  /** Deletes what is settled, so that it isn't redelivered if the next message ends the process. */
  private async deleteSettled(): Promise<void> {
    const { queue } = this.settings;
    const settled = this.undeleted.splice(0);
    if (queue !== undefined) await deleteAll(settled, queue, this.deadline.signal, this.warn);
  }

  private async runOne(record: QueueRecord): Promise<void> {
    const { monotonic } = this.settings;
    const pace = this.paceOf(record);
    const started = monotonic();
    const run = pace.begin();
    const end = await runMessage(record, this);
    pace.end(run, end.load, monotonic());
    const fields = { ms: Math.round(monotonic() - started), ...end.fields };
    this.settle(record, { ...end, fields });
    if (end.outcome === 'done') await this.settings.judge?.forget({ record, envelope: end.envelope });
    else if (end.outcome === 'deferred') await this.defer(record, end);
    else if (end.outcome !== 'quarantined') await this.judge(record, end);
  }

  /** Lets a message wait, or moves it to the quarantine if it can't wait any longer. */
  private async defer(record: QueueRecord, { envelope, failure, seconds = 0 }: RunEnd): Promise<void> {
    this.deferred.set(record.messageId, seconds);
    // If the entry of a message's trial can't be read, the message isn't run and has no envelope.
    if (this.deadline.signal.aborted || envelope === undefined) return;
    const isHeld = await this.settings.judge?.defer({ record, envelope, failure });
    if (isHeld) this.record(record, 'quarantined');
  }

  /** Moves a failed message to the quarantine, if it is given up. */
  private async judge(record: QueueRecord, end: RunEnd): Promise<void> {
    if (this.deadline.signal.aborted) return;
    const { envelope, reason, reasonInTime, failure } = end;
    const isHeld = await this.settings.judge?.judge({ record, envelope, reason, reasonInTime, failure });
    if (isHeld) this.record(record, 'quarantined');
  }

  /** Records and logs a message's outcome. After the deadline it only logs it. */
  private settle(record: QueueRecord, { outcome, fields }: RunEnd): void {
    this.record(record, outcome);
    if (!this.isSettled(record)) this.prepareToReschedule();
    const late = this.deadline.signal.aborted;
    const level = late ? 'ERROR' : LEVELS[outcome];
    this.settings.run.log(level ?? 'ERROR', 'message', {
      messageId: record.messageId,
      receiveCount: receiveCount(record),
      outcome: late ? `${outcome}, too late` : outcome,
      ...fields,
    });
  }

  private record(record: QueueRecord, outcome: Outcome): void {
    this.outcomes.set(record.messageId, outcome);
    if (this.isSettled(record)) this.undeleted.push(record);
  }

  /**
   * Settles a message whose run hasn't ended. If it is the message's last run, the message stays in
   * the quarantine, which it entered before the run.
   */
  private settleUnfinished(record: QueueRecord): void {
    if (this.outcomes.get(record.messageId) !== 'unfinished') return;
    if (this.settings.judge?.isLastRun(record)) this.outcomes.set(record.messageId, 'quarantined');
  }

  private about(record: QueueRecord): LogFields {
    return aboutRecord(record, this.settings.read);
  }

  /**
   * Settles a message that wasn't begun, because the breaker is open or because the time was over.
   */
  private settleUnbegun(record: QueueRecord): void {
    if (this.outcomes.has(record.messageId)) return;
    const isHandedBack = this.mayWait(record) && this.paceOf(record).isOpen;
    this.outcomes.set(record.messageId, isHandedBack ? 'handed back' : 'not begun');
  }

  private logUnfinished(record: QueueRecord): void {
    const outcome = this.outcomes.get(record.messageId);
    if (outcome !== 'not begun' && outcome !== 'unfinished') return;
    this.settings.run.log('WARN', 'message', {
      ...this.about(record),
      receiveCount: receiveCount(record),
      outcome,
      reason: `less than ${this.settings.reserveMs} ms were left`,
    });
  }

  private endPaces(): void {
    for (const [deliveries, pace] of Object.entries(this.paced)) {
      const state = pace.endBatch(this.settings.monotonic());
      if (state !== undefined) this.warn('breaker', { state, deliveries });
    }
  }

  /**
   * Writes one log line for all handed-back messages, because in an outage most messages are handed
   * back often.
   */
  private logHandedBack(undone: readonly QueueRecord[]): void {
    const handedBack = undone.filter(({ messageId }) => this.outcomes.get(messageId) === 'handed back');
    const messages = handedBack.map((record) => this.about(record));
    if (messages.length > 0) this.warn('handed back', { messages });
  }

  /**
   * Sets the time at which SQS redelivers unhandled messages. It takes at most half of the
   * remaining time, because the result must still be returned.
   */
  private async reschedule(undone: readonly QueueRecord[]): Promise<void> {
    const { queue, retryDelay, judge, random, after } = this.settings;
    if (queue === undefined || retryDelay === false) return;
    const least = judge && ((record: QueueRecord) => judge.leastWaitSeconds(record));
    const waits = waitsFor(undone, this.outcomes, this.deferred, retryDelay, least, random);
    await setWaits(waits, queue, after(this.context.getRemainingTimeInMillis() / 2), this.warn);
  }

  private readonly warn: Warn = (event, fields) => this.settings.run.log('WARN', event, fields);
}
