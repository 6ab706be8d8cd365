/**
 * Starts the keys of the map table's items about streams. No sharded table can have such a name.
 */
const STREAM_KEY_PREFIX = 'stream#';

/** A queue that takes messages from outboxes. */
export interface QueueAddress {
  readonly url: string;
  /** Whether it is a FIFO queue: each of its messages needs a group. */
  readonly fifo: boolean;
}

/**
 * The targets that one physical table may publish to: an item of the map table for each shard with
 * an outbox. The deployment writes it. The relay sends a message only if the entry of its shard
 * names the target. If a table publishes to two top-level stacks, each has a relay, and an entry in
 * its own map table.
 */
export interface StreamEntry {
  /** Key of the item: `streamKey()` of the physical table. */
  readonly table: string;
  /** Name of the sharded table that the shard belongs to. */
  readonly owner: string;
  /** Targets that this relay sends to, of those that the table declared with `publishTo`. */
  readonly targets: Readonly<Record<string, QueueAddress>>;
  /** Name of this relay in the table's map. Absent: the relay of the table's own stack. */
  readonly relay?: string;
  /** Map table with the table's map. Absent: the one that has this entry. */
  readonly mapTable?: string;
  /**
   * Whether another relay of the table takes care of messages that no relay can send. Exactly one
   * of a table's relays moves them to its dead-letter queue.
   */
  readonly leavesUnknown?: boolean;
}

/** Key of the map table's item about the stream of a physical table. */
export function streamKey(physicalTable: string): string {
  return `${STREAM_KEY_PREFIX}${physicalTable}`;
}
