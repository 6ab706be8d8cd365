import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType, type ITable, StreamViewType, Table, TableEncryption, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AliasedFunction, Handler } from '../../lib/functions';
import { type AdoptedTableProps, ShardedTable } from '../../lib/tables';
import { QueueWorker } from '../../lib/workers';

const handler = Handler.fromCode(Code.fromInline('exports.handler = async () => {}'), 'index.handler');
const ENV = { account: '111111111111', region: 'us-east-1' };
const newStack = () => new Stack(new App(), 'Shop', { env: ENV });
const partitionKey = { name: 'id', type: AttributeType.STRING };

function statementsOf(stack: Stack, role: RegExp) {
  return Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
    .filter(([id]) => role.test(id))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as { Action: string[]; Resource: unknown }[]);
}

describe('an adopted table', () => {
  function adopted(given: Partial<AdoptedTableProps> = {}) {
    const stack = newStack();
    const table = new Table(stack, 'Old', { partitionKey, stream: StreamViewType.NEW_AND_OLD_IMAGES });
    const orders = ShardedTable.adopt(stack, 'Orders', { table, partitionKey, ...given });
    return { stack, table, orders };
  }

  test('has a map of one shard, and no table is made beside the map table', () => {
    const { stack, table } = adopted({ timeToLiveAttribute: 'endsAt' });
    const template = Template.fromStack(stack);
    expect(Object.keys(template.findResources('AWS::DynamoDB::Table'))).toHaveLength(2);
    template.hasResourceProperties('Custom::BreakwaterShardMap', {
      Table: 'Orders',
      Shards: [stack.resolve(table.tableName)],
      PartitionKey: 'id',
      TimeToLive: 'endsAt',
    });
  });

  test('is granted as a sharded table is, without a key of the account if it has none', () => {
    const { stack, table, orders } = adopted({ hasIndexes: true });
    orders.grantQueryData(new AliasedFunction(stack, 'Reader', { handler }));
    const statements = statementsOf(stack, /^Reader/);
    const data = statements.find(({ Action }) => Action.includes('dynamodb:Query'));
    expect(data?.Resource).toEqual([
      stack.resolve(table.tableArn),
      { 'Fn::Join': ['', [stack.resolve(table.tableArn), '/index/*']] },
    ]);
    // The key of the map table.
    expect(statements.filter(({ Action }) => Action.includes('kms:Decrypt'))).toHaveLength(1);
  });

  test('publishes, with its key where it has one', () => {
    const stack = newStack();
    const table = new Table(stack, 'Old', {
      partitionKey,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: new Key(stack, 'Key'),
    });
    ShardedTable.adopt(stack, 'Orders', { table, partitionKey }).publishTo(new QueueWorker(stack, 'Mail', { handler }));
    const keys = statementsOf(stack, /^BreakwaterRelay/).filter(({ Action }) => Action.includes('kms:Decrypt'));
    expect(JSON.stringify(keys)).toMatch(/"Key[0-9A-F]{8}"/);
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: stack.resolve(table.tableStreamArn),
    });
  });

  test('may be a TableV2, or imported with its stream', () => {
    const stack = newStack();
    const global = new TableV2(stack, 'Global', { partitionKey, dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES });
    const imported = Table.fromTableAttributes(stack, 'Imported', {
      tableName: 'orders',
      tableStreamArn: 'arn:aws:dynamodb:us-east-1:111111111111:table/orders/stream/2026',
    });
    const mail = new QueueWorker(stack, 'Mail', { handler });
    for (const [i, table] of [global, imported].entries()) {
      const orders = ShardedTable.adopt(stack, `Orders${i}`, { table, partitionKey });
      expect(() => orders.publishTo(mail)).not.toThrow();
    }
  });

  test('fails in another account or Region, if both are known', () => {
    const stack = newStack();
    const adopt = (id: string, at: string) =>
      ShardedTable.adopt(stack, id, {
        table: Table.fromTableArn(stack, `${id}Old`, `arn:aws:dynamodb:${at}:table/${id}`),
        partitionKey,
      });
    expect(() => adopt('A', 'eu-west-1:111111111111')).toThrow(
      "Shop/A: table must be in the construct's own account and Region, got 'Shop/AOld' in 111111111111/eu-west-1 for 'Shop/A' in 111111111111/us-east-1",
    );
    expect(() => adopt('B', 'us-east-1:222222222222')).toThrow(/'Shop\/BOld' in 222222222222\/us-east-1 for/);
    expect(() => adopt('C', 'us-east-1:111111111111')).not.toThrow();
    const table = new Table(new Stack(App.of(stack), 'Far', { env: { ...ENV, region: 'eu-west-1' } }), 'Old', {
      partitionKey,
    });
    expect(() => ShardedTable.adopt(stack, 'D', { table, partitionKey })).toThrow(/'Far\/Old' in .*eu-west-1 for/);
    const anywhere = new Stack(new App(), 'Anywhere');
    const far = Table.fromTableArn(anywhere, 'Old', 'arn:aws:dynamodb:eu-west-1:111111111111:table/old');
    expect(() => ShardedTable.adopt(anywhere, 'E', { table: far, partitionKey })).not.toThrow();
  });

  test('fails with other keys or images than a TableV2 has', () => {
    const stack = newStack();
    const table = new TableV2(stack, 'Old', { partitionKey, dynamoStream: StreamViewType.KEYS_ONLY });
    expect(() => ShardedTable.adopt(stack, 'A', { table, partitionKey: { ...partitionKey, name: 'key' } })).toThrow(
      /must be the table's own keys, 'id', got 'key'/,
    );
    const orders = ShardedTable.adopt(stack, 'B', { table, partitionKey });
    expect(() => orders.publishTo(new QueueWorker(stack, 'Mail', { handler }))).toThrow(/got KEYS_ONLY/);
  });

  test('fails if a sharded table has it already, adopted or its own', () => {
    const { stack, table } = adopted();
    const own = new ShardedTable(stack, 'Own', { partitionKey });
    const again = (id: string, name: string) =>
      ShardedTable.adopt(stack, id, { table: Table.fromTableName(stack, `${id}Old`, name), partitionKey });
    for (const [id, name, other] of [
      ['A', table.tableName, 'Shop/Orders'],
      ['B', own.shards[0]!.tableName, 'Shop/Own'],
    ] as const)
      expect(() => again(id, name)).toThrow(
        `Shop/${id}: shards must not belong to another sharded table, got a table that ${other} already has`,
      );
    again('C', 'legacy');
    expect(() => again('D', 'legacy')).toThrow(/D: shards must not belong .* Shop\/C already has/);
  });

  test('fails to publish without a stream, or with one that lacks images', () => {
    const stack = newStack();
    const mail = new QueueWorker(stack, 'Mail', { handler });
    const publish = (id: string, stream?: StreamViewType) =>
      ShardedTable.adopt(stack, id, {
        table: new Table(stack, `${id}Old`, { partitionKey, stream }),
        partitionKey,
      }).publishTo(mail);
    expect(() => publish('A')).toThrow(
      /A: table must have a stream of new and old images, got Shop\/AOld without a stream: .* tableStreamArn/,
    );
    expect(() => publish('B', StreamViewType.KEYS_ONLY)).toThrow(
      /B: table must have a stream of new and old images, got KEYS_ONLY/,
    );
  });

  test.each<[string, Partial<AdoptedTableProps>, RegExp]>([
    [
      'other keys',
      { partitionKey: { name: 'key', type: AttributeType.STRING } },
      /must be the table's own keys, 'id', got 'key'/,
    ],
    ['a sort key that the table lacks', { sortKey: { name: 'at', type: AttributeType.NUMBER } }, /got 'id' and 'at'/],
    ['an unknown prop', { shards: 4 } as never, /props must be of table, partitionKey/],
    ['no table', { table: undefined as never }, /table must be given/],
  ])('fails with %s', (_name, given, message) => {
    expect(() => adopted(given)).toThrow(message);
  });
});

describe('a table of another app', () => {
  function imported(shards = ['orders-0', 'orders-1']) {
    const stack = newStack();
    const key = Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/1');
    const table = (tableName: string) => Table.fromTableAttributes(stack, tableName, { tableName, encryptionKey: key });
    const orders = ShardedTable.fromTableAttributes(stack, 'Orders', {
      tableName: 'Orders',
      mapTable: table('their-maps'),
      shards: shards.map(table),
    });
    return { stack, orders };
  }

  test('is granted with its shards, its map table and their keys, and writes no map', () => {
    const { stack, orders } = imported();
    const reader = new AliasedFunction(stack, 'Reader', { handler });
    orders.grantReadData(reader);
    const template = Template.fromStack(stack);
    template.resourceCountIs('Custom::BreakwaterShardMap', 0);
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { BREAKWATER_MAP_TABLE: 'their-maps' } },
    });
    const text = JSON.stringify(statementsOf(stack, /^Reader/));
    for (const name of ['table/orders-0', 'table/orders-1', 'table/their-maps', 'key/1']) expect(text).toContain(name);
  });

  test('can’t be used by a function that has tables of this stack', () => {
    const { stack, orders } = imported();
    const reader = new AliasedFunction(stack, 'Reader', { handler });
    new ShardedTable(stack, 'Own', { partitionKey }).grantReadData(reader);
    expect(() => orders.grantReadData(reader)).toThrow(/must use the tables of one stack, got Shop\/Reader/);
  });

  test('fails with a map table or a shard of another Region', () => {
    const stack = newStack();
    const table = (id: string, region: string) =>
      Table.fromTableArn(stack, id, `arn:aws:dynamodb:${region}:111111111111:table/${id}`);
    const [near, far] = [table('Near', 'us-east-1'), table('Far', 'eu-west-1')];
    const open = (id: string, mapTable: ITable, shard: ITable) => () =>
      ShardedTable.fromTableAttributes(stack, id, { tableName: 'Orders', mapTable, shards: [shard] });
    expect(open('A', far, near)).toThrow(/A: mapTable must be in the construct's own account and Region/);
    expect(open('B', near, far)).toThrow(/B: shards must be in the construct's own account and Region/);
    expect(open('C', near, near)).not.toThrow();
  });

  test('fails without shards', () => {
    expect(() => imported([])).toThrow('Shop/Orders: shards must contain at least one table, got none');
  });
});
