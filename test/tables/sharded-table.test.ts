import { App, Aws, Lazy, Stack, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Alarm, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { type Attribute, AttributeType, type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import fc from 'fast-check';
import { DataClass, Keyring } from '../../lib/keyring';
import { DeploymentProfile } from '../../lib/profile';
import { MapTable, ShardedTable, type ShardedTableIndex, type ShardedTableProps } from '../../lib/tables';

const ID: Attribute = { name: 'customerId', type: AttributeType.STRING };
const SORT: Attribute = { name: 'orderId', type: AttributeType.STRING };

const newStack = (context?: { [key: string]: unknown }) => new Stack(new App({ context }), 'Shop');
const newRole = (stack: Stack) => new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });

interface Statement {
  Sid?: string;
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: object;
}

const list = (value: string | string[]) => [value].flat();

/** Statements of the identity policies whose role's logical id starts so. */
function statementsOf(stack: Stack, role: string): Statement[] {
  return Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
    .filter(([id]) => id.startsWith(role))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
}

const scratch = (stack: Stack) =>
  void new ShardedTable(stack, 'Scratch', { partitionKey: ID, profile: DeploymentProfile.SANDBOX });
const orders = (stack: Stack) => void new ShardedTable(stack, 'Orders', { partitionKey: ID });

/** Tables of the template that are shards. */
const shardsOf = (stack: Stack) =>
  Object.entries(Template.fromStack(stack).findResources('AWS::DynamoDB::Table')).filter(([id]) => /Shard\d/.test(id));

describe('ShardedTable', () => {
  test('waits for a shorter time between two changes of its map in a sandbox', () => {
    const stack = newStack();
    scratch(stack);
    Template.fromStack(stack).hasResourceProperties('Custom::BreakwaterShardMap', { WaitMs: '60000' });
  });

  test('creates an equal table for each shard and one map table, whose map lists the shards in order', () => {
    const stack = newStack();
    const orders = new ShardedTable(stack, 'Orders', {
      partitionKey: ID,
      sortKey: SORT,
      shards: 4,
      timeToLiveAttribute: 'expires',
    });
    new ShardedTable(stack, 'Catalogue', { partitionKey: ID, dataClass: DataClass.PUBLIC_DATA });
    const template = Template.fromStack(stack);
    expect(orders.shards).toHaveLength(4);
    template.resourceCountIs('AWS::DynamoDB::Table', 4 + 1 + 1);
    template.hasResourceProperties('Custom::BreakwaterShardMap', {
      Table: 'Orders',
      Shards: [0, 1, 2, 3].map((i) => ({ Ref: Match.stringLikeRegexp(`^OrdersShard${i}`) })),
      PartitionKey: 'customerId',
      SortKey: 'orderId',
      TimeToLive: 'expires',
      WaitMs: '990000',
    });
    template.hasResourceProperties('Custom::BreakwaterShardMap', { Table: 'Catalogue', SortKey: Match.absent() });
    const bodies = shardsOf(stack)
      .filter(([id]) => id.startsWith('Orders'))
      .map(([, { Properties }]) => JSON.stringify(Properties));
    expect(new Set(bodies).size).toBe(1);
  });

  test.each([
    ['all recommended', flags as { [key: string]: unknown }],
    ['no', {}],
  ])('is protected in production, with %s feature flags', (_, context) => {
    const stack = newStack(context);
    new ShardedTable(stack, 'Orders', { partitionKey: ID });
    const [[, table]] = shardsOf(stack) as [[string, { [key: string]: unknown }]];
    expect(table).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        ContributorInsightsSpecification: { Enabled: false },
      },
    });
    expect(table['Properties']).not.toHaveProperty('TableName');
  });

  test('the map table has its own key, which can’t decrypt data', () => {
    const stack = newStack();
    const table = new ShardedTable(stack, 'Orders', { partitionKey: ID });
    const keyOf = (physical: ITable) => {
      const [id] = Object.entries(Template.fromStack(stack).findResources('AWS::DynamoDB::Table')).find(
        ([name]) => stack.resolve(physical.tableName).Ref === name,
      ) as [string, object];
      return Template.fromStack(stack).findResources('AWS::DynamoDB::Table')[id]?.['Properties'].SSESpecification;
    };
    const control = stack.resolve(Keyring.of(stack).keyFor(DataClass.CONTROL).keyArn);
    expect(keyOf(ShardedTable.mapTableOf(stack))).toEqual({
      SSEEnabled: true,
      SSEType: 'KMS',
      KMSMasterKeyId: control,
    });
    expect(keyOf(table.shards[0] as ITable).KMSMasterKeyId).not.toEqual(control);
  });

  describe.each<[string, (stack: Stack) => void, boolean]>([
    ['a sandbox’s table', (stack) => scratch(stack), false],
    [
      'a sandbox’s table, and then a look at the map table',
      (stack) => void [scratch(stack), ShardedTable.mapTableOf(stack)],
      false,
    ],
    [
      'a look at the map table, and then a sandbox’s table',
      (stack) => void [ShardedTable.mapTableOf(stack), scratch(stack)],
      false,
    ],
    ['a map table for a sandbox', (stack) => void MapTable.of(stack, DeploymentProfile.SANDBOX), false],
    ['a look at the map table', (stack) => void ShardedTable.mapTableOf(stack), true],
    ['a table that stays', (stack) => orders(stack), true],
    ['a sandbox’s table, and then one that stays', (stack) => void [scratch(stack), orders(stack)], true],
    ['a table that stays, and then a sandbox’s', (stack) => void [orders(stack), scratch(stack)], true],
    [
      'a look at the map table, a sandbox’s table, and then one that stays',
      (stack) => void [ShardedTable.mapTableOf(stack), scratch(stack), orders(stack)],
      true,
    ],
  ])('with %s', (_, make, stays) => {
    const stack = newStack();
    make(stack);
    const template = Template.fromStack(stack);
    const sharedOf = (type: string) =>
      Object.entries(template.findResources(type))
        .filter(([id]) => /^Breakwater(MapTable|Keyring)/.test(id))
        .map(([, resource]) => resource);

    test(`the map table ${stays ? 'stays, protected' : 'goes with the stack'}`, () => {
      expect(sharedOf('AWS::DynamoDB::Table')).toEqual([
        expect.objectContaining({
          DeletionPolicy: stays ? 'Retain' : 'Delete',
          Properties: expect.objectContaining({
            DeletionProtectionEnabled: stays,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: stays },
          }),
        }),
      ]);
    });

    test(`so do the logs and the version of what writes it, and all keys`, () => {
      const DeletionPolicy = stays ? 'RetainExceptOnCreate' : 'Delete';
      const logs = sharedOf('AWS::Logs::LogGroup');
      const versions = sharedOf('AWS::Lambda::Version');
      const keys = sharedOf('AWS::KMS::Key');
      expect(logs).toEqual([expect.objectContaining({ DeletionPolicy })]);
      expect(logs[0]!['Properties'].RetentionInDays).toBe(stays ? 90 : 7);
      expect(versions).toEqual([expect.objectContaining({ DeletionPolicy })]);
      expect(new Set(keys.map((key) => key['DeletionPolicy']))).toEqual(new Set([DeletionPolicy]));
    });

    test('CloudFormation deletes the map of a table that stays only if it rolls its creation back (C1)', () => {
      for (const [id, map] of Object.entries(template.findResources('Custom::BreakwaterShardMap'))) {
        const policy = id.startsWith('Scratch') ? 'Delete' : 'RetainExceptOnCreate';
        expect([id, map['DeletionPolicy']]).toEqual([id, policy]);
      }
    });
  });

  test('works in a stack without account and Region', () => {
    const stack = newStack();
    new ShardedTable(stack, 'Orders', { partitionKey: ID, shards: 2 }).grantReadWriteData(newRole(stack));
    const json = JSON.stringify(Template.fromStack(stack).toJSON());
    // Hashes of assets may have twelve digits in a row.
    expect(json).not.toMatch(/us-east-1|:\d{12}:/);
  });

  test('uses the key of its data class, or the given one', () => {
    const stack = newStack();
    const own = new Key(stack, 'Own');
    const given = new ShardedTable(stack, 'Given', { partitionKey: ID, encryptionKey: own });
    const open = new ShardedTable(stack, 'Open', { partitionKey: ID, dataClass: DataClass.PUBLIC_DATA });
    expect(given.encryptionKey).toBe(own);
    expect(open.encryptionKey).toBe(Keyring.of(stack).keyFor(DataClass.PUBLIC_DATA));
    for (const [id, { Properties }] of shardsOf(stack)) {
      const key = id.startsWith('Given') ? own : open.encryptionKey;
      expect(Properties.SSESpecification.KMSMasterKeyId).toEqual(stack.resolve(key.keyArn));
    }
  });

  test('has indexes whose keys are one or more attributes', () => {
    const stack = newStack();
    new ShardedTable(stack, 'Orders', {
      partitionKey: ID,
      globalSecondaryIndexes: [
        {
          indexName: 'byDay',
          partitionKeys: [
            { name: 'day', type: AttributeType.STRING },
            { name: 'shop', type: AttributeType.STRING },
          ],
          sortKeys: [{ name: 'time', type: AttributeType.NUMBER }],
        },
        { indexName: 'bare', partitionKeys: [SORT], nonKeyAttributes: [] },
        { indexName: 'some', partitionKeys: [SORT], nonKeyAttributes: ['total'] },
      ],
    });
    const indexes = shardsOf(stack)[0]![1]['Properties'].GlobalSecondaryIndexes;
    expect(indexes[0].KeySchema).toEqual([
      { AttributeName: 'day', KeyType: 'HASH' },
      { AttributeName: 'shop', KeyType: 'HASH' },
      { AttributeName: 'time', KeyType: 'RANGE' },
    ]);
    expect(indexes.map((index: { Projection: object }) => index.Projection)).toEqual([
      { ProjectionType: 'ALL' },
      { ProjectionType: 'KEYS_ONLY' },
      { ProjectionType: 'INCLUDE', NonKeyAttributes: ['total'] },
    ]);
  });

  test('has one metric for throttled requests of all shards', () => {
    const stack = newStack();
    const table = new ShardedTable(stack, 'Orders', { partitionKey: ID, shards: 3 });
    new Alarm(stack, 'Alarm', {
      metric: table.metricThrottledRequests(),
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    const [alarm] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'));
    const stats = alarm!['Properties'].Metrics.filter((m: { MetricStat?: object }) => m.MetricStat);
    expect(stats).toHaveLength(6);
  });
});

describe('grants of a ShardedTable', () => {
  const QUERIES = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'];
  const READS = [...QUERIES, 'dynamodb:Scan'];
  // Without BatchWriteItem, a right to which is a right to delete.
  const PUTS = ['dynamodb:ConditionCheckItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'];
  const WRITES = ['dynamodb:BatchWriteItem', ...PUTS, 'dynamodb:DeleteItem'];

  test.each([
    ['grantQueryData', QUERIES, false],
    ['grantReadData', READS, false],
    ['grantPutData', PUTS, true],
    ['grantDeleteData', 'dynamodb:DeleteItem', true],
    ['grantWriteData', WRITES, true],
    ['grantQueryPutData', [...QUERIES, ...PUTS], true],
    ['grantReadWriteData', [...READS, ...WRITES], true],
  ] as const)(
    '%s names every action and shard, the key through DynamoDB, and reading the map',
    (method, actions, writes) => {
      const stack = newStack();
      const table = new ShardedTable(stack, 'Orders', { partitionKey: ID, shards: 2 });
      table[method](newRole(stack)).assertSuccess();
      const [data, key, map, mapKey, ...more] = statementsOf(stack, 'Role');
      expect(more).toEqual([]);
      expect(data!.Action).toEqual(actions);
      expect(data!.Resource).toEqual(table.shards.map(({ tableArn }) => stack.resolve(tableArn)));
      expect(list(key!.Action).includes('kms:GenerateDataKey')).toBe(writes);
      expect(key!.Resource).toEqual(stack.resolve(table.encryptionKey.keyArn));
      expect(map).toMatchObject({
        Action: 'dynamodb:GetItem',
        Resource: stack.resolve(ShardedTable.mapTableOf(stack).tableArn),
      });
      expect(mapKey!.Action).toEqual(['kms:Decrypt', 'kms:DescribeKey']);
      for (const statement of [key, mapKey]) expect(JSON.stringify(statement!.Condition)).toContain('"dynamodb."');
    },
  );

  test('have no wildcard except for the indexes of a declared table', () => {
    const stack = newStack();
    const table = new ShardedTable(stack, 'Orders', {
      partitionKey: ID,
      globalSecondaryIndexes: [{ indexName: 'byOrder', partitionKeys: [SORT] }],
    });
    table.grantReadWriteData(newRole(stack));
    const statements = statementsOf(stack, 'Role');
    expect(statements.flatMap(({ Action }) => list(Action)).filter((action) => action.includes('*'))).toEqual([]);
    const wild = statements.flatMap(({ Resource }) => [Resource].flat()).filter((r) => JSON.stringify(r).includes('*'));
    expect(wild).toEqual([stack.resolve(`${table.shards[0]!.tableArn}/index/*`)]);
  });

  test('give a grantee’s environment the map table’s name, but no names of shards', () => {
    const stack = newStack();
    const environment = new Map<string, string>();
    const grantee = {
      grantPrincipal: newRole(stack).grantPrincipal,
      addEnvironment: (name: string, value: string) => void environment.set(name, value),
    };
    new ShardedTable(stack, 'Orders', { partitionKey: ID, shards: 2 }).grantReadData(grantee);
    expect(Object.fromEntries(environment)).toEqual({
      BREAKWATER_MAP_TABLE: ShardedTable.mapTableOf(stack).tableName,
    });
  });
});

describe('ShardedTable fails when', () => {
  const make = (props: Partial<ShardedTableProps>) => () =>
    new ShardedTable(newStack(), 'Orders', { partitionKey: ID, ...props });
  const index = (more: object) => ({
    globalSecondaryIndexes: [{ indexName: 'byDay', partitionKeys: [SORT], ...more }],
  });
  const attributes = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ name: `a${i}`, type: AttributeType.STRING }));

  test.each<[string, Partial<ShardedTableProps>, string | RegExp]>([
    [
      'the partition key is absent (JavaScript)',
      { partitionKey: undefined as unknown as Attribute },
      'Shop/Orders: partitionKey must be given, got nothing',
    ],
    [
      'the type of a key is a text (JavaScript)',
      { partitionKey: { name: 'id', type: 'string' as AttributeType } },
      "partitionKey type must be an AttributeType, got 'string'; use AttributeType.BINARY, AttributeType.NUMBER or AttributeType.STRING",
    ],
    [
      'dataClass is a text (JavaScript)',
      { dataClass: 'personal' as unknown as DataClass },
      "dataClass must be a DataClass, got 'personal'; use DataClass.PERSONAL, another constant or DataClass.of()",
    ],
    [
      'the indexes are no list (JavaScript)',
      { globalSecondaryIndexes: {} as ShardedTableIndex[] },
      'globalSecondaryIndexes must be a list, got an object',
    ],
    [
      'the keys of an index are one attribute (JavaScript)',
      { globalSecondaryIndexes: [{ indexName: 'byDay', partitionKeys: SORT as unknown as Attribute[] }] },
      'globalSecondaryIndexes[0].partitionKeys must be a list, got an object',
    ],
    [
      'a prop does not exist (JavaScript)',
      { sharts: 4 } as Partial<ShardedTableProps>,
      /Shop\/Orders: props must be of .*shards.*, got sharts/,
    ],
    ['shards is 0', { shards: 0 }, 'Shop/Orders: shards must be a whole number from 1 to 128, got 0'],
    ['shards is 129', { shards: 129 }, /from 1 to 128, got 129/],
    ['shards is not whole', { shards: 1.5 }, /got 1.5/],
    ['shards is a token', { shards: Token.asNumber({ Ref: 'Count' }) }, /shards must be a literal, got a token/],
    ['tableName is empty', { tableName: '' }, /tableName must be 1 to 255 letters/],
    ['tableName has a space', { tableName: 'my orders' }, /tableName must be .* got 'my orders'/],
    ['tableName is a token', { tableName: Aws.STACK_NAME }, /tableName must be a literal, got a token/],
    ['the partition key is nameless', { partitionKey: { ...ID, name: '' } }, /partitionKey must have a name/],
    ['the partition key is the library’s', { partitionKey: { ...ID, name: '_id' } }, /must not start with '_'/],
    [
      'the partition key is a token',
      { partitionKey: { ...ID, name: Aws.REGION } },
      /partitionKey name must be a literal/,
    ],
    ['the sort key is the partition key', { sortKey: ID }, /sortKey must be another attribute/],
    [
      'an attribute has two types',
      { ...index({ partitionKeys: [{ ...ID, type: AttributeType.NUMBER }] }) },
      /got 'customerId' as N here and as S in another key/,
    ],
    [
      'there are 21 indexes',
      {
        globalSecondaryIndexes: Array.from({ length: 21 }, (_, i) => ({ indexName: `by${i}x`, partitionKeys: [SORT] })),
      },
      /at most 20 entries, got 21/,
    ],
    ['an index has a short name', index({ indexName: 'ab' }), /globalSecondaryIndexes\[0\].indexName must be 3 to 255/],
    [
      'two indexes share a name',
      {
        globalSecondaryIndexes: [
          { indexName: 'byDay', partitionKeys: [SORT] },
          { indexName: 'byDay', partitionKeys: [SORT] },
        ],
      },
      /\[1\].indexName must be unique in its table, got 'byDay' twice/,
    ],
    ['an index has no partition key', index({ partitionKeys: [] }), /partitionKeys must be 1 to 4 attributes, got 0/],
    [
      'an index has 5 partition keys',
      index({ partitionKeys: attributes(5) }),
      /partitionKeys must be 1 to 4 attributes, got 5/,
    ],
    ['an index has 5 sort keys', index({ sortKeys: attributes(5) }), /sortKeys must be 0 to 4 attributes, got 5/],
    ['an index names an attribute twice', index({ sortKeys: [SORT] }), /each key attribute once, got 'orderId' twice/],
    [
      'an index carries the outbox',
      index({ nonKeyAttributes: ['_outbox'] }),
      /nonKeyAttributes must not start with '_'/,
    ],
    ['the time to live is the library’s', { timeToLiveAttribute: '_x' }, /timeToLiveAttribute must not start with '_'/],
    [
      'the time to live is a text key',
      { timeToLiveAttribute: 'customerId' },
      /timeToLiveAttribute must be a number, got 'customerId'/,
    ],
    [
      'the time to live is a token',
      { timeToLiveAttribute: Lazy.string({ produce: () => 'x' }) },
      /timeToLiveAttribute must be a literal/,
    ],
  ])('%s', (_, props, message) => {
    expect(make(props)).toThrow(message);
  });

  test('another table of the stack has its name', () => {
    const stack = newStack();
    new ShardedTable(stack, 'Orders', { partitionKey: ID });
    expect(() => new ShardedTable(stack, 'More', { partitionKey: ID, tableName: 'Orders' })).toThrow(
      "Shop/More: tableName must be unique in its top-level stack, got 'Orders', which is also the name of Shop/Orders",
    );
  });
});

test('any number of shards within the limits synthesizes that many tables', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), (shards) => {
      const table = new ShardedTable(newStack(), 'Orders', { partitionKey: ID, shards });
      expect(new Set(table.shards.map(({ node }) => node.id)).size).toBe(shards);
    }),
    { numRuns: 5 },
  );
});
