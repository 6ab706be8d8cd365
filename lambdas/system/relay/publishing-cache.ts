import type { ShardMap, StreamEntry } from '../../../lib/protocol';

/** The data that a relay has about one shard. */
export interface Publishing extends StreamEntry {
  /**
   * All targets of the table, including those of other relays. It is absent until a message names a
   * target that this relay doesn't serve.
   */
  readonly declared?: ShardMap['targets'];
}

/** Reads the map table, strongly consistent. */
export interface PublishingSource {
  /** The entry of a shard; undefined if there is none. */
  readEntry(shard: string): Promise<StreamEntry | undefined>;
  /** The targets in the map of an entry's table; undefined if there is none. */
  readTargets(entry: StreamEntry): Promise<ShardMap['targets']>;
}

/** The map table has no entry for a shard: it isn't deployed yet, or its table was removed. */
export class NoStreamEntry extends Error {
  override readonly name = 'NoStreamEntry';

  constructor(shard: string) {
    super(`the map table must have an entry for the stream of table '${shard}', got none; deploy the stack again`);
  }
}

/** Time to live of an entry. A target that is no longer declared may get messages for this time. */
const TTL_MS = 30_000;

/** Caches the map table's entries, which state to which targets each shard may publish. */
export class PublishingCache {
  private readonly entries = new Map<string, { readonly entry: Publishing; readonly readAt: number }>();

  /**
   * @param now milliseconds since 1970; a monotonic clock may stop while Lambda freezes the
   * environment
   */
  constructor(
    private readonly source: PublishingSource,
    private readonly now: () => number,
  ) {}

  /**
   * Returns the entry of a shard. If it is too old or lacks one of `names`, it is read again,
   * because a deployment may just have declared the target. If the entry still lacks a name, it
   * reads the table's map too, which names the targets of other relays.
   * @throws NoStreamEntry if the map table has no entry. Lambda then retries the batch, because the
   * deployment may not have written the entry yet.
   */
  async entryOf(shard: string, names: ReadonlySet<string>): Promise<Publishing> {
    const readAt = this.now();
    const known = this.entries.get(shard);
    if (known !== undefined && isFresh(readAt - known.readAt) && knowsAll(known.entry, names)) return known.entry;
    const read = await this.source.readEntry(shard);
    if (read === undefined) {
      this.entries.delete(shard);
      throw new NoStreamEntry(shard);
    }
    const lacks = [...names].some((name) => !Object.hasOwn(read.targets, name));
    const declared = lacks ? await this.source.readTargets(read) : undefined;
    const entry: Publishing = declared === undefined ? read : { ...read, declared };
    this.entries.set(shard, { entry, readAt });
    return entry;
  }
}

/** Whether another relay takes care of messages for a target. */
export function isElsewhere(to: string, { targets, declared = {}, relay, leavesUnknown }: Publishing): boolean {
  if (Object.hasOwn(targets, to)) return false;
  return isDeclared(to, declared) ? declared[to]?.relay !== relay : leavesUnknown === true;
}

/** A message for 'constructor' must find nothing, so inherited properties don't count. */
export function isDeclared(to: string, declared: ShardMap['targets'] = {}): boolean {
  return Object.hasOwn(declared, to);
}

/** A negative age means that the clock was set back, so the real age is unknown. */
function isFresh(ageMs: number): boolean {
  return ageMs >= 0 && ageMs < TTL_MS;
}

/** Whether an entry has the queue of each target, or knows that another relay serves it. */
function knowsAll(entry: Publishing, names: ReadonlySet<string>): boolean {
  return [...names].every(
    (name) => Object.hasOwn(entry.targets, name) || (isDeclared(name, entry.declared) && isElsewhere(name, entry)),
  );
}
