import { type Attribute, AttributeType, ProjectionType, type Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { stackTable } from '../dynamodb';
import type { SharedProfile } from '../profile';
import { QUARANTINE_INDEXES, QUARANTINE_KEY, QUARANTINE_TIME_TO_LIVE } from '../protocol';

/** Attributes in the index of faults: those of the list, but not the content of messages. */
const LISTED = ['id', 'to', 'state', 'reason', 'error', 'receives', 'at', 'triedAt'];

/** Makes the table of waiting and held messages. */
export function makeTable(scope: Construct, id: string, encryptionKey: IKey, profile: SharedProfile): Table {
  const table = stackTable(scope, id, {
    partitionKey: text(QUARANTINE_KEY.partition),
    sortKey: text(QUARANTINE_KEY.sort),
    timeToLiveAttribute: QUARANTINE_TIME_TO_LIVE,
    encryptionKey,
    profile,
  });
  const { byFingerprint, byPerson } = QUARANTINE_INDEXES;
  table.addGlobalSecondaryIndex({
    indexName: byFingerprint.name,
    partitionKey: text(byFingerprint.partition),
    sortKey: text(byFingerprint.sort),
    projectionType: ProjectionType.INCLUDE,
    nonKeyAttributes: LISTED,
  });
  table.addGlobalSecondaryIndex({
    indexName: byPerson.name,
    partitionKey: text(byPerson.partition),
    sortKey: text(byPerson.sort),
    projectionType: ProjectionType.KEYS_ONLY,
  });
  return table;
}

function text(name: string): Attribute {
  return { name, type: AttributeType.STRING };
}
