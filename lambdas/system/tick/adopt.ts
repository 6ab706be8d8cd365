import {
  heldKey,
  MAX_QUARANTINE_CONTENT_BYTES,
  parseEnvelope,
  positionKey,
  type QuarantineEntry,
  quarantineEnd,
} from '../../../lib/protocol';
import { boundedId } from '../../runtime/worker/entry-facts';
import { parseTrialReference } from '../../runtime/worker/trial-reference';

/** A message in a dead-letter queue. */
export interface DeadLetter {
  /** Id of the SQS message. */
  readonly messageId: string;
  readonly receipt: string;
  readonly body: string;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  readonly receives: number;
  readonly group?: string;
  readonly sequence?: string;
  /** Text of a `TrialReference`, if a person had sent the message again. Any sender may set it. */
  readonly trial?: string;
}

/** The dead-letter queue of a worker. */
export interface DeadLetterQueue {
  /** Name of the queue. */
  readonly name: string;
  /** Receives up to 10 messages, and hides them for some minutes. */
  readonly receive: () => Promise<readonly DeadLetter[]>;
  readonly remove: (letter: DeadLetter) => Promise<void>;
}

/** Dependencies of `adopt`. */
export interface AdoptDependencies {
  readonly quarantine: {
    /** Adds an entry, unless the same message has one, which may have a person's decision. */
    readonly putNew: (entry: QuarantineEntry) => Promise<void>;
    /**
     * Replaces the entry of a trial, unless the trial is over.
     * @returns false if the entry belongs to another message
     */
    readonly putTried: (entry: QuarantineEntry, trial: string) => Promise<boolean>;
  };
  readonly remainingMs: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: (line: Readonly<Record<string, unknown>>) => void;
}

/**
 * Moves the messages of a dead-letter queue to the quarantine. It puts the entry first, then it
 * deletes the message. If it ends in between, the next run finds the entry. A message
 * that is too long for the quarantine stays, and gets an entry without content.
 */
export async function adopt(
  target: string,
  queue: DeadLetterQueue,
  reserveMs: number,
  { quarantine, remainingMs, now, log }: AdoptDependencies,
): Promise<void> {
  while (remainingMs() > reserveMs) {
    const letters = await queue.receive();
    if (letters.length === 0) return;
    for (const letter of letters) {
      const entry = entryOf(target, queue.name, letter, now());
      const trial = parseTrialReference(letter.trial, target, entry.content);
      const isTried = trial !== undefined && (await quarantine.putTried({ ...entry, ...trial }, trial.trial));
      if (!isTried) await quarantine.putNew(entry);
      if (entry.content !== '') await queue.remove(letter);
      const { id, reason, fingerprint, error } = entry;
      log({ level: 'ERROR', message: 'held', to: target, id, reason, fingerprint, error });
    }
  }
}

function entryOf(target: string, queue: string, letter: DeadLetter, now: number): QuarantineEntry {
  const { messageId, body, sentAt, receives, group, sequence = '0' } = letter;
  const bytes = Buffer.byteLength(body);
  const isTooLong = bytes > MAX_QUARANTINE_CONTENT_BYTES;
  const sent = new Date(sentAt).toISOString();
  const { id = messageId, correlationId, about } = envelopeOf(body) ?? {};
  return {
    pk: heldKey(target),
    sk: positionKey({ lane: group ?? messageId, time: sent, sequence, index: 0 }),
    id: boundedId(id),
    to: target,
    content: isTooLong ? '' : body,
    ...(group === undefined ? {} : { group }),
    state: 'held',
    reason: 'dead-letter',
    fingerprint: `${isTooLong ? 'long-' : ''}dead-letter-${target}`,
    ...(isTooLong
      ? { error: `it has ${bytes} bytes, more than ${MAX_QUARANTINE_CONTENT_BYTES}, and stays in the queue ${queue}` }
      : {}),
    receives,
    first: sent,
    at: new Date(now).toISOString(),
    ...(correlationId === undefined ? {} : { correlationId: boundedId(correlationId) }),
    ...(about === undefined ? {} : { about }),
    expires: quarantineEnd(now),
  };
}

function envelopeOf(body: string) {
  try {
    return parseEnvelope(body);
  } catch {
    return undefined;
  }
}
