import type { IConstruct } from 'constructs';
import type { DeploymentProfile } from '../profile';
import { acknowledge } from '../validation';

/** Acknowledges scanner findings that don't apply to the tables of this library. */
export function acknowledgeTable(table: IConstruct, profile: DeploymentProfile): void {
  acknowledgeBackups(table);
  acknowledgeRecovery(table, profile);
}

export function acknowledgeBackups(table: IConstruct): void {
  acknowledge(table, {
    id: 'NIST.800.53.R5-DynamoDBInBackupPlan',
    reason:
      'Point-in-time recovery restores any second of the last 35 days; a backup plan is the account owner’s choice',
  });
}

export function acknowledgeRecovery(table: IConstruct, profile: DeploymentProfile): void {
  if (profile.pointInTimeRecovery) return;
  const reason =
    'A sandbox has no data to restore, and cdk destroy deletes it; the production profile turns recovery on';
  acknowledge(
    table,
    { id: 'AwsSolutions-DDB3', reason },
    { id: 'NIST.800.53.R5-DynamoDBPITREnabled', reason },
    { id: 'CKV_AWS_28', reason },
  );
}
