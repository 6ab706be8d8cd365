import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Bucket, EventType, type IBucket } from 'aws-cdk-lib/aws-s3';
import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Handler } from '../../lib/functions';
import { DataClass, Keyring } from '../../lib/keyring';
import { ShardedTable } from '../../lib/tables';
import { QueueKind, QueueWorker, WorkerSource } from '../../lib/workers';
import type { PolicyDocument } from '../../testing';
import { policyAllows } from '../../testing/resource-policy';

const ACCOUNT = '111111111111';
const env = { account: ACCOUNT, region: 'us-east-1' };
const handler = Handler.fromCode(Code.fromInline('exports.handler = async () => {}'), 'index.handler');
const newStack = (app = new App()) => new Stack(app, 'Shop', { env });
const role = (stack: Stack, id: string) =>
  new Role(stack, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });

function shop(kind?: QueueKind) {
  const stack = newStack();
  return { stack, worker: new QueueWorker(stack, 'Jobs', { handler, kind }) };
}

/** A value with each reference as a text: `<Logical.Attribute>`, without the hash. */
function named(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(named);
  if (typeof value !== 'object' || value === null) return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  if (typeof Ref === 'string') return `<${Ref.replace(/[0-9A-F]{8}$/, '')}>`;
  if (Array.isArray(attribute)) return `<${String(attribute[0]).replace(/[0-9A-F]{8}$/, '')}.${attribute[1]}>`;
  if (Array.isArray(join)) return (named(join[1]) as unknown[]).join('');
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, named(inner)]));
}

/** The policy of the worker's queue. */
function policyOf(stack: Stack): PolicyDocument {
  const [policy] = Object.entries(Template.fromStack(stack).findResources('AWS::SQS::QueuePolicy'))
    .filter(([id]) => id.startsWith('JobsQueue'))
    .map(([, { Properties }]) => named(Properties.PolicyDocument));
  return policy as PolicyDocument;
}

/** Statements of a key's policy for AWS services. */
function keyStatements(stack: Stack): unknown[] {
  const keys = Object.values(Template.fromStack(stack).findResources('AWS::KMS::Key'));
  return keys.flatMap(({ Properties }) =>
    (Properties.KeyPolicy.Statement as { Principal: { Service?: string } }[])
      .filter(({ Principal }) => /^(sns|s3|events)\./.test(Principal.Service ?? ''))
      .map(named),
  );
}

const formOf = (stack: Stack) =>
  Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'))
    .map(({ Properties }) => Properties.Environment?.Variables?.BREAKWATER_MESSAGE_FORM as string | undefined)
    .filter((form) => form !== undefined);

type Connect = (stack: Stack, worker: QueueWorker) => void;
const SOURCES: Record<string, { connect: Connect; service: string; arn: string; other: string; form: string }> = {
  topic: {
    connect: (stack, worker) => worker.addSource(WorkerSource.fromTopic(new Topic(stack, 'Orders'))),
    service: 'sns.amazonaws.com',
    arn: '<Orders>',
    other: `arn:aws:sns:us-east-1:${ACCOUNT}:other`,
    form: 'sns',
  },
  bucket: {
    connect: (stack, worker) => worker.addSource(WorkerSource.fromBucket(new Bucket(stack, 'Files'))),
    service: 's3.amazonaws.com',
    arn: '<Files.Arn>',
    other: 'arn:aws:s3:::other',
    form: 's3',
  },
  rule: {
    connect: (stack, worker) =>
      worker.addSource(
        WorkerSource.fromRule(new Rule(stack, 'Nightly', { schedule: Schedule.expression('rate(1 day)') })),
      ),
    service: 'events.amazonaws.com',
    arn: '<Nightly.Arn>',
    other: `arn:aws:events:us-east-1:${ACCOUNT}:rule/other`,
    form: 'eventbridge',
  },
  pattern: {
    connect: (_stack, worker) => worker.addSource(WorkerSource.fromEventPattern({ source: ['aws.ecs'] })),
    service: 'events.amazonaws.com',
    arn: '<JobsEvents.Arn>',
    other: `arn:aws:events:us-east-1:${ACCOUNT}:rule/other`,
    form: 'eventbridge',
  },
};

describe.each(Object.entries(SOURCES))('a %s', (_name, { connect, service, arn, other, form }) => {
  const made = () => {
    const { stack, worker } = shop();
    connect(stack, worker);
    return stack;
  };

  test('reaches the queue, and no other source, service, account, role or user does', () => {
    const policy = policyOf(made());
    // Everybody who has another policy that allows it: such policies of the account don't matter here.
    const everybody = { Effect: 'Allow', Principal: { AWS: '*' }, Action: '*', Resource: '*' } as const;
    const open: PolicyDocument = { ...policy, Statement: [...policy.Statement, everybody] };
    const ask = (by: string, context: Record<string, string>, asked = policy) =>
      policyAllows(asked, {
        service: by,
        action: 'sqs:SendMessage',
        resource: '<JobsQueue.Arn>',
        context: { 'aws:securetransport': 'true', ...context },
      });
    const mine = { 'aws:sourceaccount': ACCOUNT };
    expect({
      declared: ask(service, { ...mine, 'aws:sourcearn': arn }),
      otherSource: ask(service, { ...mine, 'aws:sourcearn': other }, open),
      otherService: ask('ses.amazonaws.com', { ...mine, 'aws:sourcearn': arn }),
      noSource: ask(service, mine, open),
      operator: ask('iam', { 'aws:principalarn': `arn:aws:iam::${ACCOUNT}:role/operator` }, open),
      redrive: ask('iam', { 'aws:principalarn': '<BreakwaterQuarantineRedriveRole.Arn>' }, open),
    }).toEqual({
      declared: true,
      otherSource: false,
      otherService: false,
      noSource: false,
      operator: false,
      redrive: true,
    });
    // An ARN of a bucket has no account.
    expect(ask(service, { 'aws:sourceaccount': '222222222222', 'aws:sourcearn': arn })).toBe(form !== 's3');
  });

  test('is one condition more of the one denial', () => {
    const statements = policyOf(made()).Statement.filter(
      ({ Effect, Action }) => Effect === 'Deny' && String(Action).includes('SendMessage'),
    );
    expect(statements).toEqual([
      expect.objectContaining({
        Sid: 'OnlyDeclaredSenders',
        Condition: {
          StringNotEquals: { 'aws:PrincipalArn': ['<BreakwaterQuarantineRedriveRole.Arn>'] },
          ArnNotEquals: { 'aws:SourceArn': [arn] },
        },
      }),
    ]);
  });

  test('may use the key of the queue for sources of this account only', () => {
    const condition = {
      sns: { ArnLike: { 'aws:SourceArn': `arn:<AWS::Partition>:sns:us-east-1:${ACCOUNT}:*` } },
    }[form] ?? { StringEquals: { 'aws:SourceAccount': ACCOUNT } };
    expect(keyStatements(made())).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: service },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: '*',
        Condition: condition,
      },
    ]);
  });

  test('sets the form of the messages', () => {
    expect(formOf(made())).toEqual([form]);
  });
});

test('a topic is subscribed with its envelope, and by a filter if there is one', () => {
  const { stack, worker } = shop();
  const filterPolicy = { type: SubscriptionFilter.stringFilter({ allowlist: ['order'] }) };
  worker.addSource(WorkerSource.fromTopic(new Topic(stack, 'Orders'), { filterPolicy }));
  Template.fromStack(stack).hasResource('AWS::SNS::Subscription', {
    Properties: {
      Protocol: 'sqs',
      RawMessageDelivery: false,
      Endpoint: { 'Fn::GetAtt': [Match.stringLikeRegexp('^JobsQueue'), 'Arn'] },
      FilterPolicy: { type: ['order'] },
    },
    DependsOn: Match.arrayWith([Match.stringLikeRegexp('^JobsQueuePolicy')]),
  });
});

test('a bucket sends the named events of the named keys, after the queue’s policy allows it', () => {
  const { stack, worker } = shop();
  const bucket = new Bucket(stack, 'Files');
  const events = [EventType.OBJECT_CREATED_PUT, EventType.OBJECT_REMOVED];
  worker.addSource(WorkerSource.fromBucket(bucket, { events, prefix: 'in/', suffix: '.csv' }));
  worker.addSource(WorkerSource.fromBucket(bucket, { prefix: 'other/' }));
  const rules = {
    Key: {
      FilterRules: [
        { Name: 'suffix', Value: '.csv' },
        { Name: 'prefix', Value: 'in/' },
      ],
    },
  };
  Template.fromStack(stack).hasResource('Custom::S3BucketNotifications', {
    Properties: {
      NotificationConfiguration: {
        QueueConfigurations: [
          Match.objectLike({ Events: ['s3:ObjectCreated:Put'], Filter: rules }),
          Match.objectLike({ Events: ['s3:ObjectRemoved:*'], Filter: rules }),
          Match.objectLike({ Events: ['s3:ObjectCreated:*'] }),
        ],
      },
    },
    DependsOn: Match.arrayWith([Match.stringLikeRegexp('^JobsQueuePolicy')]),
  });
  expect(JSON.stringify(policyOf(stack)).match(/<Files.Arn>/g)).toHaveLength(4);
});

test('a pattern makes a rule on its bus that sends whole events', () => {
  const { stack, worker } = shop();
  const eventBus = new EventBus(stack, 'Bus');
  worker.addSource(WorkerSource.fromEventPattern({ source: ['a'] }, { eventBus }));
  worker.addSource(WorkerSource.fromEventPattern({ source: ['b'] }));
  Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
    EventBusName: { Ref: Match.stringLikeRegexp('^Bus') },
    EventPattern: { source: ['a'] },
    Targets: [{ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^JobsQueue'), 'Arn'] }, Id: 'Target0' }],
  });
  Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 2);
});

test('senders of plain messages are declared like other senders', () => {
  const { stack, worker } = shop();
  worker.addSource(WorkerSource.fromSender(role(stack, 'Till')));
  worker.addSource(WorkerSource.fromSender(Role.fromRoleArn(stack, 'Other', `arn:aws:iam::${ACCOUNT}:role/other`)));
  expect(formOf(stack)).toEqual(['plain']);
  const denial = policyOf(stack).Statement.find((statement) =>
    JSON.stringify(statement).includes('OnlyDeclaredSenders'),
  );
  expect(denial?.Condition).toEqual({
    StringNotEquals: {
      'aws:PrincipalArn': ['<BreakwaterQuarantineRedriveRole.Arn>', '<Till.Arn>', `arn:aws:iam::${ACCOUNT}:role/other`],
    },
  });
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'sqs:SendMessage' })]) },
    Roles: [{ Ref: Match.stringLikeRegexp('^Till') }],
  });
});

test('several sources of one form share a statement of the queue, and several workers one of the key', () => {
  const { stack, worker } = shop();
  const other = new QueueWorker(stack, 'Other', { handler });
  const [a, b] = [new Topic(stack, 'A'), new Topic(stack, 'B')];
  for (const topic of [a, b]) worker.addSource(WorkerSource.fromTopic(topic));
  other.addSource(WorkerSource.fromTopic(a));
  const allowed = policyOf(stack).Statement.filter(({ Effect }) => Effect === 'Allow');
  expect(allowed).toEqual([
    expect.objectContaining({ Sid: 'Fromsns', Condition: { ArnEquals: { 'aws:SourceArn': ['<A>', '<B>'] } } }),
  ]);
  expect(keyStatements(stack)).toHaveLength(1);
});

test('topics under the key of the queue, and topics of other accounts, work', () => {
  const { stack, worker } = shop();
  const masterKey = Keyring.of(stack).keyFor(DataClass.MESSAGES);
  worker.addSource(WorkerSource.fromTopic(new Topic(stack, 'Mine', { masterKey })));
  const theirs = 'arn:aws:sns:us-east-1:222222222222:theirs';
  worker.addSource(WorkerSource.fromTopic(Topic.fromTopicArn(stack, 'Theirs', theirs)));
  // It fails if two resources need each other.
  Template.fromStack(stack).hasResourceProperties('AWS::SNS::Subscription', { TopicArn: theirs });
  expect(JSON.stringify(keyStatements(stack))).toContain('arn:aws:sns:us-east-1:222222222222:*');
});

test('FIFO: a FIFO topic and plain senders reach a FIFO queue', () => {
  const { stack, worker } = shop(QueueKind.FIFO);
  worker.addSource(WorkerSource.fromTopic(new Topic(stack, 'Orders', { fifo: true })));
  Template.fromStack(stack).resourceCountIs('AWS::SNS::Subscription', 1);
  const plain = shop(QueueKind.FIFO);
  plain.worker.addSource(WorkerSource.fromSender(role(plain.stack, 'Till')));
  expect(formOf(plain.stack)).toEqual(['plain']);
});

test('sources of other stacks', () => {
  const app = new App();
  const stack = newStack(app);
  const other = new Stack(app, 'Data', { env });
  const worker = new QueueWorker(stack, 'Jobs', { handler });
  worker.addSource(WorkerSource.fromTopic(new Topic(other, 'Orders')));
  const nested = new NestedStack(stack, 'Nested');
  const inner = new QueueWorker(nested, 'Inner', { handler });
  inner.addSource(WorkerSource.fromBucket(new Bucket(stack, 'Files')));
  expect(() => app.synth()).not.toThrow();
});

describe('an existing queue', () => {
  test('of the app gets the statement', () => {
    const stack = newStack();
    const queue = new Queue(stack, 'Old');
    const worker = new QueueWorker(stack, 'Jobs', { handler, queue, deadLetterQueue: new Queue(stack, 'Dead') });
    worker.addSource(WorkerSource.fromTopic(new Topic(stack, 'Orders')));
    Template.fromStack(stack).hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [{ Ref: Match.stringLikeRegexp('^Old') }],
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage', Effect: 'Allow' }),
        ],
      },
    });
  });

  test('that is imported, or an imported key, gets a warning with the right that it needs', () => {
    const stack = newStack();
    const queue = Queue.fromQueueArn(stack, 'Old', `arn:aws:sqs:us-east-1:${ACCOUNT}:old`);
    const worker = new QueueWorker(stack, 'Jobs', { handler, queue, deadLetterQueue: new Queue(stack, 'Dead') });
    worker.addSource(WorkerSource.fromTopic(new Topic(stack, 'Orders')));
    const right = Match.stringLikeRegexp('must allow sqs:SendMessage of sns.amazonaws.com');
    Annotations.fromStack(stack).hasWarning('/Shop/Jobs', right);
    const encryptionKey = Key.fromKeyArn(stack, 'Key', `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`);
    const keyed = new QueueWorker(stack, 'Keyed', { handler, encryptionKey });
    keyed.addSource(WorkerSource.fromBucket(new Bucket(stack, 'Files')));
    const use = Match.stringLikeRegexp('must allow kms:GenerateDataKey and kms:Decrypt of s3.amazonaws.com');
    Annotations.fromStack(stack).hasWarning('/Shop/Keyed', use);
  });
});

describe('fails', () => {
  test.each<[string, Connect, RegExp]>([
    [
      'with a topic twice',
      (stack, worker) => {
        const arn = `arn:aws:sns:us-east-1:${ACCOUNT}:orders`;
        for (const id of ['A', 'B']) worker.addSource(WorkerSource.fromTopic(Topic.fromTopicArn(stack, id, arn)));
      },
      /source must be added once, got the topic 'Shop\/B' twice/,
    ],
    [
      'with a bucket and its filter twice',
      (stack, worker) => {
        const bucket = new Bucket(stack, 'Files');
        for (const _ of 'ab') worker.addSource(WorkerSource.fromBucket(bucket, { prefix: 'in/' }));
      },
      /source must be added once, got the bucket 'Shop\/Files' twice/,
    ],
    [
      'with a rule twice',
      (stack, worker) => {
        const rule = new Rule(stack, 'R', { schedule: Schedule.expression('rate(1 day)') });
        for (const _ of 'ab') worker.addSource(WorkerSource.fromRule(rule));
      },
      /source must be added once, got the rule 'Shop\/R' twice/,
    ],
    [
      'with a pattern twice',
      (_stack, worker) => {
        for (const _ of 'ab') worker.addSource(WorkerSource.fromEventPattern({ source: ['a'] }));
      },
      /source must be added once, got the event pattern twice/,
    ],
    [
      'with a sender twice',
      (stack, worker) => {
        const sender = role(stack, 'Till');
        for (const _ of 'ab') worker.addSource(WorkerSource.fromSender(sender));
      },
      /source must be added once, got the sender twice/,
    ],
    [
      'with sources of two forms',
      (stack, worker) => {
        worker.addSource(WorkerSource.fromTopic(new Topic(stack, 'Orders')));
        worker.addSource(WorkerSource.fromBucket(new Bucket(stack, 'Files')));
      },
      /source must have messages of the form 'sns' like the worker's other sources, got 's3'/,
    ],
    [
      'with a source beside a sender',
      (stack, worker) => {
        worker.grantSendMessages(role(stack, 'Till'));
        worker.addSource(WorkerSource.fromTopic(new Topic(stack, 'Orders')));
      },
      /source must be added to a worker without other senders/,
    ],
    [
      'with a sender beside a source',
      (stack, worker) => {
        worker.addSource(WorkerSource.fromSender(role(stack, 'Till')));
        worker.grantSendMessages(role(stack, 'Other'));
      },
      /sender must not be declared for a worker with sources/,
    ],
    [
      'with an outbox beside a source',
      (stack, worker) => {
        worker.addSource(WorkerSource.fromTopic(new Topic(stack, 'Orders')));
        const partitionKey = { name: 'id', type: AttributeType.STRING };
        new ShardedTable(stack, 'Table', { partitionKey }).publishTo(worker);
      },
      /sender must not be declared for a worker with sources/,
    ],
    [
      'with a topic of another Region',
      (stack, worker) => {
        const topic = Topic.fromTopicArn(stack, 'Far', `arn:aws:sns:eu-west-1:${ACCOUNT}:far`);
        worker.addSource(WorkerSource.fromTopic(topic));
      },
      /topic must be in the worker's Region us-east-1, got 'Shop\/Far' in eu-west-1/,
    ],
    [
      'with a bucket of another Region',
      (stack, worker) => {
        const attributes = { bucketName: 'far', region: 'eu-west-1' };
        worker.addSource(WorkerSource.fromBucket(Bucket.fromBucketAttributes(stack, 'Far', attributes)));
      },
      /bucket must be in the worker's own account and Region, got 'Shop\/Far' in eu-west-1 for a worker in us-east-1/,
    ],
    [
      'with a bucket of another account',
      (stack, worker) => {
        const attributes = { bucketName: 'far', account: '222222222222' };
        worker.addSource(WorkerSource.fromBucket(Bucket.fromBucketAttributes(stack, 'Far', attributes)));
      },
      /bucket must be in the worker's own account and Region, got 'Shop\/Far' in 222222222222/,
    ],
    [
      'with a rule of another account',
      (stack, worker) => {
        const far = new Stack(stack.node.scope as App, 'Far', { env: { ...env, account: '222222222222' } });
        worker.addSource(WorkerSource.fromRule(new Rule(far, 'R', { schedule: Schedule.expression('rate(1 day)') })));
      },
      /rule must be in the construct's own account and Region, got 'Far\/R' in 222222222222\/us-east-1/,
    ],
    [
      'with a bucket of another stack, because both stacks would need each other',
      (stack, worker) => {
        const other = new Stack(stack.node.scope as App, 'Data', { env });
        worker.addSource(WorkerSource.fromBucket(new Bucket(other, 'Files')));
      },
      /bucket must not make stacks need each other, got 'Data\/Files', which needs 'Shop\/Jobs'/,
    ],
    [
      'with no events',
      (stack, worker) => worker.addSource(WorkerSource.fromBucket(new Bucket(stack, 'Files'), { events: [] })),
      /events must have at least one event, got an empty list/,
    ],
    [
      'with an unknown event',
      (stack, worker) =>
        worker.addSource(WorkerSource.fromBucket(new Bucket(stack, 'F'), { events: ['created' as EventType] })),
      /events must be an EventType, got 'created'/,
    ],
    [
      'with an empty pattern',
      (_stack, worker) => worker.addSource(WorkerSource.fromEventPattern({})),
      /pattern must be an EventPattern with at least one field, got an object/,
    ],
    [
      'with a list as pattern',
      (_stack, worker) => worker.addSource(WorkerSource.fromEventPattern(['aws.ecs'] as object)),
      /pattern must be an EventPattern with at least one field, got/,
    ],
    [
      'with a misspelt option',
      (stack, worker) => worker.addSource(WorkerSource.fromBucket(new Bucket(stack, 'F'), { prefixes: 'a' } as object)),
      /props must be of events, prefix, suffix, got prefixes/,
    ],
    [
      'with a misspelt option of a pattern',
      (_stack, worker) =>
        worker.addSource(WorkerSource.fromEventPattern({ source: ['a'] }, { evntBus: 'b' } as object)),
      /^Shop\/Jobs: options: props must be of eventBus, got evntBus$/,
    ],
    ...(
      [
        ['fromEventPattern', null, 'options: props must be an object, got null'],
        ['fromEventPattern', { eventBus: null }, 'options.eventBus must be an IEventBus, got null'],
        ['fromEventPattern', { eventBus: 'bus' }, "options.eventBus must be an IEventBus, got 'bus'"],
        ['fromBucket', { prefix: 5 }, 'options.prefix must be a text, got 5'],
        ['fromBucket', { suffix: null }, 'options.suffix must be a text, got null'],
        ['fromBucket', { events: null }, 'options.events must be a list, got null'],
        ['fromBucket', { events: [undefined] }, 'options.events must be an EventType, got null'],
        ['fromTopic', { filterPolicy: 'red' }, "options.filterPolicy must be an object, got 'red'"],
        [
          'fromTopic',
          { filterPolicy: { colour: ['red'] } },
          "options.filterPolicy 'colour' must be a SubscriptionFilter, got a list",
        ],
        [
          'fromTopic',
          { filterPolicy: { colour: undefined } },
          "options.filterPolicy 'colour' must be a SubscriptionFilter, got nothing",
        ],
      ] as const
    ).map(([from, options, message]): [string, Connect, RegExp] => [
      `${from} with options of a wrong type: ${message}`,
      (stack, worker) => {
        const sources = {
          fromEventPattern: () => WorkerSource.fromEventPattern({ source: ['a'] }, options as never),
          fromBucket: () => WorkerSource.fromBucket(new Bucket(stack, 'F'), options as never),
          fromTopic: () => WorkerSource.fromTopic(new Topic(stack, 'T'), options as never),
        };
        worker.addSource(sources[from]());
      },
      new RegExp(`^Shop/Jobs: ${message.replace(/[.[\]]/g, '\\$&')}`),
    ]),
    [
      'with a bucket that is none',
      (_stack, worker) => worker.addSource(WorkerSource.fromBucket('files' as unknown as IBucket)),
      /bucket must be an IBucket, got 'files'/,
    ],
    [
      'with a source that is none',
      (stack, worker) => worker.addSource(new Topic(stack, 'T') as unknown as WorkerSource),
      /source must be a WorkerSource, got an instance of \w+; use WorkerSource.fromTopic\(\)/,
    ],
    [
      'with an imported rule',
      (stack, worker) => {
        const rule = Rule.fromEventRuleArn(stack, 'R', `arn:aws:events:us-east-1:${ACCOUNT}:rule/r`);
        worker.addSource(WorkerSource.fromRule(rule as Rule));
      },
      /rule must be a Rule of this app, got .*fromEventPattern/,
    ],
    [
      'without a sender',
      (_stack, worker) => worker.addSource(WorkerSource.fromSender(undefined as never)),
      /grantee must be a module, worker, function or role, got undefined/,
    ],
  ])('%s', (_name, connect, message) => {
    const { stack, worker } = shop();
    expect(() => connect(stack, worker)).toThrow(message);
  });

  test.each<[string, Connect, RegExp]>([
    [
      'a standard topic',
      SOURCES['topic']!.connect,
      /topic must be a FIFO topic for a FIFO queue, got the standard topic/,
    ],
    ['a bucket', SOURCES['bucket']!.connect, /bucket must send to a standard queue, got the FIFO queue/],
    ['a rule', SOURCES['rule']!.connect, /source must not be an EventBridge rule for a FIFO queue/],
    ['a pattern', SOURCES['pattern']!.connect, /source must not be an EventBridge rule for a FIFO queue/],
  ])('with %s for a FIFO queue', (_name, connect, message) => {
    const { stack, worker } = shop(QueueKind.FIFO);
    expect(() => connect(stack, worker)).toThrow(message);
  });
});
