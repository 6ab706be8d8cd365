import { type Attribute, BillingMode, type CfnTable, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { type SharedProfile, whileRetained } from '../profile';
import { acknowledgeBackups, acknowledgeRecovery } from './acknowledge-table';

/** Props of a table that a whole stack shares. */
export interface StackTableProps {
  readonly partitionKey: Attribute;
  readonly sortKey?: Attribute;
  /** Attribute with an item's end, in epoch seconds. @default - items have no end */
  readonly timeToLiveAttribute?: string;
  readonly encryptionKey: IKey;
  /** Profile that decides the table's protection. */
  readonly profile: SharedProfile;
}

/**
 * Makes a table that a whole stack shares. It is retained and protected if a construct of the stack
 * has the production profile.
 */
export function stackTable(scope: Construct, id: string, props: StackTableProps): Table {
  const table = new Table(scope, id, {
    partitionKey: props.partitionKey,
    sortKey: props.sortKey,
    timeToLiveAttribute: props.timeToLiveAttribute,
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: TableEncryption.CUSTOMER_MANAGED,
    encryptionKey: props.encryptionKey,
  });
  acknowledgeBackups(table);
  props.profile.follow((profile) => {
    const resource = table.node.defaultChild as CfnTable;
    resource.applyRemovalPolicy(profile.protectedRemovalPolicy);
    resource.deletionProtectionEnabled = whileRetained(resource);
    resource.pointInTimeRecoverySpecification = { pointInTimeRecoveryEnabled: profile.pointInTimeRecovery };
    acknowledgeRecovery(table, profile);
  });
  return table;
}
