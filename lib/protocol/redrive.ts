import type { QuarantineEntry, QuarantineKey, QuarantineReason, QuarantineState } from './quarantine';
import { slotOf } from './slots';

/** SQS message attribute of a held message that is sent again. Its value is a `TrialReference`. */
export const REDRIVE_ATTRIBUTE = 'breakwater-redrive';

/**
 * Reference from a message that is sent again to its entry. It contains no decision, because every
 * sender of the queue may set it. The worker reads the entry.
 */
export interface TrialReference {
  /** Sort key of the entry. */
  readonly sk: string;
  /** The entry's `trial`. A message of an earlier trial isn't handled. */
  readonly trial: string;
}

/**
 * Decision of a person about a step that ended half-way. `done`: the step's mark is stored, and its
 * effect isn't run. `again`: a claim from before the decision is ignored, and the effect is run.
 */
export type TrialDecision = 'done' | 'again';

/**
 * Milliseconds after which a trial may be repeated. The earlier message may be lost, because the
 * process may have ended between the entry's change and the call of SQS.
 */
export const TRIAL_STALE_MS = 15 * 60_000;

/**
 * Whether an entry may be tried or discarded: it is held, or its trial is stale.
 * @param now milliseconds since 1970
 */
export function awaitsPerson({ state, triedAt }: Pick<QuarantineEntry, 'state' | 'triedAt'>, now: number): boolean {
  return state === 'held' || (state === 'sent' && now - Date.parse(triedAt ?? '') >= TRIAL_STALE_MS);
}

/** Maximum messages of one `try` request, so that a request ends in time. */
export const MAX_TRIED = 100;

/** Maximum number that an answer's `left` counts to, so that a request needn't read all entries. */
export const MAX_LEFT = 1_000;

/** Maximum faults of a list. */
export const MAX_FAULTS = 100;

/**
 * Aliases of the redrive function. A role may have the right to one of them alone, because a person
 * who may send a message again needn't be one who may discard it.
 */
export const REDRIVE_ALIASES = { redrive: 'live', discard: 'discard' } as const;

/** Request to the redrive function. */
export type RedriveRequest =
  | { readonly verb: 'list' }
  | ({ readonly verb: 'find'; readonly limit: number } & RedriveSelection)
  | ({
      readonly verb: 'try';
      /** Maximum messages, 1 to `MAX_TRIED`. */
      readonly limit: number;
      readonly decision?: TrialDecision;
    } & RedriveSelection)
  | { readonly verb: 'status'; readonly keys: readonly QuarantineKey[] }
  | ({ readonly verb: 'discard'; readonly reason: string } & RedriveSelection);

/** The messages that a request is about. */
export interface RedriveSelection {
  readonly fingerprint: string;
  /** Id of one message with this fingerprint. */
  readonly id?: string;
  /**
   * Only entries that were put until this time, ISO 8601. It is the `asOf` of the first answer. So
   * a command that repeats a request comes to an end while further messages fail.
   */
  readonly until?: string;
}

/** Held messages with one fault. It contains no values of messages. */
export interface RedriveFault {
  readonly fingerprint: string;
  readonly target: string;
  readonly reason: QuarantineReason;
  readonly error?: string;
  /** Number of messages that are held. */
  readonly held: number;
  /** Number of messages that are on trial. */
  readonly sent: number;
  /** Times at which the oldest and the newest message was first received, ISO 8601. */
  readonly oldest: string;
  readonly newest: string;
  /** Fields of the oldest message's body with their types and lengths: `orderId: string of 36`. */
  readonly body: readonly string[];
}

/** Messages that wait for a target. No person has to act, unless they wait for long. */
export interface RedriveWaiting {
  readonly target: string;
  readonly count: number;
  /** Time at which the oldest was written, ISO 8601. */
  readonly oldest: string;
  /** Whether these are all messages of the target. */
  readonly isComplete: boolean;
}

/** Answer to `list`. */
export interface RedriveList {
  /** The faults with the most messages, up to `MAX_FAULTS`. */
  readonly faults: readonly RedriveFault[];
  /** Number of further faults. */
  readonly more: number;
  /** Whether the time sufficed to count all messages. */
  readonly isComplete: boolean;
  readonly waiting: readonly RedriveWaiting[];
}

/** Answer to `find`: the oldest messages with a fault. */
export interface RedriveFound {
  /** Name of the quarantine table. */
  readonly table: string;
  readonly keys: readonly QuarantineKey[];
}

/** A message that was tried. */
export interface RedriveTried {
  readonly key: QuarantineKey;
  readonly id: string;
  /** Reason why it could not be sent. Absent if it was sent. */
  readonly refused?: string;
}

/** Answer to `try`. */
export interface RedriveTrial {
  readonly tried: readonly RedriveTried[];
  /**
   * Number of messages with the fault that weren't tried, up to `MAX_LEFT`. Those on trial don't
   * count.
   */
  readonly left: number;
  /** Time of the answer, ISO 8601. */
  readonly asOf: string;
}

/** State of a message that was tried. `settled`: its entry is gone, so it is done. */
export interface RedriveStatus {
  readonly key: QuarantineKey;
  readonly state: QuarantineState | 'settled';
  /** Fault of a message that is held again. */
  readonly reason?: QuarantineReason;
  readonly error?: string;
  readonly fingerprint?: string;
}

/** Answer to `discard`. */
export interface RedriveDiscarded {
  readonly discarded: number;
  /** Number of messages that weren't discarded, up to `MAX_LEFT`. Those on trial don't count. */
  readonly left: number;
  /** Time of the answer, ISO 8601. */
  readonly asOf: string;
}

/** An answer, or the text of an error that the caller can correct. */
export type RedriveAnswer<T> = T | { readonly refused: string };

const NAME_SUFFIX = '-redrive';
/** Maximum characters of a function's name. */
const MAX_NAME = 64;
/** Characters of a slot in base 36. */
const HASH = 4;

/**
 * Name of a stack's redrive function. The name follows from the stack's, so that a person who may
 * only invoke this function needs no other right to find it.
 */
export function redriveFunctionName(stackName: string): string {
  if (stackName.length + NAME_SUFFIX.length <= MAX_NAME) return `${stackName}${NAME_SUFFIX}`;
  const start = stackName.slice(0, MAX_NAME - NAME_SUFFIX.length - HASH);
  return `${start}-${slotOf(stackName).toString(36)}${NAME_SUFFIX}`;
}

/** Command that lists a stack's held messages. */
export function redriveCommand(stackName: string, region: string): string {
  return `npx breakwater redrive --stack ${stackName} --region ${region}`;
}
