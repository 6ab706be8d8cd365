import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Handler } from '../../lib/functions';
import { ShardedTable } from '../../lib/tables';
import { QueueWorker } from '../../lib/workers';

const handler = Handler.fromCode(Code.fromInline('exports.handler = async () => {}'), 'index.handler');
const ENV = { account: '111111111111', region: 'us-east-1' };
const table = (scope: Stack, id = 'Orders') =>
  new ShardedTable(scope, id, { partitionKey: { name: 'id', type: AttributeType.STRING }, shards: 2 });
const worker = (scope: Stack, id = 'Mail') => new QueueWorker(scope, id, { handler });
const stacksOf = (...ids: string[]) => {
  const app = new App();
  return { app, stacks: ids.map((id) => new Stack(app, id, { env: ENV })) };
};
const count = (stack: Stack, type: string) => Object.keys(Template.fromStack(stack).findResources(type)).length;
const propertiesOf = (stack: Stack, type: string) =>
  Object.values(Template.fromStack(stack).findResources(type)).map(
    ({ Properties }) => Properties as Record<string, unknown>,
  );

describe('a table and a worker in two stacks', () => {
  function split() {
    const { app, stacks } = stacksOf('Data', 'Work');
    const [data, work] = stacks as [Stack, Stack];
    const [orders, mail] = [table(data), worker(work)];
    orders.publishTo(mail);
    orders.grantReadData(mail);
    return { app, data, work, orders, mail };
  }

  test('synthesize: the relay is in the worker’s stack, and only that stack needs the other', () => {
    const { app, data, work } = split();
    expect(() => app.synth()).not.toThrow();
    const needed = (stack: Stack) => stack.dependencies.map(({ node }) => node.path);
    expect([needed(work), needed(data)]).toEqual([['Data'], []]);
    expect(count(data, 'AWS::Lambda::EventSourceMapping')).toBe(0);
    // One for each shard, and the worker's own.
    expect(count(work, 'AWS::Lambda::EventSourceMapping')).toBe(3);
  });

  test('the table’s map names the target and its relay, and the relay’s map table has the queue', () => {
    const { data, work } = split();
    expect(propertiesOf(data, 'Custom::BreakwaterShardMap')).toEqual([
      expect.objectContaining({ Targets: [{ Name: 'Mail', Fifo: 'false', Relay: 'Work' }] }),
    ]);
    const [entries] = propertiesOf(work, 'Custom::BreakwaterStreamEntries');
    expect(entries).toMatchObject({
      Entries: 'only',
      Table: 'Orders',
      Relay: 'Work',
      LeavesUnknown: 'false',
      Targets: [{ Name: 'Mail', Url: { Ref: expect.stringMatching(/^MailQueue/) }, Fifo: 'false' }],
    });
    // The relay looks up in the table's own map which targets are another relay's.
    expect(JSON.stringify(entries?.['MapTable'])).toContain('Data:ExportsOutput');
    expect(JSON.stringify(entries?.['Shards'])).toContain('Data:ExportsOutput');
  });

  test.each(['BreakwaterRelayFunction', 'BreakwaterQuarantineTickFunction'])(
    '%s may look up targets in the map tables of both stacks',
    (id) => {
      const { work } = split();
      const policies = Object.entries(Template.fromStack(work).findResources('AWS::IAM::Policy'));
      const reads = policies
        .filter(([policy]) => policy.startsWith(id))
        .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
        .filter(({ Action }) => Action === 'dynamodb:GetItem')
        .map(({ Resource }) => JSON.stringify(Resource));
      expect(reads.sort()).toEqual([
        expect.stringMatching(/^{"Fn::GetAtt":\["BreakwaterMapTable/),
        expect.stringMatching(/^{"Fn::ImportValue":"Data:ExportsOutput.*BreakwaterMapTable/),
      ]);
    },
  );

  test('mappings wait for the right to read the streams, and for the entries', () => {
    const { work } = split();
    const template = Template.fromStack(work);
    const [entries] = Object.keys(template.findResources('Custom::BreakwaterStreamEntries'));
    const mappings = Object.entries(template.findResources('AWS::Lambda::EventSourceMapping')).filter(([id]) =>
      id.startsWith('BreakwaterRelay'),
    );
    expect(mappings).toHaveLength(2);
    for (const [, mapping] of mappings) {
      expect(mapping['DependsOn']).toContain(entries);
      expect(mapping['DependsOn']).toContainEqual(expect.stringMatching(/^BreakwaterRelayFunctionRoleDefaultPolicy/));
    }
  });

  test('with targets in both stacks, each relay has its own, and the table’s own relay takes care of unknown ones', () => {
    const { data, work, orders } = split();
    orders.publishTo(worker(data, 'Ledger'));
    expect(propertiesOf(data, 'Custom::BreakwaterShardMap')[0]?.['Targets']).toEqual([
      { Name: 'Mail', Fifo: 'false', Relay: 'Work' },
      { Name: 'Ledger', Url: { Ref: expect.stringMatching(/^LedgerQueue/) }, Fifo: 'false' },
    ]);
    expect(propertiesOf(work, 'Custom::BreakwaterStreamEntries')[0]).toMatchObject({
      LeavesUnknown: 'true',
      Targets: [{ Name: 'Mail' }],
    });
    expect(count(data, 'AWS::Lambda::EventSourceMapping')).toBe(3);
  });

  test('of two foreign relays exactly one takes care of unknown targets', () => {
    const { stacks } = stacksOf('Data', 'Work', 'Print');
    const [data, work, print] = stacks as [Stack, Stack, Stack];
    const orders = table(data);
    orders.publishTo(worker(work));
    orders.publishTo(worker(print, 'Labels'));
    const leaves = [work, print].map(
      (stack) => propertiesOf(stack, 'Custom::BreakwaterStreamEntries')[0]?.['LeavesUnknown'],
    );
    expect(leaves).toEqual(['false', 'true']);
  });

  test('a third stack of targets is refused, because a stream takes two readers; a second target of one isn’t', () => {
    const { stacks } = stacksOf('Data', 'Work', 'Third');
    const [data, work, third] = stacks as [Stack, Stack, Stack];
    const orders = table(data);
    orders.publishTo(worker(data, 'Ledger'));
    orders.publishTo(worker(work));
    orders.publishTo(worker(work, 'Labels'));
    expect(() => orders.publishTo(worker(third, 'Print'))).toThrow(
      "Data/Orders: publishTo must have targets in at most 2 top-level stacks, got 'Print' of 'Third' in addition to targets of 'Data' and 'Work'",
    );
  });

  test('two targets of one name in two stacks are refused', () => {
    const { data, orders } = split();
    expect(() => orders.publishTo(worker(data))).toThrow(/must have only one target for each name, got 'Mail'/);
  });

  test('a table that needs the worker’s stack can’t publish to it: the error names both steps', () => {
    const { stacks } = stacksOf('Data', 'Work');
    const [data, work] = stacks as [Stack, Stack];
    table(work, 'Ledger').grantReadData(worker(data, 'Books'));
    expect(() => table(data).publishTo(worker(work))).toThrow(
      /^Data\/Orders: publishTo must not make stacks need each other, got 'Work\/Mail\/Queue', which needs 'Data\/Orders', although 'Data\/Books\/Function\/Role' needs 'Work\/Ledger'/,
    );
  });

  test.each([
    ['publishTo', (orders: ShardedTable, mail: QueueWorker) => orders.publishTo(mail)],
    ['grantReadData', (orders: ShardedTable, mail: QueueWorker) => void orders.grantReadData(mail)],
    [
      'grantSendMessages',
      (_orders: ShardedTable, mail: QueueWorker, other: QueueWorker) => void mail.grantSendMessages(other),
    ],
  ])('%s across Regions is refused', (_name, act) => {
    const app = new App();
    const [data, work] = [
      new Stack(app, 'Data', { env: ENV, crossRegionReferences: true }),
      new Stack(app, 'Work', { env: { ...ENV, region: 'eu-west-1' }, crossRegionReferences: true }),
    ];
    expect(() => act(table(data), worker(work), worker(data, 'Other'))).toThrow(/must be in one account and Region/);
  });
});

describe('sibling nested stacks', () => {
  function nested() {
    const parent = new Stack(new App(), 'Parent', { env: ENV });
    const [data, work] = [new NestedStack(parent, 'Data'), new NestedStack(parent, 'Work')];
    const [orders, mail] = [table(data), worker(work)];
    orders.publishTo(mail);
    orders.grantReadData(mail);
    return { parent, data, work, orders, mail };
  }

  test('share the parent’s relay, map table and keys, and CloudFormation gets no cycle', () => {
    const { parent, data, work } = nested();
    // Throws if resources of the parent need each other.
    const template = Template.fromStack(parent);
    expect(Object.keys(template.findResources('AWS::DynamoDB::Table'))).toEqual([
      expect.stringMatching(/^BreakwaterMapTable/),
      expect.stringMatching(/^BreakwaterQuarantine/),
    ]);
    expect(Object.keys(template.findResources('AWS::Lambda::EventSourceMapping'))).toHaveLength(2);
    for (const stack of [data, work]) {
      expect(count(stack, 'AWS::KMS::Key')).toBe(0);
      expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toContain('BreakwaterRelayFunctionLive');
    }
  });

  test('don’t write entries: only the relay’s stack knows all names', () => {
    const { parent, data } = nested();
    expect(propertiesOf(data, 'Custom::BreakwaterShardMap')[0]).toMatchObject({
      Entries: 'elsewhere',
      Targets: [{ Name: 'Mail', Fifo: 'false' }],
    });
    const [entries] = propertiesOf(parent, 'Custom::BreakwaterStreamEntries');
    expect(entries).toMatchObject({ LeavesUnknown: 'false', Table: 'Orders' });
    expect(entries).not.toHaveProperty('Relay');
    expect(entries).not.toHaveProperty('MapTable');
  });

  test('a function may use tables of both', () => {
    const { parent, work, mail } = nested();
    expect(() => table(work, 'Ledger').grantReadData(mail)).not.toThrow();
    expect(() => Template.fromStack(parent)).not.toThrow();
  });

  test('fail at synth if each needs the other, which CloudFormation would report only at deployment', () => {
    const { data, work } = nested();
    expect(() => table(work, 'Ledger').grantReadData(worker(data, 'Books'))).toThrow(
      /must not make stacks need each other, got 'Parent\/Data\/Books\/Function\/Role'/,
    );
  });
});

test('a table publishes to the worker of a nested stack and of its parent alike, with one relay', () => {
  const parent = new Stack(new App(), 'Parent', { env: ENV });
  const nested = new NestedStack(parent, 'Inside');
  const orders = table(parent);
  for (const target of [worker(parent, 'Ledger'), worker(nested)]) orders.publishTo(target);
  const inside = table(nested, 'Drafts');
  inside.publishTo(worker(parent, 'Books'));
  expect(() => Template.fromStack(parent)).not.toThrow();
  expect(count(nested, 'Custom::BreakwaterStreamEntries')).toBe(0);
  expect(propertiesOf(parent, 'Custom::BreakwaterStreamEntries')).toHaveLength(1);
});
