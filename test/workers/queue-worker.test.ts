import { App, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import {
  AccountRootPrincipal,
  AnyPrincipal,
  CompositePrincipal,
  Role,
  ServicePrincipal,
  StarPrincipal,
  User,
} from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import * as fc from 'fast-check';
import { AliasedFunction, Handler, Scaling } from '../../lib/functions';
import { DeploymentProfile } from '../../lib/profile';
import { Quarantine } from '../../lib/quarantine';
import { QueueKind, QueueWorker, type QueueWorkerProps } from '../../lib/workers';

const handler = Handler.fromCode(Code.fromInline('exports.handler = async () => {}'), 'index.handler');

function synth(props: Partial<QueueWorkerProps> = {}) {
  const stack = new Stack(new App({ context: {} }), 'Shop');
  const worker = new QueueWorker(stack, 'Payments', { handler, ...props });
  return { stack, worker, template: () => Template.fromStack(stack) };
}

interface Statement {
  Sid?: string;
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

/** Statements of the policy of the worker's queue, or of its dead letters. */
function queuePolicy(template: Template, queue: 'Queue' | 'DeadLetters'): Statement[] {
  const [policy] = Object.entries(template.findResources('AWS::SQS::QueuePolicy'))
    .filter(([id]) => id.includes(queue === 'Queue' ? 'PaymentsQueue' : 'PaymentsDeadLetters'))
    .map(([, resource]) => resource.Properties.PolicyDocument.Statement as Statement[]);
  return policy!;
}

function senders(template: Template): unknown {
  return queuePolicy(template, 'Queue').find(({ Sid }) => Sid === 'OnlyDeclaredSenders')?.Condition?.StringNotEquals?.[
    'aws:PrincipalArn'
  ];
}

describe('QueueWorker', () => {
  test('handles batches of its queue with the alias, and reports failures of single messages', () => {
    synth()
      .template()
      .hasResourceProperties('AWS::Lambda::EventSourceMapping', {
        BatchSize: 10,
        EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('PaymentsQueue'), 'Arn'] },
        FunctionName: { 'Fn::Join': ['', Match.arrayWith([':live'])] },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: Match.absent(),
        ProvisionedPollerConfig: Match.absent(),
      });
  });

  test('encrypts both queues with one key of the keyring', () => {
    const template = synth().template();
    const keys = Object.values(template.findResources('AWS::SQS::Queue')).map((q) => q.Properties.KmsMasterKeyId);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toEqual(keys[1]);
    expect(JSON.stringify(keys[0])).toContain('BreakwaterKeyringmessages');
  });

  test('uses the given key instead', () => {
    const stack = new Stack(new App({ context: {} }), 'Shop');
    const encryptionKey = new Key(stack, 'Mine');
    new QueueWorker(stack, 'Payments', { handler, encryptionKey });
    Template.fromStack(stack).allResourcesProperties('AWS::SQS::Queue', {
      KmsMasterKeyId: stack.resolve(encryptionKey.keyArn),
    });
  });

  test('keeps messages for 14 days; SQS gives up after 1,000 receives, and only this queue moves messages there', () => {
    const template = synth().template();
    template.hasResourceProperties('AWS::SQS::Queue', {
      MessageRetentionPeriod: 14 * 86_400,
      RedriveAllowPolicy: { redrivePermission: 'byQueue', sourceQueueArns: [Match.anyValue()] },
    });
    template.hasResourceProperties('AWS::SQS::Queue', {
      MessageRetentionPeriod: 14 * 86_400,
      RedrivePolicy: { maxReceiveCount: 1_000, deadLetterTargetArn: Match.anyValue() },
    });
    const queues = Object.values(template.findResources('AWS::SQS::Queue')).map(({ Properties }) => Properties);
    const name: { 'Fn::Join': [string, unknown[]] } = queues.find((q) => q.QueueName !== undefined)!.QueueName;
    const [path, ...suffix] = name['Fn::Join'][1];
    const [source] = queues.find((q) => q.RedriveAllowPolicy !== undefined)!.RedriveAllowPolicy.sourceQueueArns;
    expect(JSON.stringify(source)).toContain(`:${path}`);
    expect(source['Fn::Join'][1]).toEqual(expect.arrayContaining(suffix));
  });

  // SQS refuses a name for 60 seconds after its queue was deleted.
  test('adds the stack’s own id to the queue’s name, so that a deleted stack can be deployed again at once (C15)', () => {
    const template = synth().template();
    const named = Object.values(template.findResources('AWS::SQS::Queue')).filter((q) => q['Properties'].QueueName);
    expect(named.map((q) => JSON.stringify(q['Properties'].QueueName))).toEqual([
      expect.stringContaining('"Ref":"AWS::StackId"'),
    ]);
  });

  test('queues refuse plain HTTP', () => {
    const template = synth().template();
    for (const queue of ['Queue', 'DeadLetters'] as const) {
      expect(queuePolicy(template, queue)).toContainEqual(
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      );
    }
  });

  test('may only consume its own queue and decrypt through SQS', () => {
    const template = synth().template();
    const [policy] = Object.values(template.findResources('AWS::IAM::Policy'));
    const own = (policy!.Properties.PolicyDocument.Statement as Statement[])
      .slice(2)
      .filter(({ Action }) => JSON.stringify(Action).includes('sqs:') || JSON.stringify(Action).includes('kms:'));
    expect(own).toEqual([
      expect.objectContaining({
        Resource: { 'Fn::GetAtt': [expect.stringContaining('quarantine'), 'Arn'] },
        Condition: { StringEquals: { 'kms:ViaService': expect.anything() } },
      }),
      expect.objectContaining({
        Action: ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
        Resource: { 'Fn::GetAtt': [expect.stringContaining('PaymentsQueue'), 'Arn'] },
      }),
      expect.objectContaining({
        Action: ['kms:Decrypt', 'kms:DescribeKey'],
        Condition: { StringEquals: { 'kms:ViaService': expect.anything() } },
      }),
    ]);
  });

  test('passes name and queue to the function', () => {
    synth({ targetName: 'pay' })
      .template()
      .hasResourceProperties('AWS::Lambda::Function', {
        Environment: {
          Variables: { BREAKWATER_NAME: 'pay', BREAKWATER_QUEUE_URL: { Ref: Match.stringLikeRegexp('PaymentsQueue') } },
        },
      });
  });

  test.each([
    [undefined, '21600', 180],
    [Duration.days(7), '604800', 1_210],
    [Duration.minutes(1), '60', 180],
  ])('with giveUpAfter %s, the function and the visibility timeout have it', (giveUpAfter, seconds, visibility) => {
    const template = synth({ giveUpAfter }).template();
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          BREAKWATER_GIVE_UP_AFTER: seconds,
          BREAKWATER_QUARANTINE_TABLE: { Ref: Match.stringLikeRegexp('QuarantineTable') },
        },
      },
    });
    template.hasResourceProperties('AWS::SQS::Queue', { VisibilityTimeout: visibility });
  });

  test('may hold messages for itself only', () => {
    const policies = Object.values(synth({ targetName: 'pay' }).template().findResources('AWS::IAM::Policy'));
    const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[]);
    const ITEM = ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:Query'];
    const own = statements.filter(({ Action }) => ITEM.every((action) => [Action].flat().includes(action)));
    const keys = own.flatMap(({ Condition }) =>
      Object.values(Condition ?? {}).map((test) => test['dynamodb:LeadingKeys']),
    );
    expect(keys).toEqual([['held#pay', 'once#pay#*']]);
  });

  test('has a visibility timeout of six timeouts plus the batching window', () => {
    synth({ timeout: Duration.seconds(20), maxBatchingWindow: Duration.seconds(5) })
      .template()
      .hasResourceProperties('AWS::SQS::Queue', { VisibilityTimeout: 125 });
  });

  test('FIFO keeps order in groups, and its dead letters are FIFO too', () => {
    const { worker, template } = synth({ kind: QueueKind.FIFO });
    expect(worker.fifo).toBe(true);
    template().allResourcesProperties('AWS::SQS::Queue', {
      FifoQueue: true,
      FifoThroughputLimit: 'perMessageGroupId',
      DeduplicationScope: 'messageGroup',
      ContentBasedDeduplication: false,
    });
    const names = Object.values(template().findResources('AWS::SQS::Queue')).map((q) => q['Properties'].QueueName);
    const [name] = names.filter((one) => one !== undefined);
    expect(name['Fn::Join'][1].at(-1)).toMatch(/\.fifo$/);
  });

  test('FIFO delivers one message at a time, so that a failure doesn’t affect other messages', () => {
    const { stack, template } = synth({ kind: QueueKind.FIFO });
    template().hasResourceProperties('AWS::Lambda::EventSourceMapping', { BatchSize: 1 });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('FIFO accepts a larger batch without a warning, as other kinds do', () => {
    const { stack, template } = synth({ kind: QueueKind.FIFO, batchSize: 10 });
    template().hasResourceProperties('AWS::Lambda::EventSourceMapping', { BatchSize: 10 });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('names of queues have a valid length for every path, and differ for different paths', () => {
    void fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,79}$/), { minLength: 2, maxLength: 2 }),
        (ids) => {
          const stack = new Stack(new App({ context: {} }), 'Shop');
          const names = ids.map((id) => {
            const { queue } = new QueueWorker(stack, id, { handler, kind: QueueKind.FIFO });
            const { queueName } = queue.node.defaultChild as CfnQueue;
            const parts: unknown[] = stack.resolve(queueName)['Fn::Join'][1];
            // 8 characters of the stack's id take the reference's place.
            return parts.map((part) => (typeof part === 'string' ? part : '0f4e1b30')).join('');
          });
          const [a, b] = names;
          expect(a).toMatch(/^[A-Za-z0-9_-]{1,75}\.fifo$/);
          expect(a).not.toBe(b);
        },
      ),
      { numRuns: 10 },
    );
  });

  test('metrics are those of its queues', () => {
    const { stack, worker } = synth();
    expect(worker.metricBacklog().metricName).toBe('ApproximateNumberOfMessagesVisible');
    expect(worker.metricBacklogAge({ period: Duration.minutes(1) }).period.toSeconds()).toBe(60);
    expect(stack.resolve(worker.metricDeadLetters().dimensions)).toEqual(
      stack.resolve({ QueueName: worker.deadLetterQueue.queueName }),
    );
  });
});

describe('QueueWorker senders', () => {
  /** The redrive function of the stack is a sender of each worker. */
  const redriveOf = (stack: Stack) => stack.resolve(Quarantine.of(stack).redrive.role.roleArn) as unknown;

  test('without any, sending is denied to everybody but the redrive function', () => {
    const { stack, template } = synth();
    expect(senders(template())).toEqual([redriveOf(stack)]);
  });

  test('the policies deny sending to everybody who isn’t listed, without other conditions', () => {
    const { stack, worker, template } = synth();
    const sender = new AliasedFunction(stack, 'Checkout', { handler });
    worker.grantSendMessages(sender);
    const denials = (queue: 'Queue' | 'DeadLetters') =>
      queuePolicy(template(), queue).filter((statement) => JSON.stringify(statement).includes('sqs:SendMessage'));
    const denied = (condition: object, queue: object) => ({
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 'sqs:SendMessage',
      Resource: queue,
      Condition: condition,
      Sid: expect.any(String),
    });
    expect(denials('Queue')).toEqual([
      denied(
        { StringNotEquals: { 'aws:PrincipalArn': [redriveOf(stack), stack.resolve(sender.role.roleArn)] } },
        stack.resolve(worker.queue.queueArn),
      ),
    ]);
    expect(denials('DeadLetters')).toEqual([
      denied({ Null: { 'aws:PrincipalArn': 'false' } }, stack.resolve(worker.deadLetterQueue.queueArn)),
    ]);
  });

  test('nobody may send to the dead-letter queue', () => {
    expect(queuePolicy(synth().template(), 'DeadLetters')).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Action: 'sqs:SendMessage', Principal: { AWS: '*' } }),
    );
  });

  test('a declared sender gets a policy and use of the key, and counts once', () => {
    const { stack, worker, template } = synth();
    const sender = new AliasedFunction(stack, 'Checkout', { handler });
    worker.grantSendMessages(sender).assertSuccess();
    worker.grantSendMessages(sender);
    expect(senders(template())).toEqual([redriveOf(stack), stack.resolve(sender.role.roleArn)]);
    template().hasResourceProperties('AWS::IAM::Policy', {
      Roles: [stack.resolve(sender.role.roleName)],
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 'sqs:SendMessage', Resource: stack.resolve(worker.queue.queueArn) }),
          Match.objectLike({ Action: ['kms:Decrypt', 'kms:GenerateDataKey'] }),
        ]),
      },
    });
  });

  test('users and imported roles can be senders', () => {
    const { stack, worker, template } = synth();
    const imported = 'arn:aws:iam::111122223333:role/till';
    worker.grantSendMessages(Role.fromRoleArn(stack, 'Till', imported));
    const user = new User(stack, 'Operator');
    worker.grantSendMessages(user);
    expect(senders(template())).toEqual([redriveOf(stack), imported, stack.resolve(user.userArn)]);
  });

  test.each([
    ['a service', new ServicePrincipal('events.amazonaws.com')],
    ['everybody', new StarPrincipal()],
    ['anybody', new AnyPrincipal()],
    [
      'one of several that are not',
      new CompositePrincipal(new ServicePrincipal('events.amazonaws.com'), new AccountRootPrincipal()),
    ],
    ['an account', new AccountRootPrincipal()],
  ])('fails when it is %s', (_what, principal) => {
    expect(() => synth().worker.grantSendMessages({ grantPrincipal: principal })).toThrow(
      'sender must be a role, a user or a construct that runs as one',
    );
  });

  test('fails when more are declared than a policy can name', () => {
    const grant = (count: number) => {
      const { stack, worker, template } = synth();
      for (let i = 0; i < count; i++) {
        worker.grantSendMessages(new Role(stack, `R${i}`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }));
      }
      return template;
    };
    expect(grant(30)).not.toThrow();
    expect(grant(80)).toThrow(/policy of the queue must fit 8192 bytes, got about \d+ with 81 senders/);
  });
});

describe('QueueWorker in the quarantine', () => {
  test('the redrive function knows its queue, and the tick adopts its dead letters', () => {
    const { stack, worker, template } = synth();
    const nameOf = (id: string) =>
      Match.objectLike({
        'Fn::Join': ['', ['{"Payments":"', { 'Fn::GetAtt': [Match.stringLikeRegexp(id), 'QueueName'] }, '"}']],
      });
    template().hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: `${stack.stackName}-redrive`,
      Environment: { Variables: { BREAKWATER_WORKER_QUEUES: nameOf('^PaymentsQueue') } },
    });
    template().hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { BREAKWATER_DEAD_LETTERS: nameOf('^PaymentsDeadLetters'), BREAKWATER_NAME: 'tick' } },
    });
    template().hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: ['sqs:DeleteMessage', 'sqs:GetQueueUrl', 'sqs:ReceiveMessage'],
            Resource: stack.resolve(worker.deadLetterQueue.queueArn),
          }),
        ]),
      },
    });
  });

  test('two workers of a stack have different target names, because they would share held messages', () => {
    const { stack } = synth();
    expect(() => new QueueWorker(stack, 'Other', { handler, targetName: 'Payments' })).toThrow(
      /targetName must be unique among the workers of a top-level stack, got 'Payments' twice/,
    );
  });
});

describe('QueueWorker concurrency', () => {
  test('a maximum protects the services that the worker calls', () => {
    synth({ maxConcurrency: 20 })
      .template()
      .hasResourceProperties('AWS::Lambda::EventSourceMapping', { ScalingConfig: { MaximumConcurrency: 20 } });
  });

  test('a reservation also limits the pollers, so that none is throttled', () => {
    synth({ scaling: Scaling.reserved(8) })
      .template()
      .hasResourceProperties('AWS::Lambda::EventSourceMapping', { ScalingConfig: { MaximumConcurrency: 8 } });
  });

  test('pollers are provisioned in production; the sandbox uses shared ones, with a note', () => {
    const pollers = { min: 2, max: 40 };
    synth({ pollers })
      .template()
      .hasResourceProperties('AWS::Lambda::EventSourceMapping', {
        ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 40 },
        ScalingConfig: Match.absent(),
      });
    const { stack, template } = synth({ pollers, profile: DeploymentProfile.SANDBOX });
    template().hasResourceProperties('AWS::Lambda::EventSourceMapping', { ProvisionedPollerConfig: Match.absent() });
    Annotations.fromStack(stack).hasInfo('/Shop/Payments', Match.stringLikeRegexp('provisions no pollers'));
  });

  test('warns of a fair queue exactly if maxConcurrency x batchSize is below 30', () => {
    void fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 1, max: 10 }), (maxConcurrency, batchSize) => {
        const { stack } = synth({ kind: QueueKind.FAIR, maxConcurrency, batchSize });
        const warnings = Annotations.fromStack(stack).findWarning(
          '/Shop/Payments',
          Match.stringLikeRegexp('must be at least 30 for a fair queue'),
        );
        expect(warnings).toHaveLength(maxConcurrency * batchSize < 30 ? 1 : 0);
      }),
      { numRuns: 20, examples: [[3, 10]] },
    );
    const standard = synth({ maxConcurrency: 2, batchSize: 1 });
    Annotations.fromStack(standard.stack).hasNoWarning('*', Match.anyValue());
  });
});

describe('QueueWorker fails', () => {
  const token = Lazy.number({ produce: () => 5 });

  test.each<[string, Partial<QueueWorkerProps>, string]>([
    ['no handler (JavaScript)', { handler: undefined as unknown as Handler }, 'handler must be given, got nothing'],
    [
      'handler (JavaScript)',
      { handler: 'payments' as unknown as Handler },
      "handler must be a Handler, got 'payments'",
    ],
    [
      'kind (JavaScript)',
      { kind: 'FIFO' as QueueKind },
      "kind must be a QueueKind, got 'FIFO'; use QueueKind.STANDARD, QueueKind.FIFO or QueueKind.FAIR",
    ],
    [
      'scaling (JavaScript)',
      { scaling: 'onDemand' as unknown as Scaling },
      "scaling must be a Scaling, got 'onDemand'",
    ],
    ['timeout (JavaScript)', { timeout: 30 as unknown as Duration }, 'timeout must be a Duration, got 30'],
    [
      'profile (JavaScript)',
      { profile: 'sandbox' as unknown as DeploymentProfile },
      'profile must be a DeploymentProfile',
    ],
    ['an unknown prop (JavaScript)', { batchsize: 1 } as Partial<QueueWorkerProps>, 'props must be of handler, kind'],
    ['targetName', { targetName: 'pay me' }, "targetName must be 1 to 80 letters, digits, '-' and '_', got 'pay me'"],
    ['targetName token', { targetName: Lazy.string({ produce: () => 'x' }) }, 'targetName must be a literal'],
    ['timeout', { timeout: Duration.minutes(20) }, 'timeout in seconds must be a whole number from 1 to 900'],
    ['batchSize', { batchSize: 0 }, 'batchSize must be a whole number from 1 to 10000, got 0'],
    ['batchSize token', { batchSize: token }, 'batchSize must be a literal'],
    ['batchSize alone', { batchSize: 11 }, 'must be at most 10 without a maxBatchingWindow'],
    ['batchSize of FIFO', { batchSize: 11, kind: QueueKind.FIFO }, 'must be at most 10 for a FIFO queue, got 11'],
    ['window', { maxBatchingWindow: Duration.minutes(6) }, 'maxBatchingWindow in seconds must be a whole number'],
    ['window token', { maxBatchingWindow: Duration.seconds(token) }, 'maxBatchingWindow must be a literal'],
    [
      'window of FIFO',
      { maxBatchingWindow: Duration.seconds(1), kind: QueueKind.FIFO },
      'must be left out for a FIFO queue',
    ],
    ['visibility', { visibilityTimeout: Duration.seconds(29) }, 'must be at least the timeout of 30 s, got 29 s'],
    ['visibility max', { visibilityTimeout: Duration.hours(13) }, 'visibilityTimeout in seconds must be'],
    ['visibility token', { visibilityTimeout: Duration.seconds(token) }, 'visibilityTimeout must be a literal'],
    [
      'a count (JavaScript)',
      { maxReceiveCount: 5 } as Partial<QueueWorkerProps>,
      'props must be of handler, kind, targetName, timeout, batchSize, maxBatchingWindow, visibilityTimeout, giveUpAfter',
    ],
    [
      'giveUpAfter (JavaScript)',
      { giveUpAfter: 3600 as unknown as Duration },
      'giveUpAfter must be a Duration, got 3600',
    ],
    [
      'a short giveUpAfter',
      { giveUpAfter: Duration.seconds(59) },
      'giveUpAfter in seconds must be a whole number from 60 to 604800, got 59',
    ],
    [
      'a long giveUpAfter',
      { giveUpAfter: Duration.days(8) },
      'giveUpAfter in seconds must be a whole number from 60 to 604800, got 691200',
    ],
    ['giveUpAfter token', { giveUpAfter: Duration.seconds(token) }, 'giveUpAfter must be a literal'],
    [
      'a visibility timeout that SQS counts through too soon',
      { visibilityTimeout: Duration.seconds(43) },
      'visibilityTimeout must be at least 44 s with a giveUpAfter of 21600 s, got 43 s',
    ],
    ['maxConcurrency', { maxConcurrency: 1 }, 'maxConcurrency must be a whole number from 2 to 1000, got 1'],
    ['maxConcurrency token', { maxConcurrency: token }, 'maxConcurrency must be a literal'],
    ['a reservation of one', { scaling: Scaling.reserved(1) }, 'scaling must reserve at least 2'],
    [
      'maxConcurrency over reserved',
      { maxConcurrency: 9, scaling: Scaling.reserved(8) },
      'maxConcurrency must be at most the reserved concurrency 8, got 9',
    ],
    ['pollers and bound', { pollers: { min: 2, max: 3 }, maxConcurrency: 2 }, 'pollers must be left out'],
    ['pollers.min', { pollers: { min: 1, max: 3 } }, 'pollers.min must be a whole number from 2 to 200, got 1'],
    ['pollers.max', { pollers: { min: 9, max: 8 } }, 'pollers.max must be a whole number from 9 to 2000, got 8'],
    ['pollers token', { pollers: { min: 2, max: token } }, 'pollers.max must be a literal'],
  ])('on %s', (_what, props, message) => {
    expect(() => synth(props)).toThrow(message);
    expect(() => synth(props)).toThrow('Shop/Payments');
  });
});
