/**
 * Prefix of the keys of the map table's items about streams. It can't clash with the key of a
 * table's map, because the name of a sharded table can't contain `#`.
 */
const STREAM_KEY_PREFIX = 'stream#';

/** Form of a target's name. */
const TARGET_NAME = /^[A-Za-z0-9_.-]{1,128}$/;

/** Stands for the target of a message that names none. No target has this name. */
export const NO_TARGET = '?';

/** Whether a value can be the name of a target. */
export function isTargetName(value: unknown): value is string {
  return typeof value === 'string' && TARGET_NAME.test(value);
}

/** A queue that receives outbox messages. */
export interface QueueAddress {
  readonly url: string;
  /** Whether it is a FIFO queue, so that each message needs a group. */
  readonly fifo: boolean;
}

/**
 * The targets to which one shard may publish. The map table has one such item for each shard with
 * an outbox. The deployment writes the item. The relay sends a message only if the entry of the
 * message's shard names the target. If a table publishes to two top-level stacks, each stack has a
 * relay, and an entry in its own map table.
 */
export interface StreamEntry {
  /** Key of the item: `streamKey()` of the shard's DynamoDB table. */
  readonly table: string;
  /** Name of the sharded table that the shard belongs to. */
  readonly owner: string;
  /** Targets to which this relay sends. The table declared them with `publishTo`. */
  readonly targets: Readonly<Record<string, QueueAddress>>;
  /** Name of this relay in the table's map. It is absent for the relay of the table's own stack. */
  readonly relay?: string;
  /**
   * Name of the map table with the table's map. It is absent if the map and this entry are in the
   * same map table.
   */
  readonly mapTable?: string;
  /**
   * Whether this relay ignores messages that no relay can send. Exactly one of a table's relays
   * moves such messages to its dead-letter queue.
   */
  readonly leavesUnknown?: boolean;
}

/** Key of the map table's item about the stream of a shard's DynamoDB table. */
export function streamKey(physicalTable: string): string {
  return `${STREAM_KEY_PREFIX}${physicalTable}`;
}
