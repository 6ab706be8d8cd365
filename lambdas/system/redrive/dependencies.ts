import type {
  QuarantineEntry,
  QuarantineKey,
  QuarantineReason,
  QuarantineState,
  RedriveWaiting,
  TrialReference,
} from '../../../lib/protocol';

/** The part of an entry that the index of faults has. It has no content. */
export interface ListedEntry extends QuarantineKey {
  readonly id: string;
  readonly to: string;
  readonly state: QuarantineState;
  readonly reason: QuarantineReason;
  readonly error?: string;
  readonly fingerprint: string;
  readonly first: string;
  /** Time at which it was put, ISO 8601. */
  readonly at: string;
  readonly triedAt?: string;
}

/** The quarantine table. */
export interface RedriveEntries {
  readonly table: string;
  /**
   * Entries with one fault, the oldest first; without a fault, all held ones. It reads page by
   * page.
   */
  list(fingerprint?: string): AsyncIterable<ListedEntry>;
  /** Messages that wait for their targets. */
  waiting(): Promise<readonly RedriveWaiting[]>;
  /** Reads an entry, strongly consistent. */
  get(key: QuarantineKey): Promise<QuarantineEntry | undefined>;
  /** Replaces an entry, unless it has changed. @returns whether it was replaced */
  replace(known: QuarantineEntry, entry: QuarantineEntry): Promise<boolean>;
  /** Adds a message that waits for its target. The tick sends it. */
  wait(entry: QuarantineEntry): Promise<void>;
  /** Deletes an entry, unless it has changed. @returns whether it was deleted */
  remove(known: QuarantineEntry): Promise<boolean>;
}

/** Dependencies of the redrive function. Tests replace them. */
export interface RedriveDependencies {
  readonly entries: RedriveEntries;
  /**
   * Sends a message to the queue of its worker.
   * @returns the reason why it can't be sent; undefined if it was
   */
  readonly send: (entry: QuarantineEntry, trial: TrialReference) => Promise<string | undefined>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly newId: () => string;
  /** Milliseconds until Lambda stops this invocation. */
  readonly remainingMs: () => number;
  readonly log: (line: Readonly<Record<string, unknown>>) => void;
}

/** Time that is reserved for the answer. */
export const RESERVE_MS = 5_000;

export function keyOf({ pk, sk }: QuarantineKey): QuarantineKey {
  return { pk, sk };
}
