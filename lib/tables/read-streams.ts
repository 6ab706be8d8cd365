import { Duration, Lazy, Names, Stack } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  type CfnEventSourceMapping,
  EventSourceMapping,
  FilterCriteria,
  FilterRule,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { Construct, type IConstruct } from 'constructs';
import { grantKeyUse, KeyUse } from '../keyring';
import { OUTBOX_ATTRIBUTE } from '../protocol';
import { rootStack } from '../stacks';
import { invalid } from '../validation';
import { grantOnEach } from './grant-on-each';
import { MapTable } from './map-table';
import type { IPublishTarget } from './publish-target';
import type { Relay } from './relay';

/**
 * Maximum records of a batch. Each record has an outbox of up to 10 messages, so a batch needs at
 * most 100 calls of SQS. The relay makes a few calls at a time.
 */
const BATCH_SIZE = 100;

/**
 * Maximum age of a record. A stream keeps a record for 24 hours. When a record is 23 hours old,
 * Lambda stops retrying it. With the production profile it then stores the record in a bucket.
 */
const MAX_RECORD_AGE = Duration.hours(23);

/** The actions by which Lambda reads a stream. */
const STREAM_ACTIONS = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'];

/** A table whose outbox a relay reads. */
export interface StreamSource {
  readonly table: Construct;
  readonly tableName: string;
  readonly shards: ITable[];
  /** Customer managed key of the shards. Undefined if they have no such key. */
  readonly encryptionKey?: IKey;
  readonly maps: MapTable;
  /** Resource that writes the table's map. */
  readonly map: IConstruct;
  /**
   * Returns the table's targets to which the relay sends. It is called at synth, like
   * `leavesUnknown`.
   */
  readonly targets: () => IPublishTarget[];
  /** Returns whether another relay handles messages for unknown targets. */
  readonly leavesUnknown: () => boolean;
}

/** Lets a relay read the streams of a table, and invokes it with their records. */
export function readStreams(relay: Relay, source: StreamSource): void {
  const { table, encryptionKey } = source;
  const streams = source.shards.map((shard) => streamOf(table, shard));
  let rights = grantOnEach(relay.function, STREAM_ACTIONS, streams);
  if (encryptionKey !== undefined) {
    rights = rights.combine(grantKeyUse(encryptionKey, relay.function, KeyUse.READ, 'dynamodb'));
  }
  const { scope, entries } = placeOf(relay, source);
  for (const [i, eventSourceArn] of streams.entries()) {
    const mapping = new EventSourceMapping(scope, `Outbox${i}`, {
      target: relay.function.alias,
      eventSourceArn,
      // If the mapping is created after the table, it must not miss earlier writes.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_SIZE,
      bisectBatchOnError: true,
      retryAttempts: -1,
      maxRecordAge: MAX_RECORD_AGE,
      filters: [FilterCriteria.filter({ dynamodb: { NewImage: { [OUTBOX_ATTRIBUTE]: { S: FilterRule.exists() } } } })],
    });
    // The profile may become production after this call.
    (mapping.node.defaultChild as CfnEventSourceMapping).destinationConfig = Lazy.any({
      produce: () => relay.lostRecords && { onFailure: { destination: relay.lostRecords.bucketArn } },
    });
    // The rights must exist first, because Lambda checks the role when the mapping is created.
    rights.applyBefore(mapping);
    // The entries must exist first. The relay fails if it has a record of a shard without an entry.
    mapping.node.addDependency(entries);
  }
}

/**
 * Returns the scope of the mappings, and the resource that writes the targets of the shards. Both
 * are in the relay's stack, so that the table's stack doesn't depend on the relay's stack.
 */
function placeOf(relay: Relay, source: StreamSource): { readonly scope: Construct; readonly entries: IConstruct } {
  const { table, tableName, shards, maps, map, targets, leavesUnknown } = source;
  if (Stack.of(table) === Stack.of(relay)) return { scope: table, entries: map };
  const scope = new Construct(relay, Names.uniqueId(table));
  const isInOtherStack = rootStack(table) !== rootStack(relay);
  if (isInOtherStack) for (const reader of relay._readersOfMaps) maps.grantLookUp(reader);
  const entries = MapTable.of(relay).addEntries(scope, {
    table: tableName,
    shards: shards.map((shard) => shard.tableName),
    targets,
    leavesUnknown,
    otherStack: isInOtherStack ? { relay: relay._relayName, maps } : undefined,
  });
  return { scope, entries };
}

function streamOf(table: IConstruct, shard: ITable): string {
  const { tableStreamArn } = shard;
  if (tableStreamArn === undefined)
    throw invalid(
      table,
      'table',
      `must have a stream of new and old images, got ${shard.node.path} without a stream: set its stream, or import the table with tableStreamArn`,
    );
  return tableStreamArn;
}
