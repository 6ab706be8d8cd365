import type { Envelope, QuarantineEntry, QuarantineReason } from '../../../lib/protocol';
import { errorFields, type Log, type LogFields } from '../log';
import { entryOf, type Failure, heldKeyOf } from './entry';
import { canWaitBehind, failingForMs, fate, isExpiring, lastRunAfterMs, leastWaitMs, type Patience } from './fate';
import type { HeldKey, HeldMessages } from './held-messages';
import type { MessageReader } from './message-forms';
import { type QueueRecord, receiveCount, sentAt } from './records';
import { aboutRecord } from './run-message';
import { relapsed, Trials } from './trials';

export interface JudgeProps {
  readonly patience: Patience;
  readonly held: HeldMessages;
  readonly read: MessageReader;
  /** Name of the worker. */
  readonly target: string;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A message before its run, or after a run that failed. */
export interface Case {
  readonly record: QueueRecord;
  readonly envelope: Envelope | undefined;
  /** Reason of a failure that no retry can help. */
  readonly reason?: QuarantineReason | undefined;
  /** Reason for which it is given up after its give-up time. @default 'gave-up' */
  readonly reasonInTime?: QuarantineReason | undefined;
  readonly failure?: Failure | undefined;
}

/**
 * Moves messages of a batch to the quarantine. It puts the entry first. Then the worker reports the
 * message as done, and SQS deletes it. If the process ends before SQS deletes the message, SQS
 * redelivers the message, and the worker puts the same entry again.
 */
export class Judge {
  /** Entries of messages that have their last run, by the message's id. */
  private readonly lastRuns = new Map<string, QuarantineEntry>();

  /** Messages that a person sent again. */
  readonly trials: Trials;

  constructor(private readonly props: JudgeProps) {
    this.trials = new Trials(props.held, props.target);
  }

  /**
   * Whether a message is in the quarantine already, before it is begun. Long after its give-up
   * time, or shortly before SQS gives it up, a message has a last run. Its entry is put before the
   * run. So the next delivery knows that a run was begun and didn't end. A message that was never
   * begun has no entry. A message on trial has one, so it has no last run.
   */
  async isHeld({ record, envelope }: Case): Promise<boolean> {
    const { patience, held, target, now } = this.props;
    const limit = lastRunAfterMs(patience);
    const isOverdue = (await this.failingMs(record, limit)) >= limit;
    if (!isOverdue && !isExpiring(record, now())) return false;
    const trial = this.trials.of(record);
    const reason = isOverdue ? 'never-ended' : 'expiring';
    const entry = entryOf({ record, envelope, target, reason }, now());
    if (trial !== undefined) return this.holdAgain(record, trial, entry);
    try {
      if (!(await held.putNew(entry))) {
        this.logHeld(record, entry);
        return true;
      }
      this.lastRuns.set(record.messageId, entry);
    } catch (error) {
      this.warn(record, error);
    }
    return false;
  }

  /** Whether this is the last run of a message, and its entry is in the quarantine. */
  isLastRun({ messageId }: QueueRecord): boolean {
    return this.lastRuns.has(messageId);
  }

  /** Minimum seconds until a message is redelivered. */
  leastWaitSeconds(record: QueueRecord): number {
    return Math.ceil(leastWaitMs(record, this.props.now()) / 1_000);
  }

  /**
   * Decides about a message whose run failed. A message on trial is given up at once.
   * @returns whether the message is in the quarantine now, so that SQS may delete it
   */
  async judge({ record, envelope, reason, reasonInTime = 'gave-up', failure }: Case): Promise<boolean> {
    const { patience, target, now } = this.props;
    const trial = this.trials.of(record);
    const failingMs =
      trial === undefined && reason === undefined ? await this.failingMs(record, patience.giveUpAfterMs) : 0;
    const verdict = { reason, reasonInTime, failingMs, isExpiring: isExpiring(record, now()) };
    const decided = trial === undefined ? fate(verdict, patience) : (reason ?? reasonInTime);
    if (decided === 'retry') return false;
    const entry = entryOf({ record, envelope, target, reason: decided, failure }, now());
    return trial === undefined ? this.hold(record, entry) : this.holdAgain(record, trial, entry);
  }

  /**
   * Holds a message that failed on trial. If a person has begun another trial meanwhile, or the
   * message was done by another delivery, the entry shows that, and stays as it is.
   */
  private async holdAgain(record: QueueRecord, first: QuarantineEntry, failed: QuarantineEntry): Promise<boolean> {
    const entry = relapsed(first, failed);
    try {
      if (await this.props.held.putTried(entry, first.trial ?? '')) this.logHeld(record, entry);
      else this.log('WARN', record, { outcome: 'quarantined', reason: 'its trial is over' });
      return true;
    } catch (error) {
      this.warn(record, error);
      return false;
    }
  }

  /**
   * Decides about a message that must wait. It may wait until SQS would give it up. If this was its
   * last run, the run has ended, so its entry is deleted.
   * @returns whether the message is in the quarantine now, so that SQS may delete it
   */
  async defer({ record, envelope, failure }: Case): Promise<boolean> {
    const { target, now } = this.props;
    if (!isExpiring(record, now())) {
      await this.takeBack(record);
      return false;
    }
    const trial = this.trials.of(record);
    const entry = entryOf({ record, envelope, target, reason: 'expiring', failure }, now());
    return trial === undefined ? this.hold(record, entry) : this.holdAgain(record, trial, entry);
  }

  private async hold(record: QueueRecord, entry: QuarantineEntry): Promise<boolean> {
    try {
      await this.props.held.put(entry);
      this.logHeld(record, entry);
      return true;
    } catch (error) {
      this.warn(record, error);
      return false;
    }
  }

  /**
   * Deletes the entry of a message that is done, if it may have one. An earlier delivery may have
   * put an entry, although its call got no answer or its process ended then. A later delivery can't
   * know whether there is an entry, so each redelivered message costs one deletion.
   */
  async forget({ record, envelope }: Case): Promise<void> {
    const trial = this.trials.of(record);
    if (trial === undefined && receiveCount(record) === 1 && !this.isLastRun(record)) return;
    await this.delete(record, trial ?? heldKeyOf({ record, envelope, target: this.props.target }, this.props.now()));
  }

  /** Deletes the entry of a last run that ended without a decision. */
  async takeBack(record: QueueRecord): Promise<void> {
    const entry = this.lastRuns.get(record.messageId);
    if (entry === undefined) return;
    this.lastRuns.delete(record.messageId);
    await this.delete(record, entry);
  }

  private async delete(record: QueueRecord, key: HeldKey): Promise<void> {
    try {
      await this.props.held.delete(key);
    } catch (error) {
      this.warn(record, error);
    }
  }

  /** `failingForMs`. It reads the quarantine only if the answer depends on the message's group. */
  private async failingMs(record: QueueRecord, limit: number): Promise<number> {
    const now = this.props.now();
    const own = failingForMs(record, now, false);
    const longest = failingForMs(record, now, true);
    const { MessageGroupId: group } = record.attributes;
    if (!canWaitBehind(record) || own >= limit || longest < limit || group === undefined) return own;
    try {
      const last = await this.props.held.last(group);
      return last !== undefined && Date.parse(last.at) >= sentAt(record) ? longest : own;
    } catch (error) {
      this.warn(record, error);
      return own;
    }
  }

  private logHeld(record: QueueRecord, { reason, fingerprint, error }: QuarantineEntry): void {
    this.log('ERROR', record, {
      outcome: 'held',
      reason,
      fingerprint,
      ...(error === undefined ? {} : { error }),
    });
  }

  private warn(record: QueueRecord, error: unknown): void {
    this.log('WARN', record, { outcome: 'the quarantine did not answer as it should', ...errorFields(error) });
  }

  private log(level: 'WARN' | 'ERROR', record: QueueRecord, fields: LogFields): void {
    this.props.log(level, 'quarantine', {
      ...aboutRecord(record, this.props.read),
      receiveCount: receiveCount(record),
      ...fields,
    });
  }
}
