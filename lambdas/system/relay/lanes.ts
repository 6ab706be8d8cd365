import { laneKey, type QuarantineEntry } from '../../../lib/protocol';
import { inParallel } from '../in-parallel';
import { groupBy } from './group-by';

/**
 * Messages that wait for their targets, in ordered groups. An ordered group has the messages of one
 * FIFO group, or one message of a standard queue. A target's messages are sorted by ordered group,
 * then by position.
 */
export interface WaitingMessages {
  /**
   * Whether a message of a target waits, or of one of its ordered groups. The read is strongly
   * consistent, because it must see every earlier `put` and `remove`.
   */
  readonly isBusy: (target: string, lane?: string) => Promise<boolean>;
  /** Adds an entry, or replaces the same entry. */
  readonly put: (entry: QuarantineEntry) => Promise<void>;
  /** Up to `limit` entries of a target, in order, whose sort keys are greater than `after`. */
  readonly read: (target: string, after: string, limit: number) => Promise<readonly QuarantineEntry[]>;
  readonly remove: (entries: readonly QuarantineEntry[]) => Promise<void>;
}

/** An ordered group of a target. */
export interface Lane {
  readonly target: string;
  readonly lane: string;
}

/** Maximum number of ordered groups that are written at the same time. */
const PARALLEL_LANES = 16;
/** Entries of the first reads. A target that is down gets few attempts. */
const MIN_PAGE = 10;
/** Maximum entries of a read. After a crash at most this number is sent twice. */
const MAX_PAGE = 100;
/**
 * A target is down if it accepted no message of so many pages. A single page may have messages of
 * one ordered group only.
 */
const MAX_FRUITLESS = 3;
/** Sorts before every key. */
const BEFORE_ALL = ' ';
/** Sorts after every position of an ordered group. */
const AFTER_LANE = '~';

/** Result of an attempt to send entries. */
export interface Attempt {
  /** Entries that need no further attempt: they are sent, or held. */
  readonly done: readonly QuarantineEntry[];
  /** Whether the target refused all that were sent. */
  readonly isFruitless: boolean;
}

/**
 * Finds the ordered groups with waiting messages. Their later messages must wait too. If no message
 * waits for a target, one read suffices.
 */
export async function busyLanes(
  lanes: readonly Lane[],
  { isBusy }: Pick<WaitingMessages, 'isBusy'>,
): Promise<(lane: Lane) => boolean> {
  const busy = new Set<string>();
  await inParallel([...groupBy(lanes, ({ target }) => target)], async ([target, ofTarget]) => {
    if (!(await isBusy(target))) return;
    const names = [...new Set(ofTarget.map(({ lane }) => lane))];
    await inParallel(names, async (lane) => {
      if (await isBusy(target, lane)) busy.add(nameOf({ target, lane }));
    });
  });
  return (lane) => busy.has(nameOf(lane));
}

/**
 * Adds entries to their ordered groups. The entries of a group are written one after the other. If
 * the relay stops halfway, the last ones are missing, and the next attempt adds them.
 */
export async function append(
  entries: readonly QuarantineEntry[],
  { put }: Pick<WaitingMessages, 'put'>,
): Promise<void> {
  const lanes = groupBy(entries, ({ pk, sk }) => `${pk} ${laneOf(sk)}`);
  await inParallel(
    [...lanes.values()],
    async (ofLane) => {
      for (const entry of ofLane) await put(entry);
    },
    PARALLEL_LANES,
  );
}

/**
 * Sends the waiting messages of a target, oldest first in each ordered group. If a message can't be
 * sent, the later ones of its group wait. An entry is removed only after it was sent. So several
 * runs at the same time send messages twice, but never lose one.
 *
 * @param attempt sends entries in order. After an entry that isn't done, it sends no later one of
 * the same group
 * @param hasTime whether there is time for another attempt
 * @returns number of entries that were sent or held
 */
export async function drain(
  target: string,
  { read, remove }: Pick<WaitingMessages, 'read' | 'remove'>,
  attempt: (entries: readonly QuarantineEntry[]) => Promise<Attempt>,
  hasTime: () => boolean,
): Promise<number> {
  const stuck = new Set<string>();
  let [count, limit, fruitless] = [0, MIN_PAGE, 0];
  for (let after = BEFORE_ALL; fruitless < MAX_FRUITLESS && hasTime(); ) {
    const page = await read(target, after, limit);
    const last = page.at(-1);
    if (last === undefined) break;
    const free = page.filter(({ sk }) => !stuck.has(laneOf(sk)));
    const { done, isFruitless } = await attempt(free);
    await remove(done);
    count += done.length;
    if (isFruitless) fruitless++;
    else [fruitless, limit] = [0, Math.min(2 * limit, MAX_PAGE)];
    const settled = new Set(done);
    for (const entry of free) if (!settled.has(entry)) stuck.add(laneOf(entry.sk));
    after = stuck.has(laneOf(last.sk)) ? `${laneOf(last.sk)}${AFTER_LANE}` : last.sk;
  }
  return count;
}

/** The ordered group of an entry. @param sortKey the entry's sort key */
export function laneOf(sortKey: string): string {
  return sortKey.slice(0, sortKey.indexOf('#') + 1);
}

function nameOf({ target, lane }: Lane): string {
  return `${target} ${laneKey(lane)}`;
}
