/**
 * Quotas of Amazon DynamoDB, read November 2026. Source: Amazon DynamoDB Developer Guide, "Quotas
 * in Amazon DynamoDB", "Constraints in Amazon DynamoDB" and "Multi-attribute keys in global
 * secondary indexes"; API reference of BatchGetItem and BatchWriteItem.
 */
export const DYNAMODB = {
  /** Global secondary indexes of a table, unless the quota was raised. */
  MAX_INDEXES_PER_TABLE: 20,
  /** Maximum attributes in an index's partition key, and also in its sort key. */
  MAX_ATTRIBUTES_PER_INDEX_KEY: 4,
  /** Length of a key attribute's name, in bytes. */
  MAX_KEY_NAME_BYTES: 255,
  /** Size of an item with its attributes' names, in bytes. */
  MAX_ITEM_BYTES: 400 * 1024,
  MAX_PARTITION_KEY_BYTES: 2_048,
  MAX_SORT_KEY_BYTES: 1_024,
  /** Keys of one BatchGetItem. */
  MAX_BATCH_GETS: 100,
  /** Writes of one BatchWriteItem. */
  MAX_BATCH_WRITES: 25,
  /** Operations of one transaction. */
  MAX_TRANSACTION_OPERATIONS: 100,
  /**
   * Lambda functions that may read one stream shard at the same time. A third function is
   * throttled.
   */
  MAX_READERS_PER_STREAM: 2,
  /** Time for which a stream keeps a record, in hours. */
  MAX_STREAM_HOURS: 24,
} as const;
