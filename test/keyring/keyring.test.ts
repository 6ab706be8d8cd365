import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Construct } from 'constructs';
import { DataClass, grantKeyUse, Keyring, KeyUse } from '../../lib/keyring';
import { DeploymentProfile } from '../../lib/profile';

const newStack = (context?: { [key: string]: unknown }) => new Stack(new App({ context }), 'Shop');

interface Statement {
  Sid?: string;
  Action: string | string[];
  Principal: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

function keyPolicy(stack: Stack): Statement[] {
  const [key] = Object.values(Template.fromStack(stack).findResources('AWS::KMS::Key'));
  return key!['Properties'].KeyPolicy.Statement;
}

describe('Keyring', () => {
  test('makes one key for each class that is used', () => {
    const stack = newStack();
    const first = Keyring.of(stack).keyFor(DataClass.PERSONAL);
    expect(Keyring.of(new Construct(stack, 'Elsewhere')).keyFor(DataClass.of('personal'))).toBe(first);
    Keyring.of(stack).keyFor(DataClass.MESSAGES);
    Template.fromStack(stack).resourceCountIs('AWS::KMS::Key', 2);
  });

  test('rotates, keeps the key in production and removes it in a sandbox', () => {
    const production = newStack();
    Keyring.of(production).keyFor(DataClass.PERSONAL);
    Template.fromStack(production).hasResource('AWS::KMS::Key', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: { EnableKeyRotation: true, RotationPeriodInDays: 365, PendingWindowInDays: 30 },
    });
    const sandbox = newStack();
    Keyring.of(sandbox, DeploymentProfile.SANDBOX).keyFor(DataClass.PERSONAL);
    Template.fromStack(sandbox).hasResource('AWS::KMS::Key', {
      DeletionPolicy: 'Delete',
      Properties: { EnableKeyRotation: true, PendingWindowInDays: 7 },
    });
  });

  test('retains a sandbox’s key if a construct with the production profile uses the keyring', () => {
    const stack = newStack();
    Keyring.of(stack, DeploymentProfile.SANDBOX).keyFor(DataClass.PERSONAL);
    Keyring.of(stack, DeploymentProfile.PRODUCTION);
    Keyring.of(stack, DeploymentProfile.SANDBOX).keyFor(DataClass.MESSAGES);
    const keys = Object.values(Template.fromStack(stack).findResources('AWS::KMS::Key'));
    expect(keys.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(['RetainExceptOnCreate', 'RetainExceptOnCreate']);
    expect(keys.map(({ Properties }) => Properties.PendingWindowInDays)).toEqual([30, 30]);
  });

  test('after a look-up without a profile, the first given profile applies', () => {
    const stack = newStack();
    Keyring.of(stack).keyFor(DataClass.PERSONAL);
    Keyring.of(stack, DeploymentProfile.SANDBOX);
    Template.fromStack(stack).hasResource('AWS::KMS::Key', { DeletionPolicy: 'Delete' });
  });

  test.each([
    ['all of them', flags as { [key: string]: unknown }],
    ['none of them', {}],
  ])('names every action and every principal, with feature flags: %s', (_, context) => {
    for (const dataClass of [
      DataClass.PERSONAL,
      DataClass.PUBLIC_DATA,
      DataClass.MESSAGES,
      DataClass.LOGS,
      DataClass.CONTROL,
      DataClass.QUARANTINE,
    ]) {
      const stack = newStack(context);
      Keyring.of(stack).keyFor(dataClass);
      for (const { Action, Principal } of keyPolicy(stack)) {
        expect([Action].flat().filter((action) => action.includes('*'))).toEqual([]);
        expect(JSON.stringify(Principal)).not.toContain('"*"');
      }
    }
  });

  test('allows use only through services, for callers of the same account', () => {
    const stack = newStack();
    Keyring.of(stack).keyFor(DataClass.PERSONAL);
    const opening = keyPolicy(stack).filter(({ Action }) =>
      [Action].flat().some((action) => /Decrypt|DataKey|CreateGrant/.test(action)),
    );
    expect(opening).toHaveLength(2);
    for (const { Condition } of opening) {
      expect(Condition?.['StringEquals']).toMatchObject({ 'kms:CallerAccount': { Ref: 'AWS::AccountId' } });
      expect(Condition?.['StringEquals']).toHaveProperty(['kms:ViaService']);
    }
    expect(opening.find(({ Action }) => Action === 'kms:CreateGrant')?.Condition?.['Bool']).toEqual({
      'kms:GrantIsForAWSResource': 'true',
    });
  });

  test('allows CloudWatch Logs only for the class of logs, and for log groups of the account', () => {
    const logs = newStack();
    Keyring.of(logs).keyFor(DataClass.LOGS);
    const statement = keyPolicy(logs).find(({ Sid }) => Sid === 'LogGroups');
    expect(JSON.stringify(statement?.Condition)).toMatch(
      /ArnLike.*kms:EncryptionContext:aws:logs:arn.*AWS::AccountId.*log-group/,
    );
    const personal = newStack();
    Keyring.of(personal).keyFor(DataClass.PERSONAL);
    expect(JSON.stringify(keyPolicy(personal))).not.toContain('"Service"');
  });

  test('fails if the name of a class is invalid for an alias, or a token', () => {
    const stack = newStack();
    expect(() => Keyring.of(stack).keyFor(DataClass.of('Card Data'))).toThrow(
      "DataClass.of: className must be 1 to 40 lower-case letters, digits and dashes, a letter first, got 'Card Data'",
    );
    expect(() => Keyring.of(stack).keyFor(DataClass.of(stack.region))).toThrow(
      /dataClass must be a literal, got a token/,
    );
  });

  test('of a top-level stack serves its nested stacks, at any depth: one key a class', () => {
    const parent = newStack();
    const nested = [1, 2, 3].map((i) => new NestedStack(parent, `N${i}`));
    const deep = new NestedStack(nested[0]!, 'Deep');
    const keys = [parent, ...nested, deep].map((stack) => Keyring.of(stack).keyFor(DataClass.LOGS));
    expect(new Set(keys).size).toBe(1);
    expect(Stack.of(keys[0]!)).toBe(parent);
  });

  test('fails if the app uses its construct ID', () => {
    const stack = newStack();
    new Construct(stack, 'BreakwaterKeyring');
    expect(() => Keyring.of(stack)).toThrow(/rename this construct/);
  });
});

describe('grantKeyUse', () => {
  test.each([
    [KeyUse.READ, ['kms:Decrypt', 'kms:DescribeKey']],
    [
      KeyUse.WRITE,
      ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
    ],
    [KeyUse.PUT, 'kms:GenerateDataKey'],
    [KeyUse.SEND, ['kms:Decrypt', 'kms:GenerateDataKey']],
  ])('grants %s through one service', (use, actions) => {
    const stack = newStack();
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    grantKeyUse(Keyring.of(stack).keyFor(DataClass.PERSONAL), role, use, 'dynamodb');
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          {
            Action: actions,
            Effect: 'Allow',
            Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('personal'), 'Arn'] },
            Condition: {
              StringEquals: {
                'kms:ViaService': { 'Fn::Join': ['', ['dynamodb.', { Ref: 'AWS::Region' }, '.amazonaws.com']] },
              },
            },
          },
        ],
      },
    });
  });
});
