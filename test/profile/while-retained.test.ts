import { App, RemovalPolicies, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { DeploymentProfile, ShardedTable, UserPoolIdentity } from '../../lib';

/** Deletion protection of the tables and of the user pool of a stack. */
function protection(profile: DeploymentProfile, change: (stack: Stack) => void = () => undefined) {
  const stack = new Stack(new App(), 'Shop');
  const partitionKey = { name: 'id', type: AttributeType.STRING };
  new ShardedTable(stack, 'Orders', { partitionKey, shards: 2, profile });
  new UserPoolIdentity(stack, 'Identity', { profile });
  change(stack);
  const template = Template.fromStack(stack);
  const of = (type: string, property: string) =>
    Object.values(template.findResources(type)).map(({ Properties }) => Properties[property]);
  return [
    ...of('AWS::DynamoDB::Table', 'DeletionProtectionEnabled'),
    ...of('AWS::Cognito::UserPool', 'DeletionProtection'),
  ];
}

test('what is retained is protected, what is destroyed is not', () => {
  expect(protection(DeploymentProfile.PRODUCTION)).toEqual([true, true, true, 'ACTIVE']);
  expect(protection(DeploymentProfile.SANDBOX)).toEqual([false, false, false, 'INACTIVE']);
});

test('the protection follows a removal policy that the app sets later', () => {
  expect(protection(DeploymentProfile.PRODUCTION, (stack) => RemovalPolicies.of(stack).destroy())).toEqual([
    false,
    false,
    false,
    'INACTIVE',
  ]);
  expect(protection(DeploymentProfile.SANDBOX, (stack) => RemovalPolicies.of(stack).retain())).toEqual([
    true,
    true,
    true,
    'ACTIVE',
  ]);
});
