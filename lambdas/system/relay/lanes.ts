import { laneKey, type QuarantineEntry } from '../../../lib/protocol';
import { inParallel } from '../in-parallel';
import type { Turn } from '../turns';
import { groupBy } from './group-by';

/**
 * Messages that wait for their targets, in ordered groups. An ordered group has the messages of one
 * FIFO group, or one message of a standard queue. A target's messages are sorted by ordered group,
 * then by position.
 */
export interface WaitingMessages {
  /**
   * Whether a message waits for a target, or in one of the target's ordered groups. The read is
   * strongly consistent, because it must see every earlier `put` and `remove`.
   */
  readonly isBusy: (target: string, lane?: string) => Promise<boolean>;
  /** Adds an entry, or replaces the same entry. */
  readonly put: (entry: QuarantineEntry) => Promise<void>;
  /** Up to `limit` entries of a target, in order, whose sort keys are greater than `after`. */
  readonly read: (target: string, after: string, limit: number) => Promise<readonly QuarantineEntry[]>;
  /**
   * Deletes entries, except those that were put again meanwhile. That happens if a person sends a
   * held message again.
   */
  readonly remove: (entries: readonly QuarantineEntry[]) => Promise<void>;
}

/** An ordered group of a target. */
export interface Lane {
  readonly target: string;
  readonly lane: string;
}

/** Maximum number of ordered groups that are written at the same time. */
const PARALLEL_LANES = 16;
/**
 * Number of entries in the first reads. It is small, so that a target that is down gets few
 * attempts.
 */
const MIN_PAGE = 10;
/** Maximum entries of a read. After a crash at most this number is sent twice. */
const MAX_PAGE = 100;
/**
 * A target counts as down if it accepted no message of this number of pages. One page isn't enough,
 * because all of its messages may be of one ordered group.
 */
const MAX_FRUITLESS = 3;
/** Sorts before every key. */
const BEFORE_ALL = ' ';
/** Sorts after every position of an ordered group. */
const AFTER_LANE = '~';
/** Sorts after every key. */
const AFTER_ALL = '\uffff';
/** There was no time for a further read, or the target is down. */
const STOPPED = Symbol('stopped');

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

/** How `drain` shares its time, and where it begins. */
export interface DrainOptions {
  /** Whether there is time for another attempt. */
  readonly hasTime: () => boolean;
  /** Each read and its attempt take one turn. */
  readonly turn: Turn;
  /**
   * Key after which an earlier run stopped. Without this key, the run begins with the first
   * message.
   */
  readonly from?: string | undefined;
}

/** End of `drain`. */
export interface DrainEnd {
  /** Number of entries that were sent or held. */
  readonly count: number;
  /** Key after which the next run begins. Absent if this run reached every message. */
  readonly next?: string;
}

/**
 * Sends the waiting messages of a target, oldest first in each ordered group. If a message can't be
 * sent, the later ones of its group wait. An entry is removed only after it was sent. So several
 * runs at the same time send messages twice, but never lose one.
 *
 * If the target refuses the messages of three reads, the run ends. The next run begins with the
 * messages behind them, and then comes to those before. So messages that the target always refuses
 * don't keep the others from being sent.
 *
 * @param attempt sends entries in order. After an entry that isn't done, it sends no later one of
 * the same group
 */
export async function drain(
  target: string,
  { read, remove }: Pick<WaitingMessages, 'read' | 'remove'>,
  attempt: (entries: readonly QuarantineEntry[]) => Promise<Attempt>,
  { hasTime, turn, from = BEFORE_ALL }: DrainOptions,
): Promise<DrainEnd> {
  const stuck = new Set<string>();
  let [count, limit, fruitless] = [0, MIN_PAGE, 0];

  /** @returns key of the last entry that was read; undefined if there was none */
  async function sendPage(after: string, end: string): Promise<string | undefined> {
    const page = (await read(target, after, limit)).filter(({ sk }) => sk <= end);
    const last = page.at(-1);
    if (last === undefined) return undefined;
    const free = page.filter(({ sk }) => !stuck.has(laneOf(sk)));
    const { done, isFruitless } = await attempt(free);
    await remove(done);
    count += done.length;
    if (isFruitless) fruitless++;
    else [fruitless, limit] = [0, Math.min(2 * limit, MAX_PAGE)];
    const settled = new Set(done);
    for (const entry of free) if (!settled.has(entry)) stuck.add(laneOf(entry.sk));
    return stuck.has(laneOf(last.sk)) ? `${laneOf(last.sk)}${AFTER_LANE}` : last.sk;
  }

  const parts = [[from, AFTER_ALL] as const, ...(from === BEFORE_ALL ? [] : [[BEFORE_ALL, from] as const])];
  for (const [start, end] of parts) {
    for (let after = start; ; ) {
      const here = after;
      const last = await turn(async () => (fruitless < MAX_FRUITLESS && hasTime() ? sendPage(here, end) : STOPPED));
      if (last === STOPPED) return { count, next: after };
      if (last === undefined) break;
      after = last;
    }
  }
  return { count };
}

/** The ordered group of an entry. @param sortKey the entry's sort key */
export function laneOf(sortKey: string): string {
  return sortKey.slice(0, sortKey.indexOf('#') + 1);
}

function nameOf({ target, lane }: Lane): string {
  return `${target} ${laneKey(lane)}`;
}
