import {
  awaitsPerson,
  MAX_FAULTS,
  MAX_LEFT,
  MAX_TRIED,
  NO_TARGET,
  parseEnvelope,
  parsePartitionKey,
  type QuarantineEntry,
  type QuarantineKey,
  type QuarantineReason,
  type QuarantineState,
  quarantineEnd,
  REDRIVE_ALIASES,
  type RedriveAnswer,
  type RedriveDiscarded,
  type RedriveFault,
  type RedriveFound,
  type RedriveList,
  type RedriveRequest,
  type RedriveSelection,
  type RedriveStatus,
  type RedriveTrial,
  type RedriveTried,
  type RedriveWaiting,
  TRIAL_STALE_MS,
  type TrialDecision,
  type TrialReference,
  waitingKey,
} from '../../../lib/protocol';
import { inParallel } from '../in-parallel';
import { shapeOf } from './shape';

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
const RESERVE_MS = 5_000;
/** Time of a list that is reserved for the fields of messages, and for the messages that wait. */
const RESERVE_LIST_MS = 25_000;

/** Maximum messages that a request discards. */
const MAX_DISCARDED = 1_000;

type Answer = RedriveList | RedriveFound | RedriveTrial | readonly RedriveStatus[] | RedriveDiscarded;

/**
 * Answers a request of a person. It never returns values of messages.
 * @param alias of the function by which it was invoked; undefined if it isn't known
 */
export async function redrive(
  request: RedriveRequest,
  alias: string | undefined,
  dependencies: RedriveDependencies,
): Promise<RedriveAnswer<Answer>> {
  const { entries, now } = dependencies;
  const verb = request?.verb;
  if (
    (alias === REDRIVE_ALIASES.redrive && verb === 'discard') ||
    (alias === REDRIVE_ALIASES.discard && verb !== 'discard')
  ) {
    return { refused: `the alias '${alias}' doesn't serve the verb '${verb}'` };
  }
  switch (request?.verb) {
    case 'list':
      return list(dependencies);
    case 'status':
      return statusOf(request.keys, dependencies);
    case 'find': {
      const { chosen } = await choose(request, request.limit, () => true, entries, 0);
      return chosen.length === 0 ? unknown(request) : { table: entries.table, keys: chosen.map(keyOf) };
    }
    case 'try': {
      const chosen = await choose(
        request,
        Math.min(request.limit, MAX_TRIED),
        (one) => awaitsPerson(one, now()),
        entries,
      );
      return noneOf(request, chosen) ?? tryAgain(chosen, request.decision, dependencies);
    }
    case 'discard': {
      const chosen = await choose(request, MAX_DISCARDED, (one) => awaitsPerson(one, now()), entries);
      return noneOf(request, chosen) ?? discard(chosen, request.reason, dependencies);
    }
    default:
      return {
        refused: `verb must be list, find, try, status or discard, got ${JSON.stringify((request as { verb?: unknown } | null)?.verb)}`,
      };
  }
}

function unknown({ fingerprint, id }: RedriveSelection): { readonly refused: string } {
  const which = id === undefined ? '' : ` and the id '${id}'`;
  return { refused: `no held message has the fingerprint '${fingerprint}'${which}; list the messages again` };
}

/**
 * The refusal of a request that finds no entry. Undefined if it finds one, or continues another
 * request.
 */
function noneOf(request: RedriveSelection, { chosen, isKnown }: Chosen): { readonly refused: string } | undefined {
  if (!isKnown) return unknown(request);
  if (chosen.length > 0 || request.until !== undefined) return undefined;
  const minutes = TRIAL_STALE_MS / 60_000;
  return {
    refused: `its messages are on trial; list the messages again, and try those again that have no result after ${minutes} minutes`,
  };
}

/** Entries that a request is about. */
interface Chosen {
  /** The oldest first. */
  readonly chosen: readonly ListedEntry[];
  /** Number of further ones, up to `MAX_LEFT`. */
  readonly left: number;
  /** Whether there is an entry with the fingerprint and the id. */
  readonly isKnown: boolean;
}

/** Chooses the oldest entries. It reads no further ones than it chooses and counts. */
async function choose(
  { fingerprint, id, until }: RedriveSelection,
  limit: number,
  isFree: (entry: ListedEntry) => boolean,
  entries: RedriveEntries,
  maxLeft = MAX_LEFT,
): Promise<Chosen> {
  const chosen: ListedEntry[] = [];
  let [left, isKnown] = [0, false];
  for await (const entry of entries.list(fingerprint)) {
    if (id !== undefined && entry.id !== id) continue;
    isKnown = true;
    if (!isFree(entry) || (until !== undefined && entry.at > until)) continue;
    if (chosen.length < limit) chosen.push(entry);
    else left++;
    if (chosen.length === limit && left >= maxLeft) break;
  }
  return { chosen, left, isKnown };
}

/** Counts of a fault. */
interface Count {
  oldest: ListedEntry;
  newest: string;
  held: number;
  sent: number;
}

async function list({ entries, remainingMs }: RedriveDependencies): Promise<RedriveList> {
  const counts = new Map<string, Count>();
  let isComplete = true;
  for await (const entry of entries.list()) {
    if (remainingMs() < RESERVE_LIST_MS) {
      isComplete = false;
      break;
    }
    const count = counts.get(entry.fingerprint) ?? { oldest: entry, newest: entry.first, held: 0, sent: 0 };
    counts.set(entry.fingerprint, count);
    if (entry.first < count.oldest.first) count.oldest = entry;
    if (entry.first > count.newest) count.newest = entry.first;
    if (entry.state === 'held') count.held++;
    else count.sent++;
  }
  const sorted = [...counts].sort(([a, one], [b, other]) => other.held - one.held || (a < b ? -1 : 1));
  const faults: RedriveFault[] = [];
  await inParallel(
    [...sorted.entries()].slice(0, MAX_FAULTS),
    async ([place, [fingerprint, { oldest, newest, held, sent }]]) => {
      const whole = await entries.get(oldest);
      faults[place] = {
        fingerprint,
        target: oldest.to,
        reason: oldest.reason,
        ...(oldest.error === undefined ? {} : { error: oldest.error }),
        held,
        sent,
        oldest: oldest.first,
        newest,
        body: whole === undefined || whole.content === '' ? [] : shapeOf(whole.content),
      };
    },
  );
  return { faults, more: Math.max(0, sorted.length - MAX_FAULTS), isComplete, waiting: await entries.waiting() };
}

async function statusOf(
  keys: readonly QuarantineKey[],
  { entries }: RedriveDependencies,
): Promise<readonly RedriveStatus[]> {
  const states: RedriveStatus[] = [];
  await inParallel(keys, async (key) => {
    const entry = (await entries.get(key)) ?? (await entries.get(waitingKeyOf(key)));
    if (entry === undefined) states.push({ key, state: 'settled' });
    else {
      const { state, reason, error, fingerprint } = entry;
      states.push({
        key,
        state,
        ...(reason === undefined ? {} : { reason }),
        ...(error === undefined ? {} : { error }),
        ...(fingerprint === undefined ? {} : { fingerprint }),
      });
    }
  });
  return states;
}

/**
 * Sends messages again, the oldest first. An entry is marked before its message is sent. So two
 * persons don't send it both, and a worker recognises the message.
 */
async function tryAgain(
  { chosen, left }: Chosen,
  decision: TrialDecision | undefined,
  dependencies: RedriveDependencies,
): Promise<RedriveTrial> {
  const { now } = dependencies;
  const asOf = new Date(now()).toISOString();
  const tried: RedriveTried[] = [];
  let seen = 0;
  for (const listed of [...chosen].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))) {
    if (dependencies.remainingMs() < RESERVE_MS) break;
    seen++;
    const result = await tryOne(listed, decision, dependencies);
    if (result !== undefined) tried.push(result);
  }
  const facts = { verb: 'try', decision, tried: tried.map(({ id, refused }) => ({ id, refused })) };
  dependencies.log({ level: 'WARN', message: 'redrive', ...facts });
  return { tried, left: Math.min(left + chosen.length - seen, MAX_LEFT), asOf };
}

/** @returns undefined if another request or the worker has changed the entry */
async function tryOne(
  listed: ListedEntry,
  decision: TrialDecision | undefined,
  { entries, send, now, newId }: RedriveDependencies,
): Promise<RedriveTried | undefined> {
  const known = await entries.get(listed);
  if (known === undefined || !awaitsPerson(known, now())) return undefined;
  if (known.shard !== undefined) return handToRelay(known, decision, entries, now());
  if (known.content === '') {
    return {
      key: keyOf(known),
      id: known.id,
      refused: 'it is too long for the quarantine; handle it in its dead-letter queue, then discard this entry',
    };
  }
  const { decision: _, ...held } = known;
  const trial = newId();
  const marked: QuarantineEntry = {
    ...held,
    state: 'sent',
    trial,
    triedAt: new Date(now()).toISOString(),
    ...(decision === undefined ? {} : { decision }),
    expires: quarantineEnd(now()),
  };
  if (!(await entries.replace(known, marked))) return undefined;
  const refused = await send(marked, { sk: marked.sk, trial });
  if (refused === undefined) return { key: keyOf(marked), id: marked.id };
  // The worker ignores a message whose entry is held, if it was sent nevertheless.
  await entries.replace(marked, { ...held, state: 'held' });
  return { key: keyOf(marked), id: marked.id, refused };
}

/**
 * Lets a message wait that the relay couldn't send. So the tick sends it, and checks again that its
 * table may publish to its target.
 */
async function handToRelay(
  known: QuarantineEntry,
  decision: TrialDecision | undefined,
  entries: RedriveEntries,
  now: number,
): Promise<RedriveTried> {
  const tried = { key: keyOf(known), id: known.id };
  if (decision !== undefined)
    return { ...tried, refused: 'it never reached a worker, so no step of it has begun; send it with --try' };
  if (known.to === NO_TARGET || !isEnvelope(known.content)) {
    return {
      ...tried,
      refused:
        'its outbox is invalid, or it is too long, so no queue can accept it; correct the writer, then discard it',
    };
  }
  const { reason, error, fingerprint, expires, ...message } = known;
  const at = new Date(now).toISOString();
  await entries.wait({ ...message, pk: waitingKey(known.to), state: 'waiting', at });
  await entries.remove(known);
  return tried;
}

async function discard(
  { chosen, left }: Chosen,
  reason: string,
  { entries, log, now, remainingMs }: RedriveDependencies,
): Promise<RedriveDiscarded> {
  const asOf = new Date(now()).toISOString();
  let [discarded, seen] = [0, 0];
  for (const listed of chosen) {
    if (remainingMs() < RESERVE_MS) break;
    seen++;
    const entry = await entries.get(listed);
    if (entry === undefined || !awaitsPerson(entry, now())) continue;
    // The line is written first, so that no message is discarded without one.
    const { id, to, fingerprint, reason: heldFor } = entry;
    log({ level: 'WARN', message: 'redrive', verb: 'discard', id, to, fingerprint, heldFor, because: reason });
    if (await entries.remove(entry)) discarded++;
  }
  return { discarded, left: Math.min(left + chosen.length - seen, MAX_LEFT), asOf };
}

function isEnvelope(content: string): boolean {
  try {
    parseEnvelope(content);
    return true;
  } catch {
    return false;
  }
}

/** Text that sorts as the messages were sent: the position without its group. */
function placeOf({ sk }: QuarantineKey): string {
  return sk.slice(sk.indexOf('#'));
}

function waitingKeyOf({ pk, sk }: QuarantineKey): QuarantineKey {
  return { pk: waitingKey(parsePartitionKey(pk)?.target ?? ''), sk };
}

function keyOf({ pk, sk }: QuarantineKey): QuarantineKey {
  return { pk, sk };
}
