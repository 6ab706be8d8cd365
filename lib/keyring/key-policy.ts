import type { Stack } from 'aws-cdk-lib';
import { AccountRootPrincipal, PolicyDocument, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { DataClass } from './data-class';

/** Actions that administer a key. None of them reads or writes data. */
const ADMINISTRATION = [
  'kms:CancelKeyDeletion',
  'kms:CreateAlias',
  'kms:DeleteAlias',
  'kms:DescribeKey',
  'kms:DisableKey',
  'kms:DisableKeyRotation',
  'kms:EnableKey',
  'kms:EnableKeyRotation',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:ListGrants',
  'kms:ListKeyPolicies',
  'kms:ListKeyRotations',
  'kms:ListResourceTags',
  'kms:PutKeyPolicy',
  'kms:RevokeGrant',
  'kms:RotateKeyOnDemand',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateAlias',
  'kms:UpdateKeyDescription',
];

/** Actions of services with a key, on behalf of a caller. */
const USE = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/**
 * The policy of a class's key. The account delegates its administration. Data passes only through
 * the services that store the class, for callers of this account whose own IAM policy allows it.
 * Nobody can decrypt with a bare KMS call.
 */
export function keyPolicy(stack: Stack, dataClass: DataClass): PolicyDocument {
  const root = new AccountRootPrincipal();
  const statements = [
    new PolicyStatement({ sid: 'Administration', principals: [root], actions: ADMINISTRATION, resources: ['*'] }),
  ];
  if (dataClass.services.length > 0) {
    const through = {
      'kms:CallerAccount': stack.account,
      'kms:ViaService': dataClass.services.map((service) => viaService(service, stack.region)),
    };
    statements.push(
      new PolicyStatement({
        sid: 'UseThroughServices',
        principals: [root],
        actions: USE,
        resources: ['*'],
        conditions: { StringEquals: through },
      }),
    );
  }
  if (dataClass.services.includes('dynamodb')) {
    // DynamoDB makes a grant with each table, for its background work. The second condition
    // excludes grants for people.
    statements.push(
      new PolicyStatement({
        sid: 'GrantsForTables',
        principals: [root],
        actions: ['kms:CreateGrant'],
        resources: ['*'],
        conditions: {
          StringEquals: {
            'kms:CallerAccount': stack.account,
            'kms:ViaService': viaService('dynamodb', stack.region),
          },
          Bool: { 'kms:GrantIsForAWSResource': 'true' },
        },
      }),
    );
  }
  if (dataClass.className === DataClass.LOGS.className) {
    // CloudWatch Logs calls as itself. Its encryption context is the log group's ARN, with account
    // and Region.
    statements.push(
      new PolicyStatement({
        sid: 'LogGroups',
        principals: [new ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
        actions: USE,
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': `arn:${stack.partition}:logs:${stack.region}:${stack.account}:log-group:*`,
          },
        },
      }),
    );
  }
  return new PolicyDocument({ statements });
}

/** A service as `kms:ViaService` names it. */
export function viaService(service: string, region: string): string {
  return `${service}.${region}.amazonaws.com`;
}
