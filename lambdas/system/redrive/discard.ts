import { awaitsPerson, MAX_LEFT, type RedriveDiscarded } from '../../../lib/protocol';
import type { Chosen } from './choose';
import { RESERVE_MS, type RedriveDependencies } from './dependencies';

/** Deletes the entries of messages that a person gives up. */
export async function discard(
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
