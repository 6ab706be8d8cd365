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

/** Actions that a service calls on a key on behalf of its caller. */
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
 * Returns the policy of a data class's key. IAM policies of the account decide who administers the
 * key. Callers can use the key only through the services that store the class. The callers must be
 * in this account, and an IAM policy must allow the use. Direct KMS calls can't decrypt.
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
    // DynamoDB makes a KMS grant for each table, for its background work. The second condition
    // allows grants to AWS services only.
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
    // CloudWatch Logs calls KMS as a service principal. The encryption context is the ARN of the
    // log group, which contains the account and the Region.
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

/** A service's name in `kms:ViaService`. */
export function viaService(service: string, region: string): string {
  return `${service}.${region}.amazonaws.com`;
}
