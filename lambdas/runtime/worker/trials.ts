import { type QuarantineEntry, REDRIVE_ATTRIBUTE } from '../../../lib/protocol';
import type { Decision } from '../invocation';
import type { HeldMessages } from './held-messages';
import type { QueueRecord } from './records';
import { parseTrialReference } from './trial-reference';

/** The entries of messages that a person sent again. */
export class Trials {
  private readonly entries = new Map<string, QuarantineEntry>();

  /** @param target name of the worker */
  constructor(
    private readonly held: Pick<HeldMessages, 'get'>,
    private readonly target: string,
  ) {}

  /**
   * Finds the entry of a message, before it is begun. A message without its own reference isn't on
   * trial.
   * @returns false if the trial is over, so that SQS may delete the message: it is done, discarded,
   * held again, or was sent again later
   * @throws Error if the quarantine doesn't answer. Then the message must not run, because a person
   * may have decided about it.
   */
  async begin(record: QueueRecord): Promise<boolean> {
    const text = record.messageAttributes?.[REDRIVE_ATTRIBUTE]?.stringValue;
    const reference = parseTrialReference(text, this.target, record.body);
    if (reference === undefined) return true;
    const entry = await this.held.get(reference.sk);
    // Every sender of the queue can set the attribute. So if the content differs, the message isn't
    // on trial.
    if (entry !== undefined && entry.content !== record.body) return true;
    if (entry?.state !== 'sent' || entry.trial !== reference.trial) return false;
    this.entries.set(record.messageId, entry);
    return true;
  }

  /** The entry of a message that is on trial. */
  of({ messageId }: QueueRecord): QuarantineEntry | undefined {
    return this.entries.get(messageId);
  }

  /** Decision of a person about the message. */
  decisionOf(record: QueueRecord): Decision | undefined {
    const { decision, triedAt } = this.of(record) ?? {};
    if (decision === undefined || triedAt === undefined) return undefined;
    return { kind: decision, at: Date.parse(triedAt) };
  }
}

/** The entry of a message that failed on trial. It keeps the position and age of the first one. */
export function relapsed(first: QuarantineEntry, now: QuarantineEntry): QuarantineEntry {
  return {
    ...now,
    sk: first.sk,
    first: first.first,
    receives: first.receives + now.receives,
    ...(first.about === undefined ? {} : { about: first.about }),
  };
}
