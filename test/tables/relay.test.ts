import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DeploymentProfile } from '../../lib/profile';
import { Quarantine } from '../../lib/quarantine';
import { type IPublishTarget, Relay, ShardedTable } from '../../lib/tables';

const KEY = { name: 'id', type: AttributeType.STRING };
const newStack = () => new Stack(new App(), 'Shop');

/** A target that remembers whom it let in. */
function target(stack: Stack, targetName: string, fifo = false): IPublishTarget & { senders: IGrantable[] } {
  const queue = new Queue(stack, `${targetName}Queue`, fifo ? { fifo } : {});
  const senders: IGrantable[] = [];
  return {
    targetName,
    queue,
    fifo,
    senders,
    grantSendMessages(grantee) {
      senders.push(grantee);
      return Grant.addToPrincipal({ grantee, actions: ['sqs:SendMessage'], resourceArns: [queue.queueArn] });
    },
  };
}

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: object;
}

/** The statements in policies of a part of the stack. */
function rightsIn(template: Template, policy: RegExp): Statement[] {
  return Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([id]) => policy.test(id))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Statement[]);
}

function published() {
  const stack = newStack();
  const orders = new ShardedTable(stack, 'Orders', { partitionKey: KEY, shards: 3 });
  const refunds = new ShardedTable(stack, 'Refunds', { partitionKey: KEY });
  const payments = target(stack, 'Payments');
  const mail = target(stack, 'Mail', true);
  orders.publishTo(payments);
  orders.publishTo(mail);
  refunds.publishTo(payments);
  return { stack, orders, refunds, payments, mail, template: Template.fromStack(stack) };
}

describe('publishTo', () => {
  test('reads the stream of every shard once, and only records with an outbox, until they are sent', () => {
    const { template, orders, refunds, stack } = published();
    const mappings = Object.values(template.findResources('AWS::Lambda::EventSourceMapping'));
    expect(mappings.map(({ Properties }) => Properties.EventSourceArn)).toEqual(
      [...orders.shards, ...refunds.shards].map(({ tableStreamArn }) => stack.resolve(tableStreamArn)),
    );
    for (const { Properties } of mappings) {
      expect(Properties).toMatchObject({
        StartingPosition: 'TRIM_HORIZON',
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: -1,
        MaximumRecordAgeInSeconds: 82_800,
        FilterCriteria: {
          Filters: [{ Pattern: '{"dynamodb":{"NewImage":{"_outbox":{"S":[{"exists":true}]}}}}' }],
        },
      });
      // The mapped function throws rather than naming single failures: both clouds then bring the whole batch again.
      expect(Properties).not.toHaveProperty('FunctionResponseTypes');
    }
  });

  test('creates the mapping after the relay’s permission to read the stream', () => {
    const { template } = published();
    for (const mapping of Object.values(template.findResources('AWS::Lambda::EventSourceMapping'))) {
      expect(mapping['DependsOn']).toContainEqual(expect.stringMatching(/^BreakwaterRelayFunctionRoleDefaultPolicy/));
    }
  });

  /** The resource that writes a table's map and what its shards may publish. */
  const mapOf = (template: Template, table: string) => {
    const maps = template.findResources('Custom::BreakwaterShardMap', { Properties: { Table: table } });
    return Object.entries(maps)[0]!;
  };

  test('has the map table say which targets each table declared, and makes relay and tick senders of each once', () => {
    const { template, payments, mail } = published();
    expect(mapOf(template, 'Orders')[1]['Properties'].Targets).toEqual([
      { Name: 'Payments', Url: { Ref: expect.stringMatching(/^PaymentsQueue/) }, Fifo: 'false' },
      { Name: 'Mail', Url: { Ref: expect.stringMatching(/^MailQueue/) }, Fifo: 'true' },
    ]);
    expect(mapOf(template, 'Refunds')[1]['Properties'].Targets).toEqual([
      { Name: 'Payments', Url: { Ref: expect.stringMatching(/^PaymentsQueue/) }, Fifo: 'false' },
    ]);
    expect(payments.senders).toHaveLength(2);
    expect(mail.senders).toEqual(payments.senders);
  });

  test('creates the mapping after the map table has entries for its shard', () => {
    const { template } = published();
    const [id] = mapOf(template, 'Refunds');
    const [mapping] = Object.entries(template.findResources('AWS::Lambda::EventSourceMapping')).find(([name]) =>
      name.startsWith('RefundsOutbox'),
    ) as [string, object];
    expect(template.findResources('AWS::Lambda::EventSourceMapping')[mapping]?.['DependsOn']).toContain(id);
  });

  test('maps the alias of the relay, never $LATEST', () => {
    const { template } = published();
    const [alias] = Object.keys(template.findResources('AWS::Lambda::Alias')).filter((id) =>
      id.startsWith('BreakwaterRelayFunctionLive'),
    );
    for (const { Properties } of Object.values(template.findResources('AWS::Lambda::EventSourceMapping'))) {
      // The function's name is cut out of the alias' ARN, and the alias' name follows.
      expect(JSON.stringify(Properties.FunctionName)).toContain(`{"Ref":"${alias}"}`);
      expect(Properties.FunctionName['Fn::Join'][1].at(-1)).toBe(':live');
    }
  });

  test('lets the relay read streams and the map table, and no data', () => {
    const { template, stack, orders, refunds } = published();
    const rights = rightsIn(template, /^BreakwaterRelay/)
      // Those on the quarantine are another test's.
      .filter(({ Condition }) => Condition === undefined)
      .flatMap(({ Action, Resource }) =>
        [Action].flat().flatMap((action) => [Resource].flat().map((resource) => ({ action, resource }))),
      )
      .filter(({ action }) => action.startsWith('dynamodb:'));
    const streams = [...orders.shards, ...refunds.shards].map(({ tableStreamArn }) => stack.resolve(tableStreamArn));
    const of = (wanted: string) => rights.filter(({ action }) => action === wanted).map(({ resource }) => resource);
    expect(new Set(rights.map(({ action }) => action))).toEqual(
      new Set([
        'dynamodb:DescribeStream',
        'dynamodb:GetRecords',
        'dynamodb:GetShardIterator',
        'dynamodb:ListStreams',
        'dynamodb:GetItem',
      ]),
    );
    expect(of('dynamodb:GetRecords')).toEqual(streams);
    expect(of('dynamodb:GetItem')).toEqual([stack.resolve(ShardedTable.mapTableOf(stack).tableArn)]);
    // AWS defines this one without resources.
    expect(of('dynamodb:ListStreams')).toEqual(['*']);
  });

  test('lets the relay put messages into the quarantine, look whether others wait, and take none out', () => {
    const { template } = published();
    const statements = rightsIn(template, /^BreakwaterRelay/).filter(({ Condition }) =>
      JSON.stringify(Condition ?? {}).includes('LeadingKeys'),
    );
    expect(statements.map(({ Action, Condition }) => [Action, Condition])).toEqual([
      [
        ['dynamodb:PutItem', 'dynamodb:Query'],
        { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['waiting#*'] } },
      ],
      ['dynamodb:PutItem', { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['held#*'] } }],
    ]);
  });

  test('makes the tick a sender of each target, with the map table that names their queues', () => {
    const { stack, template, payments, mail } = published();
    const { tick } = Quarantine.of(stack);
    expect(payments.senders).toEqual([Relay.of(stack).function, tick]);
    expect(mail.senders).toEqual(payments.senders);
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({
          BREAKWATER_NAME: 'tick',
          BREAKWATER_MAP_TABLE: stack.resolve(ShardedTable.mapTableOf(stack).tableName),
          BREAKWATER_QUARANTINE_TABLE: Match.anyValue(),
          BREAKWATER_STACK: 'Shop',
        }),
      },
      Timeout: 60,
    });
    const reads = rightsIn(template, /^BreakwaterQuarantineTick/).filter(({ Action }) => Action === 'dynamodb:GetItem');
    expect(reads.map(({ Resource }) => Resource)).toEqual([stack.resolve(ShardedTable.mapTableOf(stack).tableArn)]);
  });

  describe('records that Lambda gives up', () => {
    const mappingsOf = (stack: Stack) =>
      Object.values(Template.fromStack(stack).findResources('AWS::Lambda::EventSourceMapping'));

    test('go into a bucket, whole, if a table of the stack is in production', () => {
      const stack = newStack();
      const payments = target(stack, 'Payments');
      const table = (id: string, profile: DeploymentProfile) =>
        new ShardedTable(stack, id, { partitionKey: KEY, profile }).publishTo(payments);
      table('Trial', DeploymentProfile.SANDBOX);
      table('Orders', DeploymentProfile.PRODUCTION);
      const { lostRecords } = Relay.of(stack);
      expect(mappingsOf(stack).map(({ Properties }) => Properties.DestinationConfig)).toEqual([
        { OnFailure: { Destination: stack.resolve(lostRecords!.bucketArn) } },
        { OnFailure: { Destination: stack.resolve(lostRecords!.bucketArn) } },
      ]);
      const template = Template.fromStack(stack);
      template.hasResourceProperties('AWS::S3::Bucket', {
        LifecycleConfiguration: { Rules: Match.arrayWith([Match.objectLike({ ExpirationInDays: 90 })]) },
      });
      const rights = rightsIn(template, /^BreakwaterRelay/).flatMap(({ Action }) => Action);
      expect(rights).toEqual(expect.arrayContaining(['s3:PutObject', 's3:ListBucket', 'kms:GenerateDataKey']));
    });

    test('are dropped with a sandbox, whose stack is deleted with all data', () => {
      const stack = newStack();
      const orders = new ShardedTable(stack, 'Orders', { partitionKey: KEY, profile: DeploymentProfile.SANDBOX });
      orders.publishTo(target(stack, 'Payments'));
      expect(Relay.of(stack).lostRecords).toBeUndefined();
      expect(mappingsOf(stack)[0]!['Properties']).not.toHaveProperty('DestinationConfig');
      Template.fromStack(stack).resourceCountIs('AWS::S3::Bucket', 0);
    });
  });

  test('makes no queue of its own', () => {
    const { template } = published();
    expect(Object.keys(template.findResources('AWS::SQS::Queue')).sort()).toEqual([
      expect.stringMatching(/^MailQueue/),
      expect.stringMatching(/^PaymentsQueue/),
    ]);
  });

  test('has a timeout that suffices for retries and the quarantine', () => {
    published().template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({ BREAKWATER_NAME: 'relay', BREAKWATER_MAP_TABLE: Match.anyValue() }),
      },
      Timeout: 60,
    });
  });

  test('changes nothing if it is called twice', () => {
    const stack = newStack();
    const orders = new ShardedTable(stack, 'Orders', { partitionKey: KEY });
    const payments = target(stack, 'Payments');
    orders.publishTo(payments);
    orders.publishTo(payments);
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::EventSourceMapping', 1);
    expect(payments.senders).toHaveLength(2);
  });

  test('creates no relay if nothing is published', () => {
    const stack = newStack();
    new ShardedTable(stack, 'Orders', { partitionKey: KEY });
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::EventSourceMapping', 0);
    expect(stack.node.tryFindChild('BreakwaterRelay')).toBeUndefined();
  });

  test('fails when two targets share a name', () => {
    const stack = newStack();
    const orders = new ShardedTable(stack, 'Orders', { partitionKey: KEY });
    orders.publishTo(target(stack, 'Payments'));
    const other = { ...target(new Stack(stack, 'Other'), 'Payments') };
    expect(() => orders.publishTo(other)).toThrow(
      "Shop/Orders: publishTo must have only one target for each name, got 'Payments' for Shop/PaymentsQueue and Shop/Other/PaymentsQueue",
    );
  });

  test('fails if the name of a target is invalid or a token', () => {
    const stack = newStack();
    const orders = new ShardedTable(stack, 'Orders', { partitionKey: KEY });
    const queue = new Queue(stack, 'Queue');
    const named = (targetName: string): IPublishTarget => ({
      ...target(stack, `T${stack.node.children.length}`),
      queue,
      targetName,
    });
    expect(() => orders.publishTo(named('new orders'))).toThrow(
      /targetName must be 1 to 128 letters.*got 'new orders'/,
    );
    expect(() => orders.publishTo(named(stack.stackId))).toThrow(/targetName must be a literal, got a token/);
  });
});
