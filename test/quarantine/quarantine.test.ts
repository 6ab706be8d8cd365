import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { DeploymentProfile } from '../../lib/profile';
import { Quarantine } from '../../lib/quarantine';

const newStack = () => new Stack(new App(), 'Shop');
const TABLE = 'AWS::DynamoDB::Table';

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

/** Statements of a role about the table, as "actions, resources, condition". */
function rightsOf(grant: (quarantine: Quarantine, grantee: IGrantable) => unknown): Statement[] {
  const stack = newStack();
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  grant(Quarantine.of(stack), role);
  return Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
    .filter(([id]) => id.startsWith('Role'))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Statement[]);
}

const onTable = (statements: Statement[]) =>
  statements
    .filter(({ Action }) => [Action].flat().every((action) => action.startsWith('dynamodb:')))
    .map(({ Action, Condition }) => [
      [Action].flat().map((action) => action.replace('dynamodb:', '')),
      Condition ?? 'always',
    ]);
const keys = (...patterns: string[]) => ({
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': patterns },
});
const ITEM = ['DeleteItem', 'GetItem', 'PutItem', 'Query'];

test('a worker may use entries for itself and claims of its own steps only', () => {
  const rights = rightsOf((quarantine, grantee) => quarantine._grantWorker(grantee, 'Payments'));
  expect(onTable(rights)).toEqual([[ITEM, keys('held#Payments', 'once#Payments#*')]]);
});

test('the relay may put entries and look at those that wait, and take none out', () => {
  const rights = rightsOf((quarantine, grantee) => quarantine._grantRelay(grantee));
  expect(onTable(rights)).toEqual([
    [['PutItem', 'Query'], keys('waiting#*')],
    [['PutItem'], keys('held#*')],
  ]);
});

test('the redrive function may change held entries, let them wait, and list the faults, and sees no claims', () => {
  const stack = newStack();
  Quarantine.of(stack);
  const template = Template.fromStack(stack);
  const [policy] = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([id]) => /Redrive/.test(id));
  const rights = policy![1]['Properties'].PolicyDocument.Statement as Statement[];
  expect(onTable(rights)).toEqual([
    [['DeleteItem', 'GetItem', 'PutItem'], keys('held#*')],
    [['GetItem', 'PutItem', 'Query'], keys('waiting#*')],
    [['Query', 'Scan'], 'always'],
  ]);
  expect(JSON.stringify(rights)).toContain('/index/byFingerprint');
  expect(JSON.stringify(rights)).not.toContain('/index/byPerson');
  template.hasResourceProperties('AWS::Lambda::Function', { FunctionName: 'Shop-redrive' });
});

test('to redrive and to discard are rights to one alias each, and another right shows values', () => {
  const invoke = (alias: RegExp) => [
    expect.objectContaining({ Action: 'lambda:InvokeFunction', Resource: { Ref: expect.stringMatching(alias) } }),
  ];
  expect(rightsOf((quarantine, grantee) => quarantine.grantRedrive(grantee))).toEqual(
    invoke(/^BreakwaterQuarantineRedriveLive/),
  );
  expect(rightsOf((quarantine, grantee) => quarantine.grantDiscard(grantee))).toEqual(
    invoke(/^BreakwaterQuarantineRedriveDiscard/),
  );
  const stack = newStack();
  Quarantine.of(stack);
  const aliases = Object.entries(Template.fromStack(stack).findResources('AWS::Lambda::Alias'))
    .filter(([id]) => /Redrive/.test(id))
    .map(([, { Properties }]) => [Properties.Name, JSON.stringify(Properties.FunctionVersion)] as const);
  expect(aliases.map(([name]) => name).sort()).toEqual(['discard', 'live']);
  expect(aliases[0]![1]).toBe(aliases[1]![1]);
  const shown = rightsOf((quarantine, grantee) => quarantine.grantReadMessages(grantee));
  expect(shown.map(({ Action }) => Action)).toEqual(['dynamodb:GetItem', ['kms:Decrypt', 'kms:DescribeKey']]);
  expect(onTable(shown)).toEqual([[['GetItem'], keys('held#*')]]);
});

test.each<[string, (quarantine: Quarantine, grantee: IGrantable) => unknown]>([
  ['worker', (quarantine, grantee) => quarantine._grantWorker(grantee, 'Payments')],
  ['relay', (quarantine, grantee) => quarantine._grantRelay(grantee)],
])('the %s uses the key through DynamoDB only, and a function gets the name of the table', (_, grant) => {
  const names: string[] = [];
  const rights = rightsOf((quarantine, role) =>
    grant(quarantine, {
      grantPrincipal: role.grantPrincipal,
      addEnvironment: (name: string) => names.push(name),
    } as unknown as IGrantable),
  );
  const forKey = rights.filter(({ Action }) => [Action].flat().some((action) => action.startsWith('kms:')));
  expect(forKey).toHaveLength(1);
  expect(JSON.stringify(forKey[0]!.Condition)).toContain('dynamodb.');
  expect(names).toEqual(['BREAKWATER_QUARANTINE_TABLE']);
});

test('fails with an error that names the construct if the grantee is missing', () => {
  const quarantine = Quarantine.of(newStack());
  expect(() => quarantine._grantWorker(undefined as unknown as IGrantable, 'Payments')).toThrow(
    'Shop/BreakwaterQuarantine: grantee must be a module, worker, function or role, got undefined',
  );
});

test('one table a top-level stack, with a key of its own, an end for entries, and two sparse indexes', () => {
  const stack = newStack();
  const first = Quarantine.of(new Construct(stack, 'Somewhere'));
  expect(Quarantine.of(new NestedStack(stack, 'Nested'))).toBe(first);
  const template = Template.fromStack(stack);
  template.resourceCountIs(TABLE, 1);
  template.hasResourceProperties('AWS::KMS::Alias', { AliasName: 'alias/breakwater/Shop/quarantine' });
  template.hasResourceProperties(TABLE, {
    BillingMode: 'PAY_PER_REQUEST',
    SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: [
      Match.objectLike({
        IndexName: 'byFingerprint',
        KeySchema: [
          { AttributeName: 'fingerprint', KeyType: 'HASH' },
          { AttributeName: 'first', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: Match.not(Match.arrayWith(['content'])) },
      }),
      Match.objectLike({ IndexName: 'byPerson', Projection: { ProjectionType: 'KEYS_ONLY' } }),
    ],
  });
});

test.each([
  [DeploymentProfile.PRODUCTION, 'Retain', true],
  [DeploymentProfile.SANDBOX, 'Delete', false],
])('with the profile $profileName it is kept: %s', (profile, policy, kept) => {
  const stack = newStack();
  Quarantine.of(stack, profile);
  Template.fromStack(stack).hasResource(TABLE, {
    DeletionPolicy: policy,
    Properties: {
      DeletionProtectionEnabled: kept,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: kept },
    },
  });
});

test('production applies as soon as one construct of the stack has it', () => {
  const stack = newStack();
  Quarantine.of(stack, DeploymentProfile.SANDBOX);
  Quarantine.of(stack);
  Quarantine.of(stack, DeploymentProfile.PRODUCTION);
  Template.fromStack(stack).hasResource(TABLE, { DeletionPolicy: 'Retain' });
});

describe('the tick', () => {
  const template = () => {
    const stack = newStack();
    Quarantine.of(stack);
    return { stack, template: Template.fromStack(stack) };
  };

  test('may take out what waits, hold what can’t be sent, and count what is held', () => {
    const [policy] = Object.entries(template().template.findResources('AWS::IAM::Policy')).filter(([id]) =>
      id.startsWith('BreakwaterQuarantineTickFunction'),
    );
    const statements = policy![1]['Properties'].PolicyDocument.Statement as Statement[];
    expect(onTable(statements)).toEqual([
      [['DeleteItem', 'Query'], keys('waiting#*')],
      [['PutItem'], keys('held#*')],
      [['Scan'], 'always'],
    ]);
    expect(JSON.stringify(statements)).toContain('/index/byFingerprint');
    expect(JSON.stringify(statements)).not.toContain('/index/byPerson');
  });

  test('runs every minute, and a failed run isn’t repeated', () => {
    const { template: made } = template();
    made.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 minute)',
      Target: Match.objectLike({ Input: '{}', RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 } }),
    });
    made.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0 });
  });

  test('publishes metrics by stack and target', () => {
    const { stack } = template();
    const quarantine = Quarantine.of(stack);
    const all = [
      quarantine.metricHeld('Mail'),
      quarantine.metricWaiting('Mail'),
      quarantine.metricOldestWaiting(),
      quarantine.metricUnknownTargets(),
      quarantine.metricChangedPolicies('Mail'),
    ];
    expect(
      all.map(({ namespace, metricName, dimensions, statistic }) => [namespace, metricName, dimensions, statistic]),
    ).toEqual([
      ['Breakwater/Quarantine', 'Held', { Stack: 'Shop', Target: 'Mail' }, 'Maximum'],
      ['Breakwater/Quarantine', 'Waiting', { Stack: 'Shop', Target: 'Mail' }, 'Maximum'],
      ['Breakwater/Quarantine', 'OldestWaiting', { Stack: 'Shop' }, 'Maximum'],
      ['Breakwater/Quarantine', 'UnknownTargets', { Stack: 'Shop' }, 'Maximum'],
      ['Breakwater/Quarantine', 'ChangedQueuePolicies', { Stack: 'Shop', Target: 'Mail' }, 'Maximum'],
    ]);
  });
});
