import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { DataClass, Keyring } from '../../lib/keyring';
import { type IPublishTarget, ShardedTable } from '../../lib/tables';

const ID = { name: 'customerId', type: AttributeType.STRING };
const INDEX = { indexName: 'byDay', partitionKeys: [{ name: 'day', type: AttributeType.STRING }] };
const MOST = 128;

interface Statement {
  Action: string | string[];
  Resource: object | object[];
}

const newRole = (stack: Stack) => new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });

const target = (stack: Stack): IPublishTarget => ({
  targetName: 'Payments',
  queue: new Queue(stack, 'Payments'),
  fifo: false,
  grantSendMessages: (grantee) => new Queue(stack, `Elsewhere${stack.node.children.length}`).grantSendMessages(grantee),
});

/** A template's JSON as it is deployed in a Region and account with long names: every reference is replaced by its value. */
function deployed(value: unknown, stackName: string): unknown {
  if (Array.isArray(value)) return value.map((item) => deployed(item, stackName));
  if (typeof value !== 'object' || value === null) return value;
  const name = (id: string) => `${stackName}-${id}-9EC3F8645BB81`;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': joined } = value as Record<string, never>;
  if (Ref !== undefined) {
    const pseudo = { 'AWS::Region': 'ap-southeast-1', 'AWS::AccountId': '123456789012', 'AWS::Partition': 'aws' }[
      String(Ref)
    ];
    return pseudo ?? name(Ref);
  }
  if (attribute !== undefined) {
    const label = attribute[1] === 'StreamArn' ? '/stream/2026-11-24T06:29:10.123' : '';
    return `arn:aws:dynamodb:ap-southeast-1:123456789012:table/${name(attribute[0])}${label}`;
  }
  if (joined !== undefined) return (deployed(joined[1], stackName) as string[]).join('');
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, deployed(item, stackName)]));
}

/** The policies of each role: what stands inline together, and each managed one. */
function policiesOf(stack: Stack) {
  const template = Template.fromStack(stack);
  const roles = new Map<string, { inline: string[]; managed: string[]; statements: Statement[] }>();
  const add = (type: string, kind: 'inline' | 'managed') => {
    for (const { Properties } of Object.values(template.findResources(type))) {
      const document = deployed(Properties.PolicyDocument, stack.stackName) as { Statement: Statement[] };
      for (const { Ref } of Properties.Roles) {
        const role = roles.get(Ref) ?? { inline: [], managed: [], statements: [] };
        role[kind].push(JSON.stringify(document));
        role.statements.push(...document.Statement);
        roles.set(Ref, role);
      }
    }
  };
  add('AWS::IAM::Policy', 'inline');
  add('AWS::IAM::ManagedPolicy', 'managed');
  return roles;
}

describe('the policies of a table with the most shards', () => {
  test.each([
    ['all recommended', flags as { [key: string]: unknown }],
    ['no', {}],
  ])('fit IAM and one stack with rights on its indexes and an outbox, with %s feature flags', (_, context) => {
    const stack = new Stack(new App({ context }), 'Shop');
    const table = new ShardedTable(stack, 'Orders', {
      partitionKey: ID,
      shards: MOST,
      globalSecondaryIndexes: [INDEX],
    });
    table.grantReadWriteData(newRole(stack));
    table.publishTo(target(stack));
    const roles = policiesOf(stack);
    expect(roles.size).toBe(6);
    for (const { inline, managed } of roles.values()) {
      expect(inline.join('').length).toBeLessThanOrEqual(10_240);
      for (const policy of managed) expect(policy.length).toBeLessThanOrEqual(6_144);
      expect(managed.length).toBeLessThanOrEqual(10);
    }
    const granted = [...roles].find(([id]) => id.startsWith('Role'))![1].statements;
    const reached = granted
      .filter(({ Action }) => Action.includes('dynamodb:Query'))
      .flatMap(({ Resource }) => Resource);
    expect(new Set(reached).size).toBe(2 * MOST);
  });

  test('leave room for the rest of an app in a stack’s 500 resources', () => {
    const stack = new Stack(new App(), 'Shop');
    const table = new ShardedTable(stack, 'Orders', { partitionKey: ID, shards: MOST });
    table.publishTo(target(stack));
    expect(Object.keys(Template.fromStack(stack).toJSON()['Resources']).length).toBeLessThan(310);
  });
});

describe('a table that publishes to 100 targets (Q7)', () => {
  /** A queue with a policy that lets its senders in, as a worker has it; workers would fill the stack's 500 resources. */
  const queueOf = (stack: Stack, i: number): IPublishTarget => {
    const key = Keyring.of(stack).keyFor(DataClass.MESSAGES);
    const queue = new Queue(stack, `ATargetWithALongName${'x'.repeat(20)}${i}`, { encryptionMasterKey: key });
    return {
      targetName: `ATargetWithALongName${i}`,
      queue,
      fifo: false,
      grantSendMessages: (grantee) => queue.grantSendMessages(grantee),
    };
  };

  test.each([
    ['all recommended', flags as { [key: string]: unknown }],
    ['no', {}],
  ])('synthesizes into what can be deployed, with %s feature flags', (_, context) => {
    const stack = new Stack(new App({ context }), 'AShopWithALongName');
    const table = new ShardedTable(stack, 'Orders', { partitionKey: ID });
    for (let i = 0; i < 100; i++) table.publishTo(queueOf(stack, i));
    const template = Template.fromStack(stack);

    // IAM: 10,240 characters inline, 10 managed policies of 6,144.
    for (const { inline, managed } of policiesOf(stack).values()) {
      expect(inline.join('').length).toBeLessThanOrEqual(10_240);
      for (const policy of managed) expect(policy.length).toBeLessThanOrEqual(6_144);
      expect(managed.length).toBeLessThanOrEqual(10);
    }
    // Lambda: 4 KB of environment.
    for (const { Properties } of Object.values(template.findResources('AWS::Lambda::Function'))) {
      expect(JSON.stringify(deployed(Properties.Environment, stack.stackName)).length).toBeLessThanOrEqual(4_096);
    }
    // Lambda: 256 KB of event, the properties before an update included. DynamoDB: 400 KB of item.
    const [map] = Object.values(template.findResources('Custom::BreakwaterShardMap'));
    expect(map?.['Properties'].Targets).toHaveLength(100);
    expect(2 * JSON.stringify(deployed(map?.['Properties'], stack.stackName)).length).toBeLessThan(262_144);
    expect(Object.keys(template.toJSON()['Resources']).length).toBeLessThanOrEqual(500);
  });
});

describe('synth fails when the policies of a grantee', () => {
  const longName = 'A'.repeat(110);

  test('include a managed policy that is too long because of its names', () => {
    const stack = new Stack(new App(), longName);
    new ShardedTable(stack, longName, { partitionKey: ID, shards: 100 }).grantReadWriteData(newRole(stack));
    expect(() => Template.fromStack(stack)).toThrow(
      /Role.*managed policy must fit into 6144 characters, got about \d+\. Use fewer shards/s,
    );
  });

  test('but not if the context states the maximum length', () => {
    const context = { '@aws-cdk/aws-iam.arnSizeEstimate': 320 };
    const stack = new Stack(new App({ context }), longName);
    new ShardedTable(stack, longName, { partitionKey: ID, shards: 100 }).grantReadWriteData(newRole(stack));
    for (const { inline, managed } of policiesOf(stack).values()) {
      expect(inline.join('').length).toBeLessThanOrEqual(10_240);
      for (const policy of managed) expect(policy.length).toBeLessThanOrEqual(6_144);
    }
  });

  test('include inline policies that are too long because of their names', () => {
    const stack = new Stack(new App(), longName);
    new ShardedTable(stack, longName, { partitionKey: ID, shards: 40 }).grantReadWriteData(newRole(stack));
    expect(() => Template.fromStack(stack)).toThrow(
      /Role.*inline policy must fit into 10240 characters, got about \d+/s,
    );
  });
});
