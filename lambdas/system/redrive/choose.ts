import { MAX_LEFT, type RedriveSelection, TRIAL_STALE_MS } from '../../../lib/protocol';
import type { ListedEntry, RedriveEntries } from './dependencies';

export function unknown({ fingerprint, id }: RedriveSelection): { readonly refused: string } {
  const which = id === undefined ? '' : ` and the id '${id}'`;
  return { refused: `no held message has the fingerprint '${fingerprint}'${which}; list the messages again` };
}

/**
 * Returns the refusal of a request for which there is no entry. Undefined if there is one, or if
 * the request continues an earlier request.
 */
export function noneOf(
  request: RedriveSelection,
  { chosen, isKnown }: Chosen,
): { readonly refused: string } | undefined {
  if (!isKnown) return unknown(request);
  if (chosen.length > 0 || request.until !== undefined) return undefined;
  const minutes = TRIAL_STALE_MS / 60_000;
  return {
    refused: `its messages are on trial; list the messages again, and try those again that have no result after ${minutes} minutes`,
  };
}

/** Entries that a request is about. */
export interface Chosen {
  /** The oldest first. */
  readonly chosen: readonly ListedEntry[];
  /** Number of further ones, up to `MAX_LEFT`. */
  readonly left: number;
  /** Whether there is an entry with the fingerprint and the id. */
  readonly isKnown: boolean;
}

/** Chooses the oldest entries. It reads only the entries that it chooses or counts. */
export async function choose(
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
