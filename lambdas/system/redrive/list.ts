import { MAX_FAULTS, type RedriveFault, type RedriveList } from '../../../lib/protocol';
import { inParallel } from '../in-parallel';
import type { ListedEntry, RedriveDependencies } from './dependencies';
import { shapeOf } from './shape';

/**
 * Time that a list reserves for reading the fields of messages, and for counting the messages that
 * wait.
 */
const RESERVE_LIST_MS = 25_000;

/** Counts of a fault. */
interface Count {
  oldest: ListedEntry;
  newest: string;
  held: number;
  sent: number;
}

/** Lists the faults, and the messages that wait. */
export async function list({ entries, remainingMs }: RedriveDependencies): Promise<RedriveList> {
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
