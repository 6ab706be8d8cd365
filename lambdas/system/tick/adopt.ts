import { SQS } from '../../../lib/limits';
import {
  heldKey,
  MAX_QUARANTINE_CONTENT_BYTES,
  parseEnvelope,
  positionKey,
  printableId,
  type QuarantineEntry,
  quarantineEnd,
} from '../../../lib/protocol';
import { boundedId } from '../../runtime/worker/entry-facts';
import { parseTrialReference } from '../../runtime/worker/trial-reference';
import type { Turn } from '../turns';

const SECONDS_PER_DAY = 86_400;

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
    /**
     * Adds an entry, unless the same message already has one. The existing entry may contain a
     * person's decision.
     * @returns whether it was added
     */
    readonly putNew: (entry: QuarantineEntry) => Promise<boolean>;
    /**
     * Replaces the entry of a trial, unless the trial is over.
     * @returns false if the entry belongs to another message
     */
    readonly putTried: (entry: QuarantineEntry, trial: string) => Promise<boolean>;
  };
  readonly remainingMs: () => number;
  /** Each receive, with its messages, takes one turn. */
  readonly turn: Turn;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: (line: Readonly<Record<string, unknown>>) => void;
}

/**
 * Moves the messages of a dead-letter queue to the quarantine. It puts the entry first, then it
 * deletes the message. If the process ends between these steps, the next run finds the entry.
 *
 * A message that is too long for the quarantine stays in its queue, and gets an entry without
 * content. Each run receives it again, and adds and logs its entry only if there is none. The entry
 * ends when SQS deletes the message.
 */
export async function adopt(
  target: string,
  queue: DeadLetterQueue,
  reserveMs: number,
  { quarantine, remainingMs, turn, now, log }: AdoptDependencies,
): Promise<void> {
  async function adoptSome(): Promise<number> {
    if (remainingMs() <= reserveMs) return 0;
    const letters = await queue.receive();
    for (const letter of letters) {
      const entry = entryOf(target, queue.name, letter, now());
      const trial = parseTrialReference(letter.trial, target, entry.content);
      const isTried = trial !== undefined && (await quarantine.putTried({ ...entry, ...trial }, trial.trial));
      const isHeld = isTried || (await quarantine.putNew(entry));
      if (entry.content !== '') await queue.remove(letter);
      const { id, reason, fingerprint, error } = entry;
      if (isHeld) log({ level: 'ERROR', message: 'held', to: target, id: printableId(id), reason, fingerprint, error });
    }
    return letters.length;
  }
  while ((await turn(adoptSome)) > 0);
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
      ? {
          error: `it has ${bytes} bytes, more than ${MAX_QUARANTINE_CONTENT_BYTES}, and stays in the queue ${queue}: delete it there, then discard this entry`,
        }
      : {}),
    receives,
    first: sent,
    at: new Date(now).toISOString(),
    ...(correlationId === undefined ? {} : { correlationId: boundedId(correlationId) }),
    ...(about === undefined ? {} : { about }),
    expires: isTooLong ? Math.ceil(sentAt / 1_000) + SQS.MAX_RETENTION_DAYS * SECONDS_PER_DAY : quarantineEnd(now),
  };
}

function envelopeOf(body: string) {
  try {
    return parseEnvelope(body);
  } catch {
    return undefined;
  }
}
