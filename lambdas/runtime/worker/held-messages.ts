import type { QuarantineEntry } from '../../../lib/protocol';
import { lazily } from '../lazily';

/** Key of a message's entry, and the message's id. */
export type HeldKey = Pick<QuarantineEntry, 'pk' | 'sk' | 'id'>;

/** A worker's own part of the quarantine table. */
export interface HeldMessages {
  /** Puts an entry, or replaces it. */
  put(entry: QuarantineEntry): Promise<void>;
  /** Puts an entry unless there is one. @returns whether it was put */
  putNew(entry: QuarantineEntry): Promise<boolean>;
  /**
   * Replaces the entry of a trial, unless the trial is over. A trial is over if another one was
   * begun, or if the entry is held again or gone. @returns whether it was replaced
   */
  putTried(entry: QuarantineEntry, trial: string): Promise<boolean>;
  /** Reads an entry, strongly consistent. */
  get(sortKey: string): Promise<QuarantineEntry | undefined>;
  /** Deletes a message's entry, if there is one. */
  delete(entry: HeldKey): Promise<void>;
  /** The last entry of a FIFO group, in the order of its messages. */
  last(group: string): Promise<QuarantineEntry | undefined>;
}

/**
 * Calls DynamoDB. The client is loaded at the first call, because most invocations need none.
 * @param target name of the worker
 */
export function heldMessages(table: string, target: string): HeldMessages {
  const load = lazily(async () => {
    const { HeldTable } = await import('./held-table');
    return new HeldTable(table, target);
  });
  return {
    put: async (entry) => (await load()).put(entry),
    putNew: async (entry) => (await load()).putNew(entry),
    putTried: async (entry, trial) => (await load()).putTried(entry, trial),
    get: async (sortKey) => (await load()).get(sortKey),
    delete: async (entry) => (await load()).delete(entry),
    last: async (group) => (await load()).last(group),
  };
}
