import { openShardMap, type PartitionKeyValue, RESERVED_PREFIX, type ShardMap, shardOf } from '../../lib/protocol';
import { DynamoDbError } from '../dynamodb/attributes';
import type { MemoryTable } from '../dynamodb/memory-table';
import type { Fault } from './faults';
import { type PlainItem, toPlain, toStored } from './plain';

/** A sharded table in memory. As on AWS, each shard is a DynamoDB table. */
export class TestTable {
  /** @internal */
  constructor(
    private readonly map: ShardMap,
    private readonly shards: readonly MemoryTable[],
    private readonly addFault: (fault: Fault) => void,
  ) {}

  /** Logical name. */
  get name(): string {
    return this.map.table;
  }

  /** All items of all shards, shard by shard, without the library's own attributes. */
  items(): PlainItem[] {
    return this.shards.flatMap((shard) => shard.sorted(shard.items.values(), undefined).map(withoutReserved));
  }

  /** Number of items of each shard. */
  itemsPerShard(): number[] {
    return this.shards.map(({ items }) => items.size);
  }

  /**
   * Stores items, without conditions, outbox messages or faults.
   * @throws DynamoDbError if DynamoDB wouldn't accept an item
   */
  put(...items: readonly PlainItem[]): void {
    for (const item of items) {
      const key = item[this.map.partitionKey] as PartitionKeyValue;
      const shard = this.shards[shardOf(openShardMap(this.map), key)]!;
      const stored = toStored(item);
      shard.commit(shard.plan(shard.textOfItem(stored), shard.keysOf(stored), stored));
    }
  }

  /** Removes all items. */
  clear(): void {
    for (const shard of this.shards) shard.clear();
  }

  /**
   * Deletes expired items. DynamoDB deletes them within a few days. Until then, the runtime's reads
   * leave them out.
   * @param nowMs milliseconds since 1970. Default: now
   * @returns the number of deleted items
   */
  expire(nowMs = Date.now()): number {
    const { timeToLive } = this.map;
    let count = 0;
    for (const shard of this.shards) {
      for (const [text, item] of shard.items) {
        const expiry = timeToLive === undefined ? undefined : item[timeToLive]?.['N'];
        if (expiry === undefined || Number(expiry) * 1000 > nowMs) continue;
        shard.commit(shard.plan(text, shard.keysOf(item), undefined));
        count++;
      }
    }
    return count;
  }

  /**
   * Makes the next calls on this table fail. If a call is throttled, the AWS SDK makes 3 attempts,
   * and the runtime makes 8.
   * @param operation operation of DynamoDB, such as `TransactWriteItems`; `*` for all operations
   * @param code name of the error, such as `ThrottlingException` or `InternalServerError`; for a
   * transaction, also the code of a cancellation reason, such as `TransactionConflict`
   * @param times number of calls. Default: 1
   */
  fail(operation: string, code: string, times = 1): void {
    this.addFault({ operation, error: () => errorOf(operation, code), left: times, tables: this.physicalNames });
  }

  /**
   * Loses the answers of the next calls on this table. The calls are done, but the caller doesn't
   * learn it.
   * @param operation operation of DynamoDB, such as `PutItem`; `*` for all operations
   * @param times number of calls. Default: 1
   */
  loseAnswers(operation: string, times = 1): void {
    this.addFault({ operation, error: undefined, left: times, tables: this.physicalNames });
  }

  /**
   * Makes eventually consistent reads miss the last write of each item, as can happen on AWS.
   * `reset` and `clear` end this.
   */
  lag(isLagging = true): void {
    for (const shard of this.shards) shard.lags = isLagging;
  }

  private get physicalNames(): readonly string[] {
    return this.shards.map(({ name }) => name);
  }
}

function withoutReserved(item: Parameters<typeof toPlain>[0]): PlainItem {
  return Object.fromEntries(Object.entries(toPlain(item)).filter(([name]) => !name.startsWith(RESERVED_PREFIX)));
}

function errorOf(operation: string, code: string): DynamoDbError {
  const status = code.startsWith('Internal') ? 500 : 400;
  if (operation !== 'TransactWriteItems' || /Exception$|^Internal/.test(code)) {
    return new DynamoDbError(code, `${code}, as the test asked`, {}, status);
  }
  return new DynamoDbError('TransactionCanceledException', `Transaction cancelled [${code}]`, {
    CancellationReasons: [{ Code: code, Message: 'as the test asked' }],
  });
}
