import { App, Mixins, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AttributeType, Table, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { CfnLogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket, CfnBucket, CfnBucketPolicy } from 'aws-cdk-lib/aws-s3';
import { CfnTopic, Topic } from 'aws-cdk-lib/aws-sns';
import { CfnQueue, CfnQueuePolicy, Queue } from 'aws-cdk-lib/aws-sqs';
import { CustomerKey, DataClass, Keyring, LogRetention, TlsOnly } from '../../lib/keyring';

const newStack = () => new Stack(new App(), 'Theirs');

const DENIAL = Match.objectLike({
  Effect: 'Deny',
  Principal: '*',
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
});

describe('TlsOnly', () => {
  test.each([
    ['an L2 bucket', (s: Stack) => new Bucket(s, 'It'), 'AWS::S3::BucketPolicy'],
    ['an L1 bucket', (s: Stack) => new CfnBucket(s, 'It'), 'AWS::S3::BucketPolicy'],
    ['an L2 queue', (s: Stack) => new Queue(s, 'It'), 'AWS::SQS::QueuePolicy'],
    ['an L1 queue', (s: Stack) => new CfnQueue(s, 'It'), 'AWS::SQS::QueuePolicy'],
    ['an L2 topic', (s: Stack) => new Topic(s, 'It'), 'AWS::SNS::TopicPolicy'],
    ['an L1 topic', (s: Stack) => new CfnTopic(s, 'It'), 'AWS::SNS::TopicPolicy'],
  ])('refuses plain HTTP at %s, in one policy', (_, make, policyType) => {
    const stack = newStack();
    make(stack);
    Mixins.of(stack).apply(new TlsOnly());
    const template = Template.fromStack(stack);
    template.resourceCountIs(policyType, 1);
    template.hasResourceProperties(policyType, { PolicyDocument: { Statement: Match.arrayWith([DENIAL]) } });
  });

  test.each([
    ['an L2', (s: Stack) => new Bucket(s, 'It')],
    ['an L1', (s: Stack) => new CfnBucket(s, 'It')],
  ])('refuses it at %s bucket and at each of its objects, for every action', (_, make) => {
    const stack = newStack();
    make(stack);
    Mixins.of(stack).apply(new TlsOnly());
    const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::S3::BucketPolicy'));
    const arn = { 'Fn::GetAtt': [expect.stringMatching(/^It/), 'Arn'] };
    expect(policy?.['Properties'].PolicyDocument.Statement).toEqual([
      expect.objectContaining({
        Effect: 'Deny',
        Action: 's3:*',
        Resource: [arn, { 'Fn::Join': ['', [arn, '/*']] }],
      }),
    ]);
  });

  test('changes the L1 resource if it is applied to an L2 construct', () => {
    const stack = newStack();
    new Queue(stack, 'Queue').with(new TlsOnly());
    Template.fromStack(stack).hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: { Statement: [DENIAL] },
    });
  });

  test('extends a policy that an L1 has, instead of overwriting it', () => {
    const stack = newStack();
    const theirs = { Effect: 'Allow', Action: 's3:GetObject', Principal: { AWS: '123456789012' }, Resource: '*' };
    const bucket = new CfnBucket(stack, 'Bucket');
    new CfnBucketPolicy(stack, 'BucketPolicy', { bucket: bucket.ref, policyDocument: { Statement: theirs } });
    const queue = new CfnQueue(stack, 'Queue');
    new CfnQueuePolicy(stack, 'QueuePolicy', { queues: [queue.ref], policyDocument: { Statement: [theirs] } });
    Mixins.of(stack).apply(new TlsOnly());
    const template = Template.fromStack(stack);
    for (const type of ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy']) {
      template.resourceCountIs(type, 1);
      template.hasResourceProperties(type, { PolicyDocument: { Statement: [theirs, DENIAL] } });
    }
  });

  test('still allows the account itself to publish to an L1 topic', () => {
    const stack = newStack();
    new CfnTopic(stack, 'Topic');
    Mixins.of(stack).apply(new TlsOnly());
    Template.fromStack(stack).hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Condition: { StringEquals: { 'aws:SourceOwner': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
  });
});

test('CustomerKey sets the key of tables, queues, topics, buckets and log groups', () => {
  const stack = newStack();
  new Table(stack, 'Table', { partitionKey: { name: 'id', type: AttributeType.STRING } });
  new Queue(stack, 'Queue', { encryption: undefined });
  new CfnTopic(stack, 'Topic');
  new Bucket(stack, 'Bucket');
  new CfnLogGroup(stack, 'Logs');
  const key = Keyring.of(stack).keyFor(DataClass.of('theirs'));
  Mixins.of(stack).apply(new CustomerKey(key));
  const arn = stack.resolve(key.keyArn);
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::DynamoDB::Table', {
    SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: arn },
  });
  template.hasResourceProperties('AWS::SQS::Queue', { KmsMasterKeyId: arn, SqsManagedSseEnabled: Match.absent() });
  template.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: arn });
  template.hasResourceProperties('AWS::S3::Bucket', {
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [
        { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: arn } },
      ],
    },
  });
  template.hasResourceProperties('AWS::Logs::LogGroup', { KmsKeyId: arn });
});

describe('CustomerKey on a TableV2', () => {
  const partitionKey = { name: 'id', type: AttributeType.STRING };

  // TableV2 warns of what it passes to itself.
  beforeEach(() => void jest.spyOn(console, 'warn').mockImplementation(() => undefined));
  afterEach(() => jest.restoreAllMocks());

  test.each([
    ['its owner’s choice', {}],
    ['the key of AWS', { encryption: TableEncryptionV2.awsManagedKey() }],
  ])('sets the key of its replica, instead of %s', (_, props) => {
    const stack = newStack();
    const key = Keyring.of(stack).keyFor(DataClass.PERSONAL);
    const table = new TableV2(stack, 'Table', { partitionKey, ...props });
    table.with(new CustomerKey(key));
    Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      Replicas: [{ Region: { Ref: 'AWS::Region' }, SSESpecification: { KMSMasterKeyId: stack.resolve(key.keyArn) } }],
    });
  });

  test('fails if it has replicas in other Regions, also if they are added later', () => {
    const stack = new Stack(new App(), 'Theirs', { env: { region: 'eu-central-1' } });
    const table = new TableV2(stack, 'Table', { partitionKey });
    table.with(new CustomerKey(Keyring.of(stack).keyFor(DataClass.PERSONAL)));
    table.addReplica({ region: 'eu-west-1' });
    expect(() => Template.fromStack(stack)).toThrow(
      /Theirs\/Table\/Resource: replicas must be only the one of the home Region, because .* Region, got "eu-west-1", "eu-central-1"/,
    );
  });
});

describe('LogRetention', () => {
  test('sets the retention of log groups', () => {
    const stack = newStack();
    new LogGroup(stack, 'L2', { retention: RetentionDays.INFINITE });
    new CfnLogGroup(stack, 'L1');
    Mixins.of(stack).apply(new LogRetention(RetentionDays.ONE_MONTH));
    Template.fromStack(stack).allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  test('fails if the retention is infinite', () => {
    expect(() => new LogRetention(RetentionDays.INFINITE)).toThrow(
      'LogRetention: retention must be finite, got INFINITE',
    );
  });
});
