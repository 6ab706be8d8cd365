import type { StreamEntry } from '../../../lib/protocol';

/** Reads the map table's entry of a shard; undefined if there is none. */
export type ReadEntry = (shard: string) => Promise<StreamEntry | undefined>;

/** How long an entry counts: a target that is no longer declared gets messages for this long. */
const TTL_MS = 30_000;

/** Caches for 30 seconds to which targets each shard may publish, read from the map table. */
export class PublishingCache {
  private readonly entries = new Map<string, { readonly entry: StreamEntry; readonly readAt: number }>();

  /**
   * @param now milliseconds since 1970; the clock of a frozen environment moves on, a monotonic one
   * may not
   */
  constructor(
    private readonly read: ReadEntry,
    private readonly now: () => number,
  ) {}

  /**
   * The entry of a shard. Reads it again if it is too old, or if it lacks one of `names`: a
   * deployment may have declared the target a moment ago.
   * @throws Error if the map table has no entry. The stream then delivers the batch again: an entry
   * that a deployment hasn't written yet is no fault of the messages.
   */
  async entryOf(shard: string, names: Iterable<string>): Promise<StreamEntry> {
    const readAt = this.now();
    const known = this.entries.get(shard);
    if (known !== undefined && isFresh(readAt - known.readAt) && hasAll(known.entry, names)) return known.entry;
    const entry = await this.read(shard);
    if (entry === undefined) {
      this.entries.delete(shard);
      throw new Error(
        `the map table must have an entry for the stream of table '${shard}', got none; deploy the stack again`,
      );
    }
    this.entries.set(shard, { entry, readAt });
    return entry;
  }
}

/** A clock that was set back makes the age unknown. */
function isFresh(ageMs: number): boolean {
  return ageMs >= 0 && ageMs < TTL_MS;
}

function hasAll({ targets }: StreamEntry, names: Iterable<string>): boolean {
  for (const name of names) if (!Object.hasOwn(targets, name)) return false;
  return true;
}
