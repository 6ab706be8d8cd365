import {
  awaitsPerson,
  MAX_TRIED,
  NO_TARGET,
  parseEnvelope,
  parsePartitionKey,
  type QuarantineEntry,
  type QuarantineKey,
  type QuarantineReason,
  type QuarantineState,
  quarantineEnd,
  type RedriveAnswer,
  type RedriveDiscarded,
  type RedriveFault,
  type RedriveFound,
  type RedriveList,
  type RedriveRequest,
  type RedriveStatus,
  type RedriveTrial,
  type RedriveTried,
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
  readonly triedAt?: string;
}

/** The quarantine table. */
export interface RedriveEntries {
  readonly table: string;
  /** Entries with one fault, the oldest first; without a fault, all held ones. */
  list(fingerprint?: string): AsyncIterable<ListedEntry>;
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

type Answer = RedriveList | RedriveFound | RedriveTrial | readonly RedriveStatus[] | RedriveDiscarded;

/** Answers a request of a person. It never returns values of messages. */
export async function redrive(
  request: RedriveRequest,
  dependencies: RedriveDependencies,
): Promise<RedriveAnswer<Answer>> {
  const { entries } = dependencies;
  switch (request?.verb) {
    case 'list':
      return list(dependencies);
    case 'status':
      return statusOf(request.keys, dependencies);
    case 'find':
    case 'try':
    case 'discard': {
      const { fingerprint, id } = request;
      const known = (await all(entries.list(fingerprint))).filter((entry) => id === undefined || entry.id === id);
      if (known.length === 0) {
        const which = id === undefined ? '' : ` and the id '${id}'`;
        return { refused: `no held message has the fingerprint '${fingerprint}'${which}` };
      }
      if (request.verb === 'find') return { table: entries.table, keys: known.slice(0, request.limit).map(keyOf) };
      if (request.verb === 'try') return tryAgain(known, request.limit, request.decision, dependencies);
      return discard(known, request.reason, dependencies);
    }
    default:
      return {
        refused: `verb must be list, find, try, status or discard, got ${JSON.stringify((request as { verb?: unknown } | null)?.verb)}`,
      };
  }
}

async function list({ entries }: RedriveDependencies): Promise<RedriveList> {
  const faults = new Map<string, ListedEntry[]>();
  for await (const entry of entries.list()) {
    const same = faults.get(entry.fingerprint);
    if (same === undefined) faults.set(entry.fingerprint, [entry]);
    else same.push(entry);
  }
  const listed = [...faults.values()].map((same) => same.sort((a, b) => (a.first < b.first ? -1 : 1)));
  const shown = new Map<string, RedriveFault>();
  await inParallel(listed, async (same) => {
    const [oldest, newest] = [same[0]!, same.at(-1)!];
    const whole = await entries.get(oldest);
    shown.set(oldest.fingerprint, {
      fingerprint: oldest.fingerprint,
      target: oldest.to,
      reason: oldest.reason,
      ...(oldest.error === undefined ? {} : { error: oldest.error }),
      held: same.filter(({ state }) => state === 'held').length,
      sent: same.filter(({ state }) => state === 'sent').length,
      oldest: oldest.first,
      newest: newest.first,
      body: whole === undefined ? [] : shapeOf(whole.content),
    });
  });
  return { faults: [...shown.values()].sort((a, b) => b.held - a.held || (a.fingerprint < b.fingerprint ? -1 : 1)) };
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
  known: readonly ListedEntry[],
  limit: number,
  decision: TrialDecision | undefined,
  dependencies: RedriveDependencies,
): Promise<RedriveTrial> {
  const free = known.filter((entry) => awaitsPerson(entry, dependencies.now()));
  const chosen = free.slice(0, Math.min(limit, MAX_TRIED)).sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  const tried: RedriveTried[] = [];
  let seen = 0;
  for (const listed of chosen) {
    if (dependencies.remainingMs() < RESERVE_MS) break;
    seen++;
    const result = await tryOne(listed, decision, dependencies);
    if (result !== undefined) tried.push(result);
  }
  const facts = { verb: 'try', decision, tried: tried.map(({ id, refused }) => ({ id, refused })) };
  dependencies.log({ level: 'WARN', message: 'redrive', ...facts });
  return { tried, left: free.length - seen };
}

/** @returns undefined if another request or the worker has changed the entry */
async function tryOne(
  listed: ListedEntry,
  decision: TrialDecision | undefined,
  { entries, send, now, newId }: RedriveDependencies,
): Promise<RedriveTried | undefined> {
  const known = await entries.get(listed);
  if (known === undefined || !awaitsPerson(known, now())) return undefined;
  if (known.shard !== undefined) return handToRelay(known, decision, entries);
  if (known.content === '') {
    return {
      key: keyOf(known),
      id: known.id,
      refused: 'it is too long for the quarantine: its dead-letter queue has it',
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
): Promise<RedriveTried> {
  const tried = { key: keyOf(known), id: known.id };
  if (decision !== undefined) return { ...tried, refused: 'it never reached a worker, so no step of it has begun' };
  if (known.to === NO_TARGET || !isEnvelope(known.content)) {
    return { ...tried, refused: 'its outbox is invalid, or it is too long, so no queue can accept it' };
  }
  const { reason, error, fingerprint, expires, ...message } = known;
  await entries.wait({ ...message, pk: waitingKey(known.to), state: 'waiting' });
  await entries.remove(known);
  return tried;
}

async function discard(
  known: readonly ListedEntry[],
  reason: string,
  { entries, log, now, remainingMs }: RedriveDependencies,
): Promise<RedriveDiscarded> {
  const free = known.filter((entry) => awaitsPerson(entry, now()));
  let [discarded, seen] = [0, 0];
  for (const listed of free) {
    if (remainingMs() < RESERVE_MS) break;
    seen++;
    const entry = await entries.get(listed);
    if (entry === undefined || !awaitsPerson(entry, now())) continue;
    // The line is written first, so that no message is discarded without one.
    const { id, to, fingerprint, reason: heldFor } = entry;
    log({ level: 'WARN', message: 'redrive', verb: 'discard', id, to, fingerprint, heldFor, because: reason });
    if (await entries.remove(entry)) discarded++;
  }
  return { discarded, left: free.length - seen };
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

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
