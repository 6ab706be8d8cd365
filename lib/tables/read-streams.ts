import { Duration, Names, Stack } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Construct, type IConstruct } from 'constructs';
import { grantKeyUse, KeyUse } from '../keyring';
import { OUTBOX_ATTRIBUTE } from '../protocol';
import { rootStack } from '../stacks';
import { invalid } from '../validation';
import { grantOnEach } from './grant-on-each';
import { MapTable } from './map-table';
import type { IPublishTarget } from './publish-target';
import type { Relay } from './relay';

/** A batch holds up to 100 outboxes of up to 10 messages: at most 100 calls, a few at a time. */
const BATCH_SIZE = 100;

/**
 * A stream keeps a record for 24 hours. One hour before, Lambda gives the record up and sends a
 * note to the dead-letter queue. The note names the record's place in the stream. It has no
 * content, because Lambda sends content to buckets only.
 */
const MAX_RECORD_AGE = Duration.hours(23);

/** The actions by which Lambda reads a stream. */
const STREAM_ACTIONS = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'];

/** A table whose outbox a relay reads. */
export interface StreamSource {
  readonly table: Construct;
  readonly tableName: string;
  readonly shards: ITable[];
  /** Customer-managed key of the shards. Undefined if they have none. */
  readonly encryptionKey?: IKey;
  readonly maps: MapTable;
  /** Resource that writes the table's map. */
  readonly map: IConstruct;
  /** Targets of the table to which the relay sends. Called at synth, as `leavesUnknown` is. */
  readonly targets: () => IPublishTarget[];
  /** Whether another relay handles messages for unknown targets. */
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
      // A mapping that is created later must not miss what was written before it.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_SIZE,
      bisectBatchOnError: true,
      retryAttempts: -1,
      maxRecordAge: MAX_RECORD_AGE,
      onFailure: { bind: () => ({ destination: relay.deadLetterQueue.queueArn }) },
      filters: [FilterCriteria.filter({ dynamodb: { NewImage: { [OUTBOX_ATTRIBUTE]: { S: FilterRule.exists() } } } })],
    });
    // Lambda checks the role when the mapping is created.
    rights.applyBefore(mapping);
    // Without an entry for its shard the relay fails.
    mapping.node.addDependency(entries);
  }
}

/**
 * The scope of the mappings, and the resource that writes what the shards may publish. Both are in
 * the relay's stack, so that the table's stack doesn't need that stack.
 */
function placeOf(relay: Relay, source: StreamSource): { readonly scope: Construct; readonly entries: IConstruct } {
  const { table, tableName, shards, maps, map, targets, leavesUnknown } = source;
  if (Stack.of(table) === Stack.of(relay)) return { scope: table, entries: map };
  const scope = new Construct(relay, Names.uniqueId(table));
  const isInOtherStack = rootStack(table) !== rootStack(relay);
  if (isInOtherStack) maps.grantLookUp(relay.function);
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
      `must have a stream of new and old images, got ${shard.node.path} without one: set its stream, or import it with tableStreamArn`,
    );
  return tableStreamArn;
}
